//! Which literal texts may cross the privacy boundary. Pure functions of the text (and of what its key says) alone.
//!
//! Paths and names lean to showing: a shadow endpoint whose name is hidden is not found. They refuse what looks like a value. Values are
//! shown only when they look like words of an enumeration.

use crate::classes::{self, KeyHint};
use crate::letters;
use crate::lexical::{self, LexicalClass, lexical_class};
use crate::value_digits::has_value_digits;

/// Longer path segments are values.
pub const LITERAL_BYTES_MAX: usize = 40;
/// Longer keys, parameter and header names are values.
pub const NAME_BYTES_MAX: usize = 64;
/// Longer values are values.
pub const VALUE_BYTES_MAX: usize = 40;

/// Whether a path segment may be shown as it is: it does not look like a value.
///
/// Percent-encoded text is judged as sent once and twice decoded.
pub fn is_public_literal(segment: &[u8]) -> bool {
    judge_literal(segment) == Verdict::Public
}

/// [`is_public_literal`], with what was found out on the way.
pub(crate) fn judge_literal(segment: &[u8]) -> Verdict {
    judge(segment, LITERAL_BYTES_MAX, NOT_LITERAL)
}

/// Whether text may be shown as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Public,
    /// Not; with its class where that had to be known.
    Value(Option<LexicalClass>),
}

impl Verdict {
    fn public_if(is_public: bool) -> Self {
        if is_public { Verdict::Public } else { Verdict::Value(None) }
    }
}

/// Whether a key, parameter or header name may be shown as it is.
pub fn is_public_name(name: &[u8]) -> bool {
    judge(name, NAME_BYTES_MAX, NOT_NAME) == Verdict::Public
}

/// Whether a scalar value may be shown (a candidate of an enumeration): up to four words, then at most a short number, and a key that names
/// neither free text nor an identity, a person or a credential.
pub fn is_public_value(hint: &KeyHint, text: &[u8]) -> bool {
    const REFUSED: u32 = KeyHint::FREE_TEXT
        | KeyHint::EMAIL
        | KeyHint::PHONE
        | KeyHint::CARD
        | KeyHint::CARD_VERIFICATION
        | KeyHint::TRACK
        | KeyHint::IBAN
        | KeyHint::US_SSN
        | KeyHint::PERSON_NAME
        | KeyHint::POSTAL_ADDRESS
        | KeyHint::BIRTH
        | KeyHint::LOCATION
        | KeyHint::PASSWORD
        | KeyHint::SECRET
        | KeyHint::LOGIN
        | KeyHint::ACCOUNT;
    if text.len() > VALUE_BYTES_MAX || hint.says(REFUSED) || !text.first().is_some_and(u8::is_ascii_alphabetic) {
        return false;
    }
    let number = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let words = &text[..text.len() - number];
    number <= 3
        && words.split(|byte| is_joiner(*byte)).count() <= 4 + usize::from(number > 0)
        && words.iter().all(|byte| byte.is_ascii_alphabetic() || is_joiner(*byte))
        && !has_credential(text)
        && is_public_literal(text)
}

/// `token:…` and `password.…`: the text names a credential and then is one.
fn has_credential(text: &[u8]) -> bool {
    let name = text.split(|byte| matches!(byte, b':' | b'.')).next().unwrap_or_default();
    name.len() < text.len() && KeyHint::of_name(name).says(KeyHint::PASSWORD | KeyHint::SECRET)
}

fn is_joiner(byte: u8) -> bool {
    matches!(byte, b'_' | b'-' | b'.' | b':')
}

/// What a byte is, and where it may not stand.
const NOT_LITERAL: u16 = 1;
const NOT_NAME: u16 = 2;
const LOWER: u16 = 4;
const UPPER: u16 = 8;
const DIGIT: u16 = 16;
const DOT: u16 = 32;
const MARK: u16 = 64;
const JOINER: u16 = 128;
const PERCENT: u16 = 256;

static KIND: [u16; 256] = {
    let mut table = [NOT_LITERAL | NOT_NAME; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = match at as u8 {
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            b'0'..=b'9' => DIGIT,
            b'_' | b'-' | b'$' => JOINER,
            b'.' => DOT | JOINER,
            b':' | b'@' => MARK | JOINER,
            b'~' => NOT_NAME | JOINER,
            b'[' | b']' | b'#' | b'*' => NOT_LITERAL | JOINER,
            b'%' => NOT_LITERAL | NOT_NAME | PERCENT,
            _ => NOT_LITERAL | NOT_NAME,
        };
        at += 1;
    }
    table
};

/// Judges text; `place` is the bit that no byte may have.
fn judge(text: &[u8], bytes_max: usize, place: u16) -> Verdict {
    if text.len() > bytes_max {
        return Verdict::Value(None);
    }
    let kinds = kinds_of(text);
    if kinds & place != 0 {
        return Verdict::public_if(kinds & PERCENT != 0 && is_public_decoded(text, bytes_max, place));
    }
    if kinds & DOT != 0
        && let Some(extension) = lexical::extension(text)
    {
        // The name of a file is public if its stem is.
        let stem = &text[..text.len() - extension.len() - 1];
        return Verdict::public_if(judge_plain(stem, kinds_of(stem)) == Verdict::Public);
    }
    judge_plain(text, kinds)
}

fn kinds_of(text: &[u8]) -> u16 {
    text.iter().fold(0, |kinds, byte| kinds | KIND[usize::from(*byte)])
}

/// Judges percent-encoded text by what it stands for; a second layer is judged too. A broken escape is a value.
fn is_public_decoded(text: &[u8], bytes_max: usize, place: u16) -> bool {
    let mut decoded = [0; NAME_BYTES_MAX];
    let (mut length, mut at) = (0, 0);
    while at < text.len() {
        let byte = if text[at] == b'%' {
            let (Some(high), Some(low)) = (text.get(at + 1).and_then(hex), text.get(at + 2).and_then(hex)) else { return false };
            at += 3;
            high * 16 + low
        } else {
            at += 1;
            text[at - 1]
        };
        decoded[length] = byte;
        length += 1;
    }
    // Each layer is shorter, so this ends.
    judge(&decoded[..length], bytes_max, place) == Verdict::Public
}

fn hex(byte: &u8) -> Option<u8> {
    char::from(*byte).to_digit(16).map(|digit| digit as u8)
}

/// Judges text of allowed bytes: a value is without letters, of a hard class, has digits as values have them, letters that spell no words,
/// or a data class.
fn judge_plain(text: &[u8], kinds: u16) -> Verdict {
    if kinds & (LOWER | UPPER) == 0 {
        return Verdict::Value(None);
    }
    if kinds & (DIGIT | MARK) == 0 {
        // Words: only their letters can tell. This is the common path.
        return Verdict::public_if(!has_random_letters(text, kinds));
    }
    use LexicalClass::{Date, Email, Hex, Int, Ip, Uuid, Version};
    let class = lexical_class(text);
    if class == Version {
        return Verdict::Public;
    }
    let has_numbers = || text.contains(&b':') && text.split(|byte| *byte == b':').any(|part| !part.is_empty() && part.iter().all(u8::is_ascii_digit));
    let has_class = || text.len() >= 9 && classes::classify_text(text, &KeyHint::default()).is_some();
    let is_value =
        matches!(class, Int | Uuid | Date | Email | Ip | Hex) || has_numbers() || has_value_digits(text) || has_random_letters(text, kinds) || has_class();
    if is_value { Verdict::Value(Some(class)) } else { Verdict::Public }
}

/// The text as a whole, each part between separators, and the humps of mixed-case parts.
fn has_random_letters(text: &[u8], kinds: u16) -> bool {
    if letters::is_random(text) {
        return true;
    }
    let has_humps = kinds & DIGIT != 0 || kinds & (LOWER | UPPER) == LOWER | UPPER;
    if kinds & JOINER == 0 {
        return has_humps && has_restless_case(text);
    }
    text.split(|byte| !byte.is_ascii_alphanumeric())
        .any(|part| (has_humps && has_restless_case(part)) || (part.len() >= 5 && part.len() < text.len() && letters::is_random(part)))
}

/// Case that flips too often for camelCase: humps of under 2.4 letters on average.
fn has_restless_case(part: &[u8]) -> bool {
    if part.len() < 6 {
        return false;
    }
    let flips = part
        .windows(2)
        .filter(|pair| (pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase()) || (pair[0].is_ascii_digit() != pair[1].is_ascii_digit()))
        .count();
    flips >= 3 && (flips + 1) * 12 > part.len() * 5
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &[&str] = &[
        "users",
        "me",
        "v1",
        "v1beta1",
        "oauth2",
        "@me",
        "$metadata",
        ".well-known",
        "k8s",
        "i18n",
        "index.html",
        "getUserByName",
        "payment_methods",
        "en-GB",
        "batch:get",
        "2fa-login",
        "HTTPServer",
        "llama-3-8b-instruct",
        "boulder_2017_election",
        "%24metadata",
    ];
    const HIDDEN: &[&str] = &[
        "",
        "42",
        "1234-5678",
        "deadbeef01",
        "123e4567-e89b-12d3-a456-426614174000",
        "zqxjkvbwpt",
        "user-s3cr3tTok3nXyz99",
        "key=value",
        "token:abc123def456",
        "S3cr3t-Tok3n-Value",
        "a@b.com",
        "a%40b.com",
        "%7a%71%78%6a%6b%76%62%77%70%74",
        "%257a%2571%2578%256a%256b%2576%2562%2577%2570%2574",
        "%zz",
        "caf\u{e9}",
        "two words",
        "this-is-a-segment-that-is-far-too-long-to-be-a-literal",
        "4111111111111111",
        "078-05-1120",
        "10.0.0.1",
        "2024-01-31",
        "cus_9s6XKzkNRiz8i3",
        "AKIAIOSFODNN7EXAMPLE",
    ];

    #[test]
    fn literals_and_names() {
        for text in SHOWN {
            assert!(is_public_literal(text.as_bytes()), "{text} is hidden");
        }
        for text in HIDDEN {
            assert!(!is_public_literal(text.as_bytes()), "{text} is shown");
            if !text.starts_with("this") {
                assert!(!is_public_name(text.as_bytes()), "{text} is shown");
            }
        }
        assert!(is_public_name(b"filter[created_at][gte]"));
        assert!(!is_public_literal(b"filter[created_at]"));
    }

    #[test]
    fn values_are_strict() {
        let none = KeyHint::default();
        for text in ["active", "IN_PROGRESS", "us-east-1", "order.created", "level_3", "USD", "a"] {
            assert!(is_public_value(&none, text.as_bytes()), "{text} is hidden");
        }
        for text in ["two words", "-x", "1st", "a-b-c-d-e", "q3r", "level_1234", "x/y", "zqxjkvbwpt", "", "john@example.com", "password:dragon"] {
            assert!(!is_public_value(&none, text.as_bytes()), "{text} is shown");
        }
        for key in ["name", "password", "first_name", "userId", "apiKey", "displayName", "owner", "email"] {
            assert!(!is_public_value(&KeyHint::of_name(key.as_bytes()), b"active"), "{key}");
        }
    }
}
