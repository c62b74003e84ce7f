//! Keys of OData behind the name of what has them: `Items(5)`, `Items('a')`, `Items(Id=5)` (OData 4.01, URL Conventions, §4.3).

use super::{Literals, Segment, class_of};
use crate::classes::KeyHint;
use crate::lexical::{LexicalClass, lexical_class};
use crate::public::is_public_name;

/// Writes a segment that ends with a key, where it is one: names as they are, the key as its class. Several keys are one value.
pub(super) fn write_keyed(segment: &[u8], literals: &mut Literals, out: &mut Vec<u8>) -> Option<Segment> {
    let inside_end = segment.strip_suffix(b")")?.len();
    let open = memchr::memchr(b'(', segment).filter(|open| is_name(&segment[..*open]))?;
    if literals.is_known(segment) {
        return None;
    }
    let hint = literals.find(&segment[..open], false).ok()?;
    if open + 1 == inside_end {
        out.extend_from_slice(segment);
        return Some(Segment::Literal(hint));
    }
    let inside = &segment[open + 1..inside_end];
    let named = memchr::memchr(b'=', inside).filter(|equals| is_name(&inside[..*equals]) && is_public_name(&inside[..*equals]));
    let written = &inside[named.map_or(0, |equals| equals + 1)..];
    let (value, is_text) = unquoted(written);
    let is_several = memchr::memchr(b',', value).is_some() && (!is_text || QUOTES.iter().any(|quote| memchr::memmem::find(value, quote).is_some()));
    let is_key = named.is_some() || is_text || is_several || matches!(value.first(), Some(b'0'..=b'9' | b'-')) || lexical_class(value) == LexicalClass::Uuid;
    if value.is_empty() || !is_key {
        return None;
    }
    out.extend_from_slice(&segment[..=open]);
    if is_several {
        out.extend_from_slice(b"{other})");
        return Some(Segment::Value(open + 1..inside_end));
    }
    let quote: &[u8] = if is_text { b"'" } else { b"" };
    out.extend_from_slice(named.map_or(b"", |equals| &inside[..=equals]));
    let hint = named.map_or(hint, |equals| KeyHint::of_name(&[&segment[..open], b"_", &inside[..equals]].concat()));
    for part in [quote, b"{", class_of(value, lexical_class(value), hint).as_bytes(), b"}", quote, b")"] {
        out.extend_from_slice(part);
    }
    let start = open + 1 + (inside.len() - written.len()) + if is_text { written.len() - value.len() - quote_bytes(written) } else { 0 };
    Some(Segment::Value(start..start + value.len()))
}

const QUOTES: [&[u8]; 2] = [b"'", b"%27"];

/// A text between quotes, behind the name of its type as in `guid'…'`; else the value as it is.
fn unquoted(written: &[u8]) -> (&[u8], bool) {
    let tag = written.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    for quote in QUOTES {
        if let Some(text) = written[tag..].strip_prefix(quote).and_then(|text| text.strip_suffix(quote)) {
            return (text, true);
        }
    }
    (written, false)
}

fn quote_bytes(written: &[u8]) -> usize {
    if written.ends_with(b"'") { 1 } else { 3 }
}

/// A name of OData, perhaps behind those of namespaces.
fn is_name(text: &[u8]) -> bool {
    matches!(text.first(), Some(b'a'..=b'z' | b'A'..=b'Z' | b'_')) && text.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'))
}
