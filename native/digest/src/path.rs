//! Path shapes: the path with each public literal as it is and each other segment as its class.

mod call;
mod key;
mod literals;
mod segment;
mod target;

use crate::Cx;
use crate::classes::{DataClass, KeyHint, classify_text};
use crate::lexical::{LexicalClass, lexical_class};
use crate::place::observe_untyped;
use crate::public::is_public_literal;
use crate::shape::Node;
pub use call::is_call;
use key::write_keyed;
pub use literals::Literals;
use segment::{DIGIT, DOT, PERCENT, find_segment, kinds_of};
use std::collections::HashSet;
use std::ops::Range;
pub use target::{Target, split_target};

/// Path literals of registered specs: they are shown whatever they look like.
pub type KnownLiterals = HashSet<Box<[u8]>>;

/// Deeper segments fold into one `{tail+}`.
pub const SEGMENTS_MAX: usize = 24;
/// Longer segments are `{other}`.
pub const SEGMENT_BYTES_MAX: usize = 256;

/// A path as it may be shown, with the places of its values. Buffers are reused from path to path.
#[derive(Clone, Debug, Default)]
pub struct PathShape {
    /// `/users/{int}/cards`.
    pub text: String,
    /// The segments that are shown as a class, in order.
    pub segments: Vec<PathValue>,
}

/// A segment that is shown as a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathValue {
    /// Position in the path, from 0.
    pub index: u16,
    /// Bytes of the raw path, without suffix, verb and matrix parameters.
    pub range: Range<u32>,
    /// What the literal before says about the value.
    pub hint: KeyHint,
}

impl PathShape {
    /// Forgets the path, keeps the buffers.
    pub fn clear(&mut self) {
        self.text.clear();
        self.segments.clear();
    }
}

/// Writes the shape of a raw path (no query) to `out`.
///
/// Empty segments are dropped (`//`, a trailing `/`), case is kept, matrix parameters (`;…`) are set aside. A format suffix on the last
/// segment and a `:verb` stay visible behind a class. `/` for an empty path, `*` for the asterisk form. No allocation once the buffers have
/// grown.
pub fn shape_path(raw_path: &[u8], literals: &mut Literals, out: &mut PathShape) {
    out.clear();
    if raw_path == b"*" {
        out.text.push('*');
        return;
    }
    // What is written is ASCII but for known literals, which are UTF-8: it is looked at once, at the end.
    let mut text = std::mem::take(&mut out.text).into_bytes();
    let mut index = 0;
    let mut at = 0;
    let mut hint = KeyHint::default();
    while at < raw_path.len() {
        let found = find_segment(raw_path, at);
        let segment = at..found.value_end;
        at = found.end + 1;
        if segment.is_empty() {
            continue;
        }
        text.push(b'/');
        if index == SEGMENTS_MAX {
            text.extend_from_slice(b"{tail+}");
            break;
        }
        let raw = &raw_path[segment.clone()];
        let is_last = || raw_path.get(at..).is_none_or(|rest| rest.iter().all(|byte| *byte == b'/'));
        match write_segment(raw, found.kinds, hint, is_last, literals, &mut text) {
            Segment::Literal(next) => hint = next,
            Segment::Value(value) => {
                let range = (segment.start + value.start) as u32..(segment.start + value.end) as u32;
                out.segments.push(PathValue { index: index as u16, range, hint });
                hint = KeyHint::default();
            }
        }
        index += 1;
    }
    if text.is_empty() {
        text.push(b'/');
    }
    out.text = String::from_utf8(text).unwrap_or_else(|_| "/{encoded}".to_owned());
}

/// Counts the value of each segment that is no literal: one child a segment, named by its position.
pub fn observe_path(shape: &PathShape, raw_path: &[u8], node: &mut Node, cx: &mut Cx) {
    let mut decoded = std::mem::take(&mut cx.scratch);
    for (expected, PathValue { index, range, hint }) in shape.segments.iter().enumerate() {
        let Some(raw) = raw_path.get(range.start as usize..range.end as usize) else { continue };
        let text = if raw.contains(&b'%') {
            decode(raw, &mut decoded, |_| true);
            &decoded[..]
        } else {
            raw
        };
        match node.known_field_mut(INDEX_NAMES[usize::from(*index) % SEGMENTS_MAX], expected, *hint, cx) {
            Some(field) => observe_untyped(&mut field.node, text, hint, cx),
            None => node.fold_field(),
        }
    }
    decoded.clear();
    cx.scratch = decoded;
    node.observe_object();
}

const INDEX_NAMES: [&str; SEGMENTS_MAX] =
    ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19", "20", "21", "22", "23"];

/// What a segment was.
enum Segment {
    /// Shown as it is; what it says about a value behind it.
    Literal(KeyHint),
    /// Shown as its class; which of its raw bytes are the value.
    Value(Range<usize>),
}

/// Writes one segment; `hint` is what the literal before it says.
fn write_segment(raw: &[u8], kinds: u8, hint: KeyHint, is_last: impl Fn() -> bool, literals: &mut Literals, out: &mut Vec<u8>) -> Segment {
    if raw.len() > SEGMENT_BYTES_MAX {
        out.extend_from_slice(b"{other}");
        return Segment::Value(0..raw.len());
    }
    if raw.last() == Some(&b')')
        && let Some(keyed) = write_keyed(raw, literals, out)
    {
        return keyed;
    }
    if kinds & PERCENT == 0 {
        return write_canonical(raw, kinds, hint, is_last, literals, out);
    }
    let mut segment = Vec::with_capacity(raw.len());
    decode(raw, &mut segment, |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~'));
    match write_canonical(&segment, kinds_of(&segment), hint, is_last, literals, out) {
        // Decoding shortens a value, not what is cut behind it.
        Segment::Value(value) => Segment::Value(value.start..value.end + raw.len() - segment.len()),
        literal => literal,
    }
}

fn write_canonical(segment: &[u8], kinds: u8, hint: KeyHint, is_last: impl Fn() -> bool, literals: &mut Literals, out: &mut Vec<u8>) -> Segment {
    let mut class = None;
    match literals.find(segment, kinds & !DIGIT == 0) {
        Ok(says) if kinds & DOT == 0 || !is_file_of_value(segment, &is_last) || literals.is_known(segment) => {
            out.extend_from_slice(segment);
            return Segment::Literal(says);
        }
        Ok(_) => {}
        Err(known) => class = known,
    }
    let mut value = segment;
    let verb = verb_of(value);
    value = &value[..value.len() - verb.len()];
    let suffix = if verb.is_empty() && is_last() { suffix_of(value) } else { b"" };
    value = &value[..value.len() - suffix.len()];
    out.push(b'{');
    // What was cut off may change the class.
    let class = class.filter(|_| value.len() == segment.len()).unwrap_or_else(|| lexical_class(value));
    out.extend_from_slice(class_of(value, class, hint).as_bytes());
    out.push(b'}');
    out.extend_from_slice(suffix);
    out.extend_from_slice(verb);
    Segment::Value(0..value.len())
}

/// Whether the stem before a format suffix is a value: `42.json`.
fn is_file_of_value(segment: &[u8], is_last: impl Fn() -> bool) -> bool {
    if !is_last() {
        return false;
    }
    let suffix = suffix_of(segment);
    !suffix.is_empty() && !is_public_literal(&segment[..segment.len() - suffix.len()])
}

/// `:cancel` behind a stem: a lower-case letter, then letters, and nothing that looks like a value.
fn verb_of(segment: &[u8]) -> &[u8] {
    let Some(colon) = memchr::memrchr(b':', segment).filter(|colon| *colon > 0) else { return b"" };
    let verb = &segment[colon + 1..];
    let fits = verb.len() >= 2 && verb[0].is_ascii_lowercase() && verb.iter().all(u8::is_ascii_alphabetic) && is_public_literal(verb);
    // Hex groups of an IPv6 or MAC address are no verbs.
    if fits && !verb.iter().all(u8::is_ascii_hexdigit) { &segment[colon..] } else { b"" }
}

/// `.json` behind a stem.
fn suffix_of(segment: &[u8]) -> &[u8] {
    const SUFFIXES: [&[u8]; 12] = [b"json", b"xml", b"jsonp", b"html", b"rss", b"atom", b"yaml", b"pb", b"csv", b"js", b"kml", b"pdf"];
    match memchr::memrchr(b'.', segment) {
        Some(dot) if dot > 0 && SUFFIXES.contains(&&segment[dot + 1..]) => &segment[dot..],
        _ => b"",
    }
}

/// The name of what a segment is: a sensitive class before a lexical one. `hint` is what the literal before it says.
fn class_of(segment: &[u8], class: LexicalClass, hint: KeyHint) -> &'static str {
    use LexicalClass::{Date, Hex, Int, Uuid};
    match class {
        Uuid | Date => return class.name(),
        // Bank account numbers of some countries are hex digits.
        Hex if !matches!(segment, [a, b, c, d, ..] if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_digit() && d.is_ascii_digit()) => {
            return class.name();
        }
        // One number in ten passes a checksum by chance: numbers are sensitive only behind a literal that says so.
        Int => {
            const TOPICS: u32 = KeyHint::CARD | KeyHint::US_SSN | KeyHint::PHONE;
            let found = if segment.len() >= 7 && hint.says(TOPICS) { classify_text(segment, &hint) } else { None };
            return found.map_or(class.name(), DataClass::id);
        }
        _ => {}
    }
    let found = if segment.len() < 6 {
        None
    } else if segment.contains(&b'%') {
        let (mut once, mut twice) = (Vec::new(), Vec::new());
        decode(segment, &mut once, |_| true);
        classify_text(&once, &KeyHint::default()).or_else(|| {
            decode(&once, &mut twice, |_| true);
            classify_text(&twice, &KeyHint::default())
        })
    } else {
        classify_text(segment, &KeyHint::default())
    };
    match found {
        Some(DataClass::IpAddress) => LexicalClass::Ip.name(),
        Some(found) => found.id(),
        None => class.name(),
    }
}

/// Decodes `%XX` of bytes that are `wanted`; anything else stays as it is.
fn decode(text: &[u8], out: &mut Vec<u8>, wanted: impl Fn(u8) -> bool) {
    out.clear();
    let mut at = 0;
    while at < text.len() {
        let byte = match text.get(at..at + 3) {
            Some([b'%', high, low]) => hex(*high).zip(hex(*low)).map(|(high, low)| high << 4 | low).filter(|byte| wanted(*byte)),
            _ => None,
        };
        out.push(byte.unwrap_or(text[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
}

fn hex(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).map(|digit| digit as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shape of a path, the same when it is asked for again of what remembers it.
    fn shape(path: &str, known: &KnownLiterals) -> PathShape {
        let (mut literals, mut out) = (Literals::new(known.clone()), PathShape::default());
        shape_path(path.as_bytes(), &mut literals, &mut out);
        let first = out.clone();
        shape_path(path.as_bytes(), &mut literals, &mut out);
        assert_eq!((&out.text, &out.segments), (&first.text, &first.segments), "{path}");
        out
    }

    #[test]
    fn cases() {
        let cases: &[(&str, &str)] = &[
            ("/users/42/cards", "/users/{int}/cards"),
            ("//users///me//", "/users/me"),
            ("/", "/"),
            ("", "/"),
            ("*", "*"),
            ("/Users/123e4567-e89b-12d3-a456-426614174000", "/Users/{uuid}"),
            ("/items/42.json", "/items/{int}.json"),
            ("/items/list.json", "/items/list.json"),
            ("/orders/42:cancel", "/orders/{int}:cancel"),
            ("/orders:batchGet", "/orders:batchGet"),
            ("/users/john@example.com/x", "/users/{email}/x"),
            ("/users/john%40example.com", "/users/{email}"),
            ("/users/john%2540example.com", "/users/{email}"),
            ("/%75sers/%34%32", "/users/{int}"),
            ("/cards/4111111111111111", "/cards/{payment_card}"),
            ("/orders/4111111111111111", "/orders/{int}"),
            ("/accounts/DE89370400440532013000", "/accounts/{iban}"),
            ("/call/+14155552671", "/call/{phone}"),
            ("/x/078-05-1123", "/x/{us_ssn}"),
            ("/hosts/10.0.0.1", "/hosts/{ip}"),
            ("/auth/eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijk", "/auth/{secret_jwt}"),
            ("/a;v=1/b;x", "/a/b"),
            ("/a/;jsessionid=1", "/a"),
            ("/repos/zqxjkvbwpt", "/repos/{random}"),
            ("/v1/days/2024-01-31", "/v1/days/{date}"),
            ("/a/b%2Fc", "/a/{encoded}"),
            ("/a/x=y", "/a/{other}"),
            ("/Items(42)", "/Items({int})"),
            ("/odata/Items(42)/Parts(7)", "/odata/Items({int})/Parts({int})"),
            ("/Items(Id=42)", "/Items(Id={int})"),
            ("/Items('ana@example.com')", "/Items('{email}')"),
            ("/Items(%27ana%27)", "/Items('{word}')"),
            ("/Items(Name='ana')", "/Items(Name='{word}')"),
            ("/Items(guid'123e4567-e89b-12d3-a456-426614174000')", "/Items('{uuid}')"),
            ("/Items(a23e4567-e89b-12d3-a456-426614174000)", "/Items({uuid})"),
            ("/Cards(4111111111111111)", "/Cards({payment_card})"),
            ("/Items(A=1,B='x')", "/Items({other})"),
            ("/Items('a','b')", "/Items({other})"),
            ("/Items('a,b')", "/Items('{other}')"),
            ("/Items(-1)", "/Items({int})"),
            ("/Model.Latest()", "/Model.Latest()"),
            ("/zqxjkvbwpt(42)", "/{other}"),
            ("/Town_(city)", "/{other}"),
            ("/(42)", "/{other}"),
            ("/Items('')", "/{other}"),
            ("/Items(zqxjkvbwpt=1)", "/{other}"),
            ("relative", "/relative"),
        ];
        for (path, expected) in cases {
            assert_eq!(shape(path, &KnownLiterals::default()).text, *expected, "{path}");
        }
    }

    #[test]
    fn known_literals_pass() {
        let known: KnownLiterals = [b"2010-04-01".as_slice().into(), b"zqxjkvbwpt".as_slice().into()].into_iter().collect();
        assert_eq!(shape("/2010-04-01/zqxjkvbwpt/7", &known).text, "/2010-04-01/zqxjkvbwpt/{int}");
    }

    #[test]
    fn values_are_found_in_the_raw_path() {
        let path = "/users/42/files/a%20b%20c.json";
        let values: Vec<_> = shape(path, &KnownLiterals::default())
            .segments
            .iter()
            .map(|value| (value.index, &path[value.range.start as usize..value.range.end as usize]))
            .collect();
        assert_eq!(values, [(1, "42"), (3, "a%20b%20c")]);
        for (path, key) in
            [("/a/Items(42)", "42"), ("/a/Items(Id=42)", "42"), ("/a/Items(Id='a')", "a"), ("/a/Items(guid%27b%27)", "b"), ("/a/Items(A=1,B=2)", "A=1,B=2")]
        {
            let shape = shape(path, &KnownLiterals::default());
            let range = &shape.segments[0].range;
            assert_eq!(&path[range.start as usize..range.end as usize], key, "{path}");
        }
    }

    #[test]
    fn depth_and_length_are_bounded() {
        let deep = "/a".repeat(1000);
        let got = shape(&deep, &KnownLiterals::default());
        assert_eq!(got.text, format!("{}/{{tail+}}", "/a".repeat(SEGMENTS_MAX)));
        let long = format!("/{}", "a".repeat(300));
        assert_eq!(shape(&long, &KnownLiterals::default()).text, "/{other}");
    }
}
