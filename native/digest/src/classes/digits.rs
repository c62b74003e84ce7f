//! Checks that several numbers share.

/// Digits of a text with separators taken out, at most 24.
pub(super) struct Digits {
    bytes: [u8; Digits::MAX],
    count: usize,
}

impl Digits {
    pub(super) const MAX: usize = 24;

    /// `None` where the text holds more digits, or bytes that are neither digit nor one of `separators`.
    pub(super) fn of(text: &[u8], separators: &[u8]) -> Option<Digits> {
        let mut digits = Digits { bytes: [0; Digits::MAX], count: 0 };
        for &byte in text {
            if byte.is_ascii_digit() {
                if digits.count == Digits::MAX {
                    return None;
                }
                digits.bytes[digits.count] = byte;
                digits.count += 1;
            } else if !separators.contains(&byte) {
                return None;
            }
        }
        Some(digits)
    }

    /// ASCII digits.
    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.count]
    }

    /// The first `length` digits as a number.
    pub(super) fn prefix(&self, length: usize) -> u32 {
        self.as_slice().iter().take(length).fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    }

    /// Whether all digits are the same one.
    pub(super) fn is_uniform(&self) -> bool {
        self.as_slice().windows(2).all(|pair| pair[0] == pair[1])
    }
}

/// The Luhn check (ISO/IEC 7812-1 annex B) of ASCII digits.
pub(super) fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let value = u32::from(digit - b'0');
            if at % 2 == 0 { value } else { value * 2 - if value > 4 { 9 } else { 0 } }
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn() {
        assert!(passes_luhn(b"4111111111111111") && passes_luhn(b"79927398713") && !passes_luhn(b"79927398710"));
    }

    #[test]
    fn digits_of_text() {
        assert_eq!(Digits::of(b"4111-1111", b"-").unwrap().as_slice(), b"41111111");
        assert!(Digits::of(b"41x", b"-").is_none() && Digits::of(&[b'1'; 25], b"").is_none());
    }
}
