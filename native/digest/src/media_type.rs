//! Media types as sent, cut into what may be shown and what they say.

use crate::lexical::lexical_class;
use crate::public::is_public_name;
use std::borrow::Cow;

/// Media types that nearly every API uses: told without allocation.
const COMMON: [&str; 22] = [
    "application/json",
    "text/html",
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/xml",
    "text/xml",
    "application/octet-stream",
    "text/css",
    "application/javascript",
    "text/javascript",
    "image/png",
    "image/jpeg",
    "application/problem+json",
    "application/x-ndjson",
    "application/grpc",
    "application/grpc+proto",
    "application/grpc+json",
    "application/grpc-web",
    "application/grpc-web+proto",
    "application/grpc-web-text",
    "application/grpc-web-text+proto",
];
const TYPES: [&str; 10] = ["application", "audio", "chemical", "font", "image", "message", "model", "multipart", "text", "video"];
const SUBTYPE_BYTES_MAX: usize = 80;

/// Type and subtype in lower case, without parameters: `""` for none, `other` for what is no plausible public media type.
pub(crate) fn essence(content_type: &[u8]) -> Cow<'static, str> {
    let end = memchr::memchr2(b';', b',', content_type).unwrap_or(content_type.len());
    let essence = content_type[..end].trim_ascii();
    if essence.is_empty() {
        return Cow::Borrowed("");
    }
    if let Some(common) = COMMON.iter().find(|common| common.as_bytes().eq_ignore_ascii_case(essence)) {
        return Cow::Borrowed(common);
    }
    match std::str::from_utf8(essence) {
        Ok(text) if is_public(text) => Cow::Owned(text.to_ascii_lowercase()),
        _ => Cow::Borrowed("other"),
    }
}

/// A registered top-level type, and a subtype of words and short numbers: a value that somebody put there is not shown.
fn is_public(essence: &str) -> bool {
    let Some((kind, subtype)) = essence.split_once('/') else { return false };
    let is_word = |word: &str| match word.as_bytes() {
        [] => false,
        word if word.len() <= 4 && word.iter().all(u8::is_ascii_alphanumeric) => true,
        word => !lexical_class(word).is_hard() && is_public_name(word),
    };
    TYPES.iter().any(|known| kind.eq_ignore_ascii_case(known)) && subtype.len() <= SUBTYPE_BYTES_MAX && subtype.split(['.', '+', '-', '_']).all(is_word)
}

/// A parameter of a field such as `Content-Type` or `Content-Disposition` (RFC 9110 §5.6.6), without its quotes and backslashes.
pub(crate) fn parameter<'b>(field: &'b [u8], name: &[u8]) -> Option<Cow<'b, [u8]>> {
    let mut rest = &field[memchr::memchr(b';', field)?..];
    while let Some(after) = rest.strip_prefix(b";") {
        let after = after.trim_ascii_start();
        let end = after.iter().position(|byte| matches!(byte, b'=' | b';')).unwrap_or(after.len());
        let (found, value) = (after[..end].trim_ascii(), &after[end..]);
        let Some(value) = value.strip_prefix(b"=").map(<[u8]>::trim_ascii_start) else {
            rest = value;
            continue;
        };
        let length = value_length(value);
        if found.eq_ignore_ascii_case(name) {
            return Some(unquoted(value[..length].trim_ascii_end()));
        }
        rest = &value[length..];
        rest = &rest[memchr::memchr(b';', rest).unwrap_or(rest.len())..];
    }
    None
}

fn value_length(value: &[u8]) -> usize {
    if value.first() != Some(&b'"') {
        return memchr::memchr(b';', value).unwrap_or(value.len());
    }
    let mut at = 1;
    while let Some(byte) = value.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    value.len()
}

fn unquoted(value: &[u8]) -> Cow<'_, [u8]> {
    let Some(inside) = value.strip_prefix(b"\"") else { return Cow::Borrowed(value) };
    let inside = inside.strip_suffix(b"\"").unwrap_or(inside);
    if memchr::memchr(b'\\', inside).is_none() {
        return Cow::Borrowed(inside);
    }
    let mut text = Vec::with_capacity(inside.len());
    let mut bytes = inside.iter();
    while let Some(byte) = bytes.next() {
        text.extend(if *byte == b'\\' { bytes.next() } else { Some(byte) });
    }
    Cow::Owned(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_parameters() {
        let rows: [(&str, &str, Option<&str>); 8] = [
            ("multipart/form-data; boundary=abc", "boundary", Some("abc")),
            ("multipart/form-data; charset=utf-8 ;boundary=\"a b;c\"; x=1", "boundary", Some("a b;c")),
            ("form-data; filename=\"name=x\"; name=\"y\"", "name", Some("y")),
            ("form-data; name=\"a\\\"b\"", "name", Some("a\"b")),
            ("form-data; NAME = z", "name", Some("z")),
            ("form-data; flag; name=z", "name", Some("z")),
            ("form-data", "name", None),
            ("form-data; name=\"open", "name", Some("open")),
        ];
        for (field, name, value) in rows {
            assert_eq!(parameter(field.as_bytes(), name.as_bytes()).as_deref(), value.map(str::as_bytes), "{field}");
        }
    }

    #[test]
    fn shows_media_types_but_not_values() {
        assert_eq!(essence(b" Application/JSON ; charset=utf-8"), "application/json");
        assert_eq!(essence(b""), "");
        for odd in ["json", "foo/bar", "application/", "application/a b", "application/3f2504e04f8941d39a0c0305e82c3301", "text/é"] {
            assert_eq!(essence(odd.as_bytes()), "other", "{odd}");
        }
    }
}
