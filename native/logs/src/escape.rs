//! What servers write for bytes that would break a line.

use std::borrow::Cow;

/// How a server escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Escape {
    /// Not at all: Envoy.
    None,
    /// With a backslash: nginx, Apache, load balancers of AWS, Zeek.
    Backslash,
    /// `#hh`: HAProxy.
    Hash,
    /// `%hh`, of what was percent-encoded before too: CloudFront.
    Percent,
}

impl Escape {
    /// The bytes as the client sent them; borrowed where nothing was escaped.
    pub fn undo(self, text: &[u8]) -> Cow<'_, [u8]> {
        match self {
            Self::None => Cow::Borrowed(text),
            Self::Backslash => undo(text),
            Self::Hash => undo_marked(b'#', text),
            Self::Percent => undo_marked(b'%', text),
        }
    }
}

/// Undoes `\"`, `\\`, `\xhh` and the C escapes; borrowed where there is none. An escape that is none stays as it is.
#[inline]
pub fn undo(text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'\\', text).is_none() { Cow::Borrowed(text) } else { Cow::Owned(undo_owned(text)) }
}

#[cold]
fn undo_owned(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let (byte, used) = match &rest[at + 1..] {
            [b'x' | b'X', high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => (nibble(*high) << 4 | nibble(*low), 4),
            [byte @ (b'"' | b'\\' | b'\''), ..] => (*byte, 2),
            [b'n', ..] => (b'\n', 2),
            [b'r', ..] => (b'\r', 2),
            [b't', ..] => (b'\t', 2),
            _ => (b'\\', 1),
        };
        out.push(byte);
        rest = &rest[at + used..];
    }
    out.extend_from_slice(rest);
    out
}

/// Undoes a mark and two hexadecimal digits; any other mark stays.
fn undo_marked(mark: u8, text: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(mark, text).is_none() {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(mark, rest) {
        out.extend_from_slice(&rest[..at]);
        let (byte, used) = match &rest[at + 1..] {
            [high, low, ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => (nibble(*high) << 4 | nibble(*low), 3),
            _ => (mark, 1),
        };
        out.push(byte);
        rest = &rest[at + used..];
    }
    out.extend_from_slice(rest);
    Cow::Owned(out)
}

fn nibble(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::{Escape, undo};

    #[test]
    fn escapes() {
        assert_eq!(&*undo(br#"a\"b\x22\\c\q\x2"#), br#"a"b"\c\q\x2"#);
        assert_eq!(&*undo(b"\\"), b"\\");
        assert_eq!(&*Escape::Hash.undo(b"#22a#22 #7C#z #2"), b"\"a\" |#z #2");
        assert_eq!(&*Escape::Percent.undo(b"a%2520b%"), b"a%20b%");
    }
}
