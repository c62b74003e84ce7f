//! Telephone numbers: E.164 with `+`, national forms by their separators, and plain digits where the key says phone.

use super::KeyHint;
use super::calling_codes::{self, Fit};
use super::digits::Digits;

/// Whether the text is a telephone number.
pub(super) fn is_phone(text: &[u8], hint: &KeyHint) -> bool {
    let named = hint.says(KeyHint::PHONE);
    if !named && hint.says(KeyHint::IDENTIFIER | KeyHint::CARD | KeyHint::IBAN | KeyHint::US_SSN | KeyHint::LOCATION | KeyHint::IP | KeyHint::BIRTH) {
        return false;
    }
    let text = text.strip_prefix(b"tel:").unwrap_or(text);
    let text = without_extension(text);
    if text.len() < 6 || text.len() > 24 {
        return false;
    }
    let (international, body) = match text {
        [b'+', rest @ ..] => (true, rest),
        [b'(', b'+', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let Some(digits) = Digits::of(body, b" -.()/\xc2\xa0") else { return false };
    let number = digits.as_slice();
    if !(6..=15).contains(&number.len()) || number.iter().all(|digit| *digit == number[0]) || !has_sane_brackets(text) {
        return false;
    }
    if international {
        return match calling_codes::fit(number) {
            Fit::Good => true,
            Fit::Length => named,
            Fit::Unknown => false,
        };
    }
    let separated = number.len() != body.len();
    if let [b'0', b'0', rest @ ..] = number
        && rest.len() >= 10
        && calling_codes::fit(rest) == Fit::Good
    {
        return true;
    }
    if named {
        return !looks_like_date(text);
    }
    if separated {
        let mixed = text.contains(&b'.') && text.contains(&b'-');
        return (7..=14).contains(&number.len()) && !mixed && has_phone_groups(text, number) && !looks_like_date(text);
    }
    match number {
        // Numeric ids have no leading zero. Book numbers have, with their check digit.
        [b'0', first, ..] => (10..=11).contains(&number.len()) && *first != b'0' && !is_isbn(number),
        _ => false,
    }
}

/// Cuts `x459`, `ext. 12`.
fn without_extension(text: &[u8]) -> &[u8] {
    let Some(at) = text.iter().position(|byte| matches!(byte, b'x' | b'X' | b'e')) else { return text };
    let (number, extension) = text.split_at(at);
    let tail = [&b"ext."[..], b"ext", b"x", b"X"].iter().find_map(|mark| extension.strip_prefix(*mark)).unwrap_or(b"x");
    let tail = tail.trim_ascii();
    if (1..=6).contains(&tail.len()) && tail.iter().all(u8::is_ascii_digit) { number.trim_ascii() } else { text }
}

/// Brackets in one pair at most, with digits inside.
fn has_sane_brackets(text: &[u8]) -> bool {
    let open = text.iter().filter(|byte| **byte == b'(').count();
    let close = text.iter().filter(|byte| **byte == b')').count();
    open == close && open <= 2
}

/// How people group national numbers: an area code in brackets or with its trunk zero, 3-3-4, or pairs.
fn has_phone_groups(text: &[u8], number: &[u8]) -> bool {
    let mut sizes = [0usize; 8];
    let mut count = 0;
    for group in text.split(|byte| !byte.is_ascii_digit()).filter(|group| !group.is_empty()) {
        if count == sizes.len() {
            return false;
        }
        sizes[count] = group.len();
        count += 1;
    }
    let sizes = &sizes[..count];
    let dotted = text.contains(&b'.');
    if count < 2
        || sizes.iter().any(|size| *size > 9)
        || (dotted && (count < 3 || sizes.iter().all(|size| *size <= 3) && count == 4 || sizes[1..].iter().all(|size| *size == 3)))
    {
        return false;
    }
    if text[0] == b'(' {
        return (2..=5).contains(&sizes[0]);
    }
    let rest = &sizes[1..];
    // An international number without its plus.
    if sizes[0] <= 5 && number.len() >= 11 && rest.iter().all(|size| *size >= 2) && calling_codes::fit(number) == Fit::Good {
        return true;
    }
    if sizes == [3, 2, 4] {
        // A social security number, whoever checks it.
        return false;
    }
    match number[0] {
        b'0' => number.len() >= 9 && !is_isbn(number) && (2..=5).contains(&sizes[0]) && rest.iter().all(|size| *size >= 2),
        // The trunk 1 of North America, else an area code and an exchange that do not begin with 0 or 1.
        b'1' if sizes[0] == 1 => matches!(rest, [3, 3, 4]),
        b'1' => matches!(sizes, [3, 3 | 4, 4] | [4, 3, 3 | 4]),
        _ => matches!(
            sizes,
            [3, 3, 4]
                | [3, 4, 4]
                | [2, 2, 2, 2]
                | [2, 3, 2, 2]
                | [3, 2, 2, 2]
                | [3, 3, 3]
                | [3, 3, 2, 2]
                | [2, 4, 4]
                | [2, 5, 4]
                | [4, 3, 3]
                | [3, 3, 3, 3]
                | [3, 7]
        ),
    }
}

/// Dates in either order, with any separator.
fn looks_like_date(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| !byte.is_ascii_digit());
    let (Some(a), Some(b), Some(c)) = (parts.next(), parts.next(), parts.next()) else { return false };
    let small = |part: &[u8], max: u32| {
        (1..=2).contains(&part.len()) && (1..=max).contains(&part.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')))
    };
    let year = |part: &[u8]| part.len() == 4 && matches!(part, [b'1', b'9', ..] | [b'2', b'0', ..]);
    (year(a) && small(b, 12)) || (year(c) && small(a, 31) && small(b, 31))
}

/// ISBN-10 and ISBN-13 by their check digits.
fn is_isbn(number: &[u8]) -> bool {
    match number.len() {
        10 => number.iter().enumerate().map(|(at, digit)| (10 - at as u32) * u32::from(digit - b'0')).sum::<u32>() % 11 == 0,
        13 => number.starts_with(b"978") || number.starts_with(b"979"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        let cases: &[(&str, &str, bool)] = &[
            ("+14155552671", "", true),
            ("+44 20 7946 0958", "", true),
            ("+41 (0)38 549 02 90", "", true),
            ("tel:+33612345678", "", true),
            ("(242)-123-1234", "", true),
            ("415-555-2671", "", true),
            ("259.735.7502x459", "", true),
            ("0761-234567", "", true),
            ("090-1234-5678", "", true),
            ("01.84.17.61.18", "", true),
            ("40740-123-456", "", true),
            ("01.13.0353-00", "", false),
            ("0031(0)612345678", "", true),
            ("09123809999", "", true),
            ("4155552671", "mobile", true),
            ("5912345", "phone", true),
            ("4155552671", "id", false),
            ("4155552671", "", false),
            ("1699397296", "created_at", false),
            ("1699397296", "", false),
            ("2024-01-31", "phone", false),
            ("31.01.2024", "", false),
            ("192.168.100.200", "", false),
            ("1234.567890", "", false),
            ("200.000.000", "", false),
            ("978-3-8362-2119-1", "", false),
            ("1-61729-085-8", "", false),
            ("0378-5955", "", false),
            ("078-05-1123", "", false),
            ("+18091", "", false),
            ("+999123456789", "", false),
            ("00000000", "phone", false),
            ("4111 1111 1111 1111", "", false),
            ("", "phone", false),
        ];
        for (text, key, expected) in cases {
            assert_eq!(is_phone(text.as_bytes(), &KeyHint::of_name(key.as_bytes())), *expected, "{text} {key}");
        }
    }
}
