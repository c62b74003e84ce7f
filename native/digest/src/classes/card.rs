//! Payment cards, their verification codes and track data.

use super::KeyHint;
use super::digits::{Digits, passes_luhn};

/// Whether the text is a primary account number (ISO/IEC 7812): issuer range with its lengths, Luhn, consistent groups.
///
/// One digit in ten passes Luhn by chance, so an identifier needs a key that says card; a text without such evidence passes on its issuer range.
pub(super) fn is_payment_card(text: &[u8], hint: &KeyHint) -> bool {
    let Some(digits) = Digits::of(text, b" -") else { return false };
    let number = digits.as_slice();
    if !(12..=19).contains(&number.len()) || !passes_luhn(number) || digits.is_uniform() {
        return false;
    }
    let grouped = number.len() != text.len();
    if grouped && !has_card_groups(text) {
        return false;
    }
    let named = hint.says(KeyHint::CARD);
    if !named && hint.says(KeyHint::IDENTIFIER | KeyHint::PHONE | KeyHint::ACCOUNT | KeyHint::US_SSN) {
        return false;
    }
    let length = number.len();
    match issuer(&digits) {
        // A 13-digit number beginning with 4 is rarer as a card than as milliseconds or an EAN; 12 to 14 digits need more.
        Some(lengths) => lengths.contains(&length) && (named || grouped || length >= 14 || is_short_card(&digits)),
        None => named && length >= 14,
    }
}

/// Short numbers of schemes that still use them.
fn is_short_card(digits: &Digits) -> bool {
    match digits.as_slice().len() {
        13 => digits.prefix(1) == 4,
        12 => matches!(digits.prefix(4), 5018 | 5020 | 5038 | 5868 | 5893 | 6304 | 6759 | 6761..=6763 | 5000..=5017 | 5019 | 5021..=5037),
        _ => false,
    }
}

/// Lengths by issuer range.
fn issuer(digits: &Digits) -> Option<&'static [usize]> {
    const LONG: &[usize] = &[16, 17, 18, 19];
    match digits.prefix(4) {
        4000..=4999 => Some(&[13, 16, 19]),
        5100..=5599 | 2221..=2720 | 2200..=2204 => Some(&[16]),
        3400..=3499 | 3700..=3799 => Some(&[15]),
        3000..=3059 | 3095 | 3600..=3699 | 3800..=3999 => Some(&[14, 15, 16, 17, 18, 19]),
        3528..=3589 => Some(LONG),
        2131 | 1800 => Some(&[15]),
        6011 | 6440..=6599 | 6200..=6299 | 8100..=8171 | 6050..=6069 | 9792 => Some(LONG),
        5000..=5099 | 5600..=5999 | 6000..=6999 => Some(&[12, 13, 14, 15, 16, 17, 18, 19]),
        _ => None,
    }
}

/// Groups of the same separator: 4-4-4-4(-3), 4-6-5, 4-6-4.
fn has_card_groups(text: &[u8]) -> bool {
    let Some(separator) = text.iter().find(|byte| !byte.is_ascii_digit()) else { return true };
    let mut sizes = [0; 6];
    for (at, group) in text.split(|byte| byte == separator).enumerate() {
        if at == sizes.len() || !group.iter().all(u8::is_ascii_digit) {
            return false;
        }
        sizes[at] = group.len();
    }
    matches!(sizes, [4, 4, 4, 1..=4, 0 | 3, 0] | [4, 6, 4..=5, 0, 0, 0] | [4, 4, 5, 0, 0, 0] | [8, 8, 0, 0, 0, 0] | [6, 13, 0, 0, 0, 0])
}

/// A verification code: 3 or 4 digits, by its key only.
pub(super) fn is_card_verification(text: &[u8], hint: &KeyHint) -> bool {
    hint.says(KeyHint::CARD_VERIFICATION) && (3..=4).contains(&text.len()) && text.iter().all(u8::is_ascii_digit)
}

/// Magnetic stripe data (ISO/IEC 7813): `%B…^…^…` or `;PAN=YYMM…`.
pub(super) fn is_track_data(text: &[u8]) -> bool {
    let (rest, end) = match text {
        [b'%', b'B', rest @ ..] => (rest, b'^'),
        [b';', rest @ ..] => (rest, b'='),
        _ => return false,
    };
    let number = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (12..=19).contains(&number) && rest.get(number) == Some(&end) && passes_luhn(&rest[..number])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        let hint = |key: &str| KeyHint::of_name(key.as_bytes());
        let cases: &[(&str, &str, bool)] = &[
            ("4111111111111111", "", true),
            ("4111 1111 1111 1111", "x", true),
            ("4111-1111-1111-1111", "id", false),
            ("4111111111111111", "cardNumber", true),
            ("4111111111111111", "orderId", false),
            ("378282246310005", "", true),
            ("3782 822463 10005", "", true),
            ("30569309025904", "", true),
            ("6011000990139424", "", true),
            ("2222155765072228", "", true),
            ("4111111111111112", "card", false),
            ("4444444444444444", "card", false),
            ("41 11 11 11 11 11 11 11", "card", false),
            ("1748503543012", "", false),
            ("9783161484100", "", false),
            ("490154203237518", "imei", false),
            ("", "card", false),
        ];
        for (text, key, expected) in cases {
            assert_eq!(is_payment_card(text.as_bytes(), &hint(key)), *expected, "{text} {key}");
        }
        assert!(is_card_verification(b"123", &hint("cvv")) && !is_card_verification(b"123", &hint("code")));
        assert!(is_track_data(b"%B4111111111111111^DOE/JO^2512101") && is_track_data(b";4111111111111111=2512101"));
        assert!(!is_track_data(b"%Bx^"));
    }
}
