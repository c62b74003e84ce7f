//! Dates, times and durations.

use super::all_digits;
use crate::format::Format;

/// `date`, `date-time` (RFC 3339, also with a space or without zone, as databases write it), `time`.
pub(super) fn moment(text: &[u8]) -> Option<Format> {
    if text.get(2) == Some(&b':') {
        return is_time(text).then_some(Format::Time);
    }
    let is_date = text.len() >= 10
        && all_digits(&text[..4])
        && text[4] == b'-'
        && text[7] == b'-'
        && matches!(two(text, 5), Some(1..=12))
        && matches!(two(text, 8), Some(1..=31));
    match text.get(10) {
        _ if !is_date => None,
        None => Some(Format::Date),
        Some(b'T' | b't' | b' ') => is_time(&text[11..]).then_some(Format::DateTime),
        Some(_) => None,
    }
}

/// `12:30`, `12:30:05`, with fraction, with zone.
fn is_time(text: &[u8]) -> bool {
    if !matches!(two(text, 0), Some(0..=24)) || text.get(2) != Some(&b':') || !matches!(two(text, 3), Some(0..=59)) {
        return false;
    }
    let mut rest = &text[5..];
    if rest.first() == Some(&b':') {
        if !matches!(two(rest, 1), Some(0..=60)) {
            return false;
        }
        rest = &rest[3..];
        if let Some(b'.' | b',') = rest.first() {
            let digits = rest[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            rest = &rest[1 + digits..];
        }
    }
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    match rest {
        [] | b"Z" | b"z" | b"UTC" => true,
        [b'+' | b'-', zone @ ..] => match zone.len() {
            2 => two(zone, 0).is_some(),
            4 => two(zone, 0).is_some() && two(zone, 2).is_some(),
            5 => two(zone, 0).is_some() && zone[2] == b':' && two(zone, 3).is_some(),
            _ => false,
        },
        _ => false,
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7).
pub(super) fn is_http_date(text: &[u8]) -> bool {
    text.len() == 29 && &text[3..5] == b", " && text.ends_with(b" GMT") && two(text, 5).is_some() && is_time(&text[17..25])
}

/// ISO 8601: `P1Y2M3DT4H5M6.5S`, `P2W`.
pub(super) fn is_duration(text: &[u8]) -> bool {
    let mut units: &[u8] = b"YMWD";
    let mut rest = &text[1..];
    let mut parts = 0;
    while let Some(first) = rest.first() {
        if *first == b'T' && units != b"HMS" {
            units = b"HMS";
            rest = &rest[1..];
            continue;
        }
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        if digits == 0 || !rest.get(digits).is_some_and(|unit| units.contains(unit)) {
            return false;
        }
        rest = &rest[digits + 1..];
        parts += 1;
    }
    parts > 0
}

fn two(text: &[u8], at: usize) -> Option<u8> {
    match text.get(at..at + 2)? {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => Some((tens - b'0') * 10 + ones - b'0'),
        _ => None,
    }
}
