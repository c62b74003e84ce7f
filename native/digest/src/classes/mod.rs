//! Which kinds of personal or secret data a value is, on the evidence of the value and of its key.
//!
//! One detector is one file with its cases. Detectors run behind a prefilter on bytes, so that a text that is nothing costs little.

mod assignment;
mod calling_codes;
mod card;
mod class;
mod counts;
mod digits;
mod email;
mod hint;
mod iban;
mod ip;
mod jwt;
mod keyed;
mod mac;
mod phone;
mod secret;
mod secret_rows;
mod ssn;

pub use class::{ClassSet, DataClass};
pub use counts::ClassCounts;
pub use hint::KeyHint;

/// Longer texts are looked at up to here.
const TEXT_BYTES_MAX: usize = 4096;
/// Numbers, addresses and codes are no longer than this.
const SHORT_BYTES_MAX: usize = 64;

/// The data class of a text value (query, form, header, JSON string), or `None`.
///
/// A pure function of the text and of what the key says. Looks at the first 4,096 bytes. The first class in the order of checks wins:
/// secrets, then values with checksums or strict forms, then what only the key tells.
pub fn classify_text(text: &[u8], hint: &KeyHint) -> Option<DataClass> {
    let text = text.trim_ascii();
    if text.len() < 2 {
        return None;
    }
    let text = &text[..text.len().min(TEXT_BYTES_MAX)];
    if text.len() <= SHORT_BYTES_MAX
        && let Some(class) = classify_short(text, hint)
    {
        return Some(class);
    }
    // Every form of a secret has letters; times and numbers have next to none.
    if text.len() >= SECRET_BYTES_MIN && text.iter().filter(|byte| byte.is_ascii_alphabetic()).count() >= 3 {
        if let Some(class) = secret::secret_in(text).or_else(|| assignment::assigned_secret(text)) {
            return Some(class);
        }
        if text.len() > SHORT_BYTES_MAX && text.len() <= 320 && text.contains(&b'@') && email::is_email(text) {
            return Some(DataClass::Email);
        }
    }
    keyed::class_by_key(text, hint)
}

/// The same where the text is known to be written as an address of mail: that is a class, but for dots where none may stand.
pub(crate) fn classify_email(text: &[u8], hint: &KeyHint) -> Option<DataClass> {
    let has_odd_dots = || text.first() == Some(&b'.') || text.windows(2).any(|pair| matches!(pair, b".." | b".@"));
    if text.len() <= SHORT_BYTES_MAX && !has_odd_dots() { Some(DataClass::Email) } else { classify_text(text, hint) }
}

/// The shortest row of the secret table.
const SECRET_BYTES_MIN: usize = 13;

/// The data class of a JSON number as written, or `None`: a card or a national number only where the key says so.
pub fn classify_number(text: &[u8], hint: &KeyHint) -> Option<DataClass> {
    const TOPICS: u32 = KeyHint::CARD | KeyHint::US_SSN | KeyHint::CARD_VERIFICATION | KeyHint::PHONE | KeyHint::LOCATION | KeyHint::BIRTH;
    if !hint.says(TOPICS) || text.len() > 24 {
        return None;
    }
    if hint.says(KeyHint::LOCATION | KeyHint::CARD_VERIFICATION | KeyHint::BIRTH) {
        return keyed::class_by_key(text, hint);
    }
    classify_short(text, hint)
}

/// Numbers, codes and addresses, by which bytes they are made of.
fn classify_short(text: &[u8], hint: &KeyHint) -> Option<DataClass> {
    let counts = text.iter().fold(0, |counts, byte| counts + COUNTED[usize::from(*byte)]);
    let (digits, colons, dots, at) = (counts & 0xff, counts >> 8 & 0xff, counts >> 16 & 0xff, counts >> 24);
    if at > 0 && email::is_email(text) {
        return Some(DataClass::Email);
    }
    if (text.len() >= 17 || hint.says(KeyHint::MAC) || (dots == 2 && text.len() == 14)) && mac::is_mac_address(text, hint) {
        return Some(DataClass::MacAddress);
    }
    if (colons >= 2 || dots >= 3) && ip::is_ip_address(text, hint) {
        return Some(DataClass::IpAddress);
    }
    if digits >= 11 && iban::is_iban(text) {
        return Some(DataClass::Iban);
    }
    if digits < 6 {
        return None;
    }
    if digits >= 12 {
        if card::is_payment_card(text, hint) {
            return Some(DataClass::PaymentCard);
        }
        if card::is_track_data(text) {
            return Some(DataClass::TrackData);
        }
    }
    if digits == 9 && ssn::is_us_ssn(text, hint) {
        return Some(DataClass::UsSsn);
    }
    (digits <= 21 && matches!(text[0], b'+' | b'(' | b'0'..=b'9' | b't') && phone::is_phone(text, hint)).then_some(DataClass::Phone)
}

/// What is counted of at most 64 bytes, eight bits each: digits, colons, dots and `@`.
static COUNTED: [u32; 256] = {
    let mut counted = [0; 256];
    let mut digit = b'0';
    while digit <= b'9' {
        counted[digit as usize] = 1;
        digit += 1;
    }
    counted[b':' as usize] = 1 << 8;
    counted[b'.' as usize] = 1 << 16;
    counted[b'@' as usize] = 1 << 24;
    counted
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hard_negatives_are_nothing() {
        let none = KeyHint::default();
        for text in [
            "2024-01-31T10:00:00Z",
            "1699397296",
            "1699397296123",
            "123e4567-e89b-12d3-a456-426614174000",
            "9f86d081884c7d659a2feaa0c55ad015",
            "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            "my-long-slug-of-words-2024",
            "1.2.3",
            "v1.2.3.4",
            "https://example.com/users/42?page=2",
            "5e970a573812b3075bb19312",
            "US0378331005",
            "978-3-8362-2119-1",
            "12:30:45",
            "2024-01-31 10:00:00.123456",
            "668701315",
            "MDQ6VXNlcjE=",
            "00uqrkoh5eiFSiEn15d7",
            "application/json; charset=utf-8",
            "-0",
            "",
        ] {
            assert_eq!(classify_text(text.as_bytes(), &none), None, "{text}");
        }
    }

    #[test]
    fn numbers_need_a_key() {
        let card = b"4111111111111111";
        assert_eq!(classify_number(card, &KeyHint::default()), None);
        assert_eq!(classify_number(card, &KeyHint::of_name(b"cardNumber")), Some(DataClass::PaymentCard));
        assert_eq!(classify_number(b"78051123", &KeyHint::of_name(b"ssn")), None);
        assert_eq!(classify_number(b"178051123", &KeyHint::of_name(b"ssn")), Some(DataClass::UsSsn));
        assert_eq!(classify_number(b"48.85", &KeyHint::of_name(b"lat")), Some(DataClass::Location));
    }

    #[test]
    fn any_bytes_end() {
        for byte in 0..=255u8 {
            for length in [1, 9, 17, 36, 5000] {
                let text = vec![byte; length];
                classify_text(&text, &KeyHint::of_name(b"password"));
                classify_text(&text, &KeyHint::of_name(b"phone_card_ip_mac_ssn"));
                classify_number(&text, &KeyHint::of_name(b"card"));
            }
        }
    }
}
