//! Telling the format of a text: one look at every byte says which formats are possible, then only these are tried.

mod address;
mod moment;

use crate::format::Format;
use address::{is_cidr, is_email, is_hostname, is_ipv4, is_ipv6, is_mac, is_uri};
use moment::{is_duration, is_http_date, moment};

/// Bytes looked at of a text; what is longer is told by its beginning.
const LOOKED_AT_BYTES_MAX: usize = 512;
/// Longer words may be secrets.
const PROSE_WORD_BYTES_MAX: usize = 12;
/// Longer words with digits may be secrets behind a word such as `token`.
const PROSE_NUMBER_BYTES_MAX: usize = 9;
/// Numbers and codes of data classes are no longer.
const CODE_BYTES_MAX: usize = 64;

const DIGIT: u16 = 1;
const LOWER_HEX: u16 = 1 << 1;
const LOWER: u16 = 1 << 2;
const UPPER_HEX: u16 = 1 << 3;
const UPPER: u16 = 1 << 4;
const MINUS: u16 = 1 << 5;
const DOT: u16 = 1 << 6;
const COLON: u16 = 1 << 7;
const AT: u16 = 1 << 8;
const SLASH: u16 = 1 << 9;
const PLUS: u16 = 1 << 10;
const EQUALS: u16 = 1 << 11;
const UNDERSCORE: u16 = 1 << 12;
const SPACE: u16 = 1 << 13;
const OTHER: u16 = 1 << 14;

const HEX: u16 = DIGIT | LOWER_HEX | UPPER_HEX;
const ALPHA: u16 = LOWER_HEX | LOWER | UPPER_HEX | UPPER;
const ALNUM: u16 = ALPHA | DIGIT;

const KINDS: [u16; 256] = kinds();

const fn kinds() -> [u16; 256] {
    let mut kinds = [OTHER; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' => LOWER_HEX,
            b'g'..=b'z' => LOWER,
            b'A'..=b'F' => UPPER_HEX,
            b'G'..=b'Z' => UPPER,
            b'-' => MINUS,
            b'.' => DOT,
            b':' => COLON,
            b'@' => AT,
            b'/' => SLASH,
            b'+' => PLUS,
            b'=' => EQUALS,
            b'_' => UNDERSCORE,
            b' ' => SPACE,
            _ => OTHER,
        };
        byte += 1;
    }
    kinds
}

/// What one look at a text tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub format: Option<Format>,
    /// Whether the text is of no data class unless its key says so; then none need be looked for.
    pub is_no_class: bool,
}

#[inline]
pub(crate) fn look(text: &[u8]) -> Look {
    let looked_at = &text[..text.len().min(LOOKED_AT_BYTES_MAX)];
    let kinds = looked_at.iter().fold(0, |kinds, byte| kinds | KINDS[usize::from(*byte)]);
    // Words, names and short prose, by far the most, end here.
    let is_plain = kinds & (DIGIT | DOT | COLON | AT | SLASH | PLUS | EQUALS | OTHER) == 0;
    if is_plain && (text.len() < 16 || kinds & SPACE != 0) {
        let format = (kinds & (MINUS | UNDERSCORE) != 0 && is_locale(text)).then_some(Format::Locale);
        return Look { format, is_no_class: is_prose(text, kinds) };
    }
    let format = by_kinds(text, kinds);
    Look { format, is_no_class: format.map_or_else(|| is_prose(text, kinds), Format::is_no_class) }
}

/// Words without any address, assignment or quotation, and too short each to be a secret. Numbers may only stand in long prose.
fn is_prose(text: &[u8], kinds: u16) -> bool {
    let is_word = |word: &[u8]| word.len() <= PROSE_NUMBER_BYTES_MAX || word.len() <= PROSE_WORD_BYTES_MAX && !word.iter().any(u8::is_ascii_digit);
    kinds & (COLON | AT | EQUALS) == 0
        && text.len() <= LOOKED_AT_BYTES_MAX
        && (kinds & DIGIT == 0 || text.trim_ascii().len() > CODE_BYTES_MAX)
        && (kinds & OTHER == 0 || memchr::memchr2(b'"', b'\'', text).is_none())
        && (text.len() <= PROSE_NUMBER_BYTES_MAX || text.split(|byte| *byte == b' ').all(is_word))
}

fn by_kinds(text: &[u8], kinds: u16) -> Option<Format> {
    let only = |allowed: u16| kinds & !allowed == 0;
    let has = |kind: u16| kinds & kind != 0;
    let first = *text.first()?;
    if only(DIGIT | MINUS | PLUS | DOT) {
        return numeric(text, kinds);
    }
    if only(HEX | MINUS) && has(MINUS) && is_uuid(text) {
        return Some(Format::Uuid);
    }
    if first.is_ascii_digit()
        && has(MINUS | COLON)
        && let Some(format) = moment(text)
    {
        return Some(format);
    }
    if has(COLON) {
        return with_colon(text, kinds);
    }
    match first {
        b'{' | b'[' => return is_json_in_text(text).then_some(Format::Json),
        b'#' => return is_color(text).then_some(Format::Color),
        b'P' if is_duration(text) => return Some(Format::Duration),
        b'e' if text.starts_with(b"eyJ") && is_jwt(text) => return Some(Format::Jwt),
        b'/' if !has(SPACE | OTHER) && text.len() > 1 && !is_base64(text, kinds) => return Some(Format::UriReference),
        _ => {}
    }
    if has(AT) {
        return is_email(text, kinds).then_some(Format::Email);
    }
    if only(HEX)
        && let Some(format) = hex(text, kinds)
    {
        return Some(format);
    }
    if text.len() == 26 && only(DIGIT | UPPER_HEX | UPPER) && is_ulid(text) {
        return Some(Format::Ulid);
    }
    if only(DIGIT | DOT | SLASH) && has(SLASH) {
        return is_cidr(text).then_some(Format::Cidr);
    }
    if has(DOT) && only(ALNUM | DOT | MINUS | PLUS | UNDERSCORE) {
        if is_semver(text) {
            return Some(Format::Semver);
        }
        if only(ALNUM | DOT | MINUS) && is_hostname(text) {
            return Some(Format::Hostname);
        }
    }
    is_base64(text, kinds).then_some(Format::Base64)
}

/// Digits, dots and signs.
fn numeric(text: &[u8], kinds: u16) -> Option<Format> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    if kinds & (MINUS | DOT | PLUS) == 0 || (kinds & (DOT | PLUS) == 0 && digits.iter().all(u8::is_ascii_digit)) {
        let is_number = !digits.is_empty() && digits.len() <= 39 && (digits[0] != b'0' || digits.len() == 1);
        return is_number.then_some(Format::Integer);
    }
    if let Some(format) = moment(text) {
        return Some(format);
    }
    if is_ipv4(text) {
        return Some(Format::Ipv4);
    }
    if is_semver(text) {
        return Some(Format::Semver);
    }
    let (whole, fraction) = digits.split_at(digits.iter().position(|byte| *byte == b'.')?);
    let is_number = all_digits(whole) && all_digits(&fraction[1..]) && (whole[0] != b'0' || whole.len() == 1);
    is_number.then_some(Format::Decimal)
}

fn with_colon(text: &[u8], kinds: u16) -> Option<Format> {
    if matches!(text.first(), Some(b'{' | b'[')) && is_json_in_text(text) {
        return Some(Format::Json);
    }
    if kinds & !(HEX | COLON) == 0 && text.len() == 17 && is_mac(text) {
        return Some(Format::Mac);
    }
    if kinds & !(HEX | COLON | DOT) == 0 && is_ipv6(text) {
        return Some(Format::Ipv6);
    }
    if kinds & !(HEX | COLON | DOT | SLASH) == 0 && kinds & SLASH != 0 && is_cidr(text) {
        return Some(Format::Cidr);
    }
    if text.starts_with(b"data:") && text.contains(&b',') {
        return Some(Format::DataUri);
    }
    if is_http_date(text) {
        return Some(Format::HttpDate);
    }
    is_uri(text).then_some(Format::Uri)
}

fn all_digits(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36 && [8, 13, 18, 23].iter().all(|at| text[*at] == b'-') && text.iter().filter(|byte| **byte == b'-').count() == 4
}

fn hex(text: &[u8], kinds: u16) -> Option<Format> {
    let has_one_case = kinds & LOWER_HEX == 0 || kinds & UPPER_HEX == 0;
    if text.len() < 16 || !text.len().is_multiple_of(2) || kinds & DIGIT == 0 || !has_one_case {
        return None;
    }
    Some(if text.len() == 24 { Format::ObjectId } else { Format::Hex })
}

/// 26 characters of Crockford's alphabet of which the first is at most 7.
fn is_ulid(text: &[u8]) -> bool {
    text[0] <= b'7' && text.iter().all(|byte| !matches!(byte, b'I' | b'L' | b'O' | b'U'))
}

fn is_color(text: &[u8]) -> bool {
    matches!(text.len(), 4 | 7 | 9) && text[1..].iter().all(u8::is_ascii_hexdigit)
}

/// `1.2.3`, `v1.2.3-rc.1+build`.
fn is_semver(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"v").unwrap_or(text);
    let core = &text[..text.iter().position(|byte| matches!(byte, b'-' | b'+')).unwrap_or(text.len())];
    let mut parts = core.split(|byte| *byte == b'.');
    let is_number = |part: Option<&[u8]>| part.is_some_and(|part| part.len() <= 6 && all_digits(part));
    is_number(parts.next()) && is_number(parts.next()) && is_number(parts.next()) && parts.next().is_none()
}

/// Three parts of base64url of which the first begins like a JSON object (RFC 7519).
fn is_jwt(text: &[u8]) -> bool {
    let mut parts = text.split(|byte| *byte == b'.');
    let is_part = |part: &[u8]| part.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(claims), Some(signature), None) => {
            header.len() >= 10 && claims.len() >= 4 && [header, claims, signature].iter().all(|part| is_part(part))
        }
        _ => false,
    }
}

/// `en-US`, `pt_BR`.
fn is_locale(text: &[u8]) -> bool {
    match text {
        [a, b, b'-' | b'_', c, d] => a.is_ascii_lowercase() && b.is_ascii_lowercase() && c.is_ascii_uppercase() && d.is_ascii_uppercase(),
        _ => false,
    }
}

/// Base64 (RFC 4648) that is hardly anything else: padded or with signs in its alphabet, or long and of both cases and digits.
fn is_base64(text: &[u8], kinds: u16) -> bool {
    let is_of_alphabet = kinds & !(ALNUM | SLASH | PLUS | EQUALS) == 0 || kinds & !(ALNUM | MINUS | UNDERSCORE | EQUALS) == 0;
    if !is_of_alphabet || text.len() < 16 {
        return false;
    }
    let has_all = kinds & DIGIT != 0 && kinds & (LOWER | LOWER_HEX) != 0 && kinds & (UPPER | UPPER_HEX) != 0;
    let body = text.strip_suffix(b"==").or(text.strip_suffix(b"=")).unwrap_or(text);
    let is_padded = body.len() < text.len() && text.len().is_multiple_of(4);
    let is_standard = kinds & (MINUS | UNDERSCORE) == 0 && text.len().is_multiple_of(4);
    let has_inner_padding = body.iter().take(LOOKED_AT_BYTES_MAX).any(|byte| *byte == b'=');
    let is_pathlike = kinds & SLASH != 0 && !has_all;
    !has_inner_padding && !is_pathlike && (is_padded && kinds & (UPPER | UPPER_HEX) != 0 || has_all && text.len() >= 24 && is_standard)
}

/// An object or array as text.
fn is_json_in_text(text: &[u8]) -> bool {
    let is_object = text.starts_with(b"{") && text.ends_with(b"}") && text.contains(&b'"') && text.contains(&b':');
    let is_array = text.starts_with(b"[") && text.ends_with(b"]") && text.len() > 2;
    (is_object || is_array) && crate::json::is_json(text, true)
}

#[cfg(test)]
mod tests;
