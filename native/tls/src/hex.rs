//! Bytes as hexadecimal digits and back.

/// In lower case.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Digits of either case into `out`; how many bytes they are, or none where they are no digits, odd, or too many.
pub fn unhex(digits: &[u8], out: &mut [u8]) -> Option<usize> {
    let length = digits.len() / 2;
    if !digits.len().is_multiple_of(2) || length > out.len() {
        return None;
    }
    for (pair, byte) in digits.chunks_exact(2).zip(out) {
        let digit = |digit: u8| char::from(digit).to_digit(16);
        *byte = (digit(pair[0])? << 4 | digit(pair[1])?) as u8;
    }
    Some(length)
}
