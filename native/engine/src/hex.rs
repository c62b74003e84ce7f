//! Hexadecimal digits of hashes.

use sha2::{Digest as _, Sha256};

/// The first 16 digits of the SHA-256 of `bytes`.
pub fn sha16(bytes: &[u8]) -> String {
    first16(&Sha256::digest(bytes))
}

/// The first 16 digits, or fewer where there are fewer bytes.
pub fn first16(bytes: &[u8]) -> String {
    encode(&bytes[..bytes.len().min(8)])
}

/// Two lower-case digits a byte.
pub fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).map(char::from).collect()
}

/// The 32 bytes of 64 digits.
pub fn decode32(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    (digits.len() == 64).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_decodes() {
        let bytes: [u8; 32] = std::array::from_fn(|at| at as u8 * 7);
        assert_eq!(decode32(&encode(&bytes)), Some(bytes));
        assert_eq!(decode32("xyz"), None);
    }
}
