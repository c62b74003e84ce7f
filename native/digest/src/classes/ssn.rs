//! United States social security numbers: area, group and serial rules, with separators or a key that says so.

use super::KeyHint;
use super::digits::Digits;

/// Whether the text is an SSN.
pub(super) fn is_us_ssn(text: &[u8], hint: &KeyHint) -> bool {
    let named = hint.says(KeyHint::US_SSN);
    let separated = text.len() == 11 && matches!(text[3], b'-' | b' ' | b'.') && text[6] == text[3];
    if !(separated || (named && text.len() == 9)) || (!named && hint.says(KeyHint::PHONE | KeyHint::POSTAL_ADDRESS)) {
        return false;
    }
    let Some(digits) = Digits::of(text, b"- .") else { return false };
    let number = digits.as_slice();
    if number.len() != 9 || digits.is_uniform() {
        return false;
    }
    let (area, group, serial) = (&number[..3], &number[3..5], &number[5..]);
    area != b"000" && area != b"666" && area[0] != b'9' && group != b"00" && serial != b"0000"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        let cases: &[(&str, &str, bool)] = &[
            ("078-05-1123", "", true),
            ("078 05 1123", "value", true),
            ("078051123", "", false),
            ("078051123", "ssn", true),
            ("000-05-1123", "ssn", false),
            ("666-05-1123", "", false),
            ("900-05-1123", "", false),
            ("078-00-1123", "", false),
            ("078-05-0000", "", false),
            ("078-05 1123", "", false),
            ("2024-01-311", "", false),
            ("078-05-1123", "phone", false),
        ];
        for (text, key, expected) in cases {
            assert_eq!(is_us_ssn(text.as_bytes(), &KeyHint::of_name(key.as_bytes())), *expected, "{text} {key}");
        }
    }
}
