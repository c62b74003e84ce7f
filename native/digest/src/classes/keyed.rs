//! Classes that rest on the key: passwords, names, addresses, dates of birth, places, tokens of unknown make.

use super::{DataClass, KeyHint};
use crate::letters;

/// The class that the key gives a text, where the text can be such a value.
pub(super) fn class_by_key(text: &[u8], hint: &KeyHint) -> Option<DataClass> {
    const TOPICS: u32 =
        KeyHint::PASSWORD | KeyHint::SECRET | KeyHint::PERSON_NAME | KeyHint::POSTAL_ADDRESS | KeyHint::BIRTH | KeyHint::LOCATION | KeyHint::CARD_VERIFICATION;
    if !hint.says(TOPICS) {
        return None;
    }
    if hint.says(KeyHint::CARD_VERIFICATION) && super::card::is_card_verification(text, hint) {
        return Some(DataClass::CardVerification);
    }
    if hint.says(KeyHint::PASSWORD) && is_password(text) {
        return Some(DataClass::Password);
    }
    if hint.says(KeyHint::SECRET) && is_opaque_secret(text) {
        return Some(DataClass::Credential);
    }
    if hint.says(KeyHint::BIRTH) && is_birth_date(text) {
        return Some(DataClass::DateOfBirth);
    }
    if hint.says(KeyHint::LOCATION) && is_coordinate(text) {
        return Some(DataClass::Location);
    }
    if hint.says(KeyHint::PERSON_NAME) && is_name(text) {
        return Some(DataClass::PersonName);
    }
    (hint.says(KeyHint::POSTAL_ADDRESS) && is_address(text)).then_some(DataClass::PostalAddress)
}

/// Anything but masks, flags and what a form leaves empty.
fn is_password(text: &[u8]) -> bool {
    text.len() >= 4
        && text.len() <= 256
        && !matches!(text, b"true" | b"false" | b"null" | b"none")
        && !text.iter().all(|byte| *byte == text[0])
        && !is_link(text)
}

/// A token as programs make them: no spaces, and not spelled in words.
pub(super) fn is_opaque_secret(text: &[u8]) -> bool {
    (12..=4096).contains(&text.len())
        && text.iter().all(|byte| byte.is_ascii_graphic())
        && !is_link(text)
        && !is_template(text)
        && distinct_bytes(text) >= 7
        && (letters::is_random(text) || text.iter().filter(|byte| byte.is_ascii_digit()).count() >= 4)
}

/// Placeholders of documentation and of templates.
pub(super) fn is_template(text: &[u8]) -> bool {
    text.iter().any(|byte| matches!(byte, b'$' | b'<' | b'{' | b'[' | b'(')) && text.iter().any(|byte| matches!(byte, b'}' | b'>' | b']' | b')'))
        || text.starts_with(b"$")
        || memchr::memmem::find(text, b"xxxx").is_some()
        || memchr::memmem::find(text, b"XXXX").is_some()
        || memchr::memmem::find(text, b"****").is_some()
        || memchr::memmem::find(text, b"....").is_some()
        || memchr::memmem::find(text, b"####").is_some()
        || (text.len() == 20 && text.ends_with(b"EXAMPLE"))
        || memchr::memmem::find(text, b"abcdefghij").is_some()
}

/// How many different bytes occur, by a bit set.
pub(super) fn distinct_bytes(text: &[u8]) -> u32 {
    let (mut low, mut high) = (0u128, 0u128);
    for &byte in text {
        if byte < 128 {
            low |= 1 << byte;
        } else {
            high |= 1 << (byte - 128);
        }
    }
    low.count_ones() + high.count_ones()
}

fn is_link(text: &[u8]) -> bool {
    text.starts_with(b"/") || memchr::memmem::find(text, b"://").is_some()
}

/// `1980-01-31`, `31.01.1980`, `01/31/1980`, `19800131`, with a year of a living person.
fn is_birth_date(text: &[u8]) -> bool {
    let date = text.split(|byte| matches!(byte, b'T' | b' ')).next().unwrap_or(text);
    if !(8..=10).contains(&date.len()) {
        return false;
    }
    let mut parts = [&b""[..]; 3];
    let mut count = 0;
    for part in date.split(|byte| matches!(byte, b'-' | b'/' | b'.')) {
        if count == 3 || part.is_empty() || !part.iter().all(u8::is_ascii_digit) {
            return false;
        }
        parts[count] = part;
        count += 1;
    }
    let year = match (count, parts) {
        (1, [whole, ..]) if whole.len() == 8 => &whole[..4],
        (3, [year, _, _]) if year.len() == 4 => year,
        (3, [_, _, year]) if year.len() == 4 => year,
        _ => return false,
    };
    matches!(year, [b'1', b'9', ..] | [b'2', b'0', b'0'..=b'3', _])
}

/// A decimal within ±180, or a pair of them.
fn is_coordinate(text: &[u8]) -> bool {
    let one = |part: &[u8]| {
        let part = part.trim_ascii();
        part.contains(&b'.')
            && part.len() <= 24
            && std::str::from_utf8(part).ok().and_then(|part| part.parse::<f64>().ok()).is_some_and(|degrees| degrees.abs() <= 180.0)
    };
    text.len() <= 48 && text.split(|byte| *byte == b',').take(3).all(one)
}

fn is_name(text: &[u8]) -> bool {
    (2..=80).contains(&text.len())
        && text.iter().all(|byte| byte.is_ascii_alphabetic() || *byte >= 128 || matches!(byte, b' ' | b'-' | b'\'' | b'.' | b','))
        && text.iter().any(|byte| byte.is_ascii_alphabetic() || *byte >= 128)
}

fn is_address(text: &[u8]) -> bool {
    (3..=160).contains(&text.len())
        && text.iter().any(u8::is_ascii_alphanumeric)
        && !is_link(text)
        && !text.iter().any(|byte| matches!(byte, b'{' | b'<' | b'=' | b'@'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        let cases: &[(&str, &str, Option<DataClass>)] = &[
            ("password", "hunter2!", Some(DataClass::Password)),
            ("password", "true", None),
            ("password", "********", None),
            ("firstName", "Ada", Some(DataClass::PersonName)),
            ("firstName", "x1", None),
            ("name", "Ada", None),
            ("dob", "1980-01-31", Some(DataClass::DateOfBirth)),
            ("dob", "19800131", Some(DataClass::DateOfBirth)),
            ("createdAt", "1980-01-31", None),
            ("lat", "48.8566", Some(DataClass::Location)),
            ("lat", "late", None),
            ("street", "12 Main St", Some(DataClass::PostalAddress)),
            ("cvv", "123", Some(DataClass::CardVerification)),
            ("api_key", "c4ed6c219dd54a058e3fc56d1151cce8", Some(DataClass::Credential)),
            ("api_key", "YOUR_API_KEY_HERE", None),
            ("api_key", "${API_KEY_FROM_ENV_1234}", None),
            ("token", "xxxxxxxxxxxxxxxxxxxx", None),
        ];
        for (key, text, expected) in cases {
            assert_eq!(class_by_key(text.as_bytes(), &KeyHint::of_name(key.as_bytes())), *expected, "{key} {text}");
        }
    }
}
