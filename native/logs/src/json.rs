//! A JSON reader that walks a line once and borrows from it.
//!
//! It is stricter than it must be about what it takes (strings, numbers, names of keys) and laxer about what it passes over:
//! brackets and strings must match there, the rest is not looked at.

use std::borrow::Cow;

use crate::rejection::Rejection;

/// Levels of nesting that are followed or passed over.
pub const DEPTH_MAX: u32 = 128;

/// What a value is by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

/// A place in a text that is to hold one JSON value.
#[derive(Clone)]
pub struct Json<'a> {
    text: &'a str,
    at: usize,
    depth: u32,
}

impl<'a> Json<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, depth: 0 }
    }

    /// What comes next, white space passed.
    #[inline]
    pub fn kind(&mut self) -> Result<Kind, Rejection> {
        match self.peek() {
            Some(b'{') => Ok(Kind::Object),
            Some(b'[') => Ok(Kind::Array),
            Some(b'"') => Ok(Kind::String),
            Some(b'-' | b'0'..=b'9') => Ok(Kind::Number),
            Some(b't') => Ok(Kind::True),
            Some(b'f') => Ok(Kind::False),
            Some(b'n') => Ok(Kind::Null),
            _ => Err(Rejection::NotJson),
        }
    }

    /// Calls `visit` at each value of an object, which must consume it.
    #[inline]
    pub fn object(&mut self, mut visit: impl FnMut(Cow<'a, str>, &mut Self) -> Result<(), Rejection>) -> Result<(), Rejection> {
        let mut more = self.open_object()?;
        while more {
            let key = self.key()?;
            visit(key, self)?;
            more = self.next_member()?;
        }
        Ok(())
    }

    /// Goes into an object; false where it is empty and over. Then a key and its value follow each time that this and
    /// `next_member` are true.
    #[inline]
    pub fn open_object(&mut self) -> Result<bool, Rejection> {
        self.open(b'{')?;
        let is_over = self.take_if(b'}');
        self.depth -= u32::from(is_over);
        Ok(!is_over)
    }

    /// After a value of an object: whether another member follows, else the object is over.
    #[inline]
    pub fn next_member(&mut self) -> Result<bool, Rejection> {
        if self.take_if(b',') {
            return Ok(true);
        }
        self.depth -= 1;
        self.take(b'}').map(|()| false)
    }

    /// A key and its colon.
    #[inline]
    pub fn key(&mut self) -> Result<Cow<'a, str>, Rejection> {
        let key = self.string()?;
        self.take(b':')?;
        Ok(key)
    }

    /// Consumes `written` where just that comes next: what brings to the value of an object, from the bracket or comma to the colon.
    /// Where it begins with the bracket, `enter` is called for it.
    #[inline]
    pub fn take_written(&mut self, written: &[u8]) -> bool {
        let found = self.text.as_bytes()[self.at..].starts_with(written);
        self.at += if found { written.len() } else { 0 };
        found
    }

    /// Counts a level that was opened.
    #[inline]
    pub fn enter(&mut self) -> Result<(), Rejection> {
        self.depth += 1;
        if self.depth > DEPTH_MAX { Err(Rejection::TooDeep) } else { Ok(()) }
    }

    /// Where it stands.
    pub fn at(&self) -> usize {
        self.at
    }

    /// What was read since it stood at `from`.
    pub fn since(&self, from: usize) -> &'a [u8] {
        &self.text.as_bytes()[from..self.at]
    }

    /// Calls `visit` at each element of an array, which must consume it.
    pub fn array(&mut self, mut visit: impl FnMut(&mut Self) -> Result<(), Rejection>) -> Result<(), Rejection> {
        self.open(b'[')?;
        if self.take_if(b']') {
            self.depth -= 1;
            return Ok(());
        }
        loop {
            visit(self)?;
            if self.take_if(b',') {
                continue;
            }
            self.depth -= 1;
            return self.take(b']');
        }
    }

    /// A string, borrowed unless it holds escapes. A lone surrogate becomes U+FFFD.
    #[inline]
    pub fn string(&mut self) -> Result<Cow<'a, str>, Rejection> {
        self.take(b'"')?;
        let start = self.at;
        match self.pass_plain() {
            Some(end) => Ok(Cow::Borrowed(&self.text[start..end])),
            None => {
                let end = self.pass_escaped()?;
                unescape(self.text.get(start..end).ok_or(Rejection::NotJson)?).map(Cow::Owned)
            }
        }
    }

    /// A number as it is written.
    pub fn number(&mut self) -> Result<&'a str, Rejection> {
        let start = self.skip_space();
        let bytes = &self.text.as_bytes()[start..];
        let length = bytes.iter().take_while(|byte| IS_NUMBER[usize::from(**byte)]).count();
        self.at = start + length;
        if length == 0 { Err(Rejection::NotJson) } else { Ok(&self.text[start..self.at]) }
    }

    /// Passes over a value; returns its text.
    #[inline]
    pub fn skip(&mut self) -> Result<&'a str, Rejection> {
        let kind = self.kind()?;
        let start = self.at;
        match kind {
            Kind::String => self.pass_string()?,
            Kind::Number => {
                self.number()?;
            }
            Kind::True => self.word("true")?,
            Kind::False => self.word("false")?,
            Kind::Null => self.word("null")?,
            Kind::Object | Kind::Array => self.skip_nested()?,
        }
        Ok(&self.text[start..self.at])
    }

    /// Fails where anything but white space is left.
    pub fn end(&mut self) -> Result<(), Rejection> {
        if self.peek().is_none() { Ok(()) } else { Err(Rejection::NotJson) }
    }

    fn skip_nested(&mut self) -> Result<(), Rejection> {
        let bytes = self.text.as_bytes();
        // One bit a level: whether it is an object.
        let (mut levels, mut depth) = (0u128, 0u32);
        while let Some(&byte) = bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.pass_string()?;
                    continue;
                }
                b'{' | b'[' => {
                    if self.depth + depth >= DEPTH_MAX {
                        return Err(Rejection::TooDeep);
                    }
                    levels = levels << 1 | u128::from(byte == b'{');
                    depth += 1;
                }
                b'}' | b']' => {
                    if (levels & 1 == 1) != (byte == b'}') {
                        return Err(Rejection::NotJson);
                    }
                    levels >>= 1;
                    depth -= 1;
                }
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Ok(());
            }
        }
        Err(Rejection::NotJson)
    }

    /// Passes over a string, whose opening quote comes next.
    #[inline]
    fn pass_string(&mut self) -> Result<(), Rejection> {
        self.at += 1;
        if self.pass_plain().is_none() {
            self.pass_escaped()?;
        }
        Ok(())
    }

    /// Behind an opening quote: goes behind the closing one, and says where that is; none, and it does not move, where a backslash stands
    /// before it.
    #[inline]
    fn pass_plain(&mut self) -> Option<usize> {
        let bytes = &self.text.as_bytes()[self.at..];
        let length = memchr::memchr2(b'"', b'\\', bytes).filter(|at| bytes[*at] == b'"')?;
        let end = self.at + length;
        self.at = end + 1;
        Some(end)
    }

    /// The same where there are backslashes.
    #[cold]
    fn pass_escaped(&mut self) -> Result<usize, Rejection> {
        let bytes = self.text.as_bytes();
        let mut at = self.at;
        loop {
            let rest = bytes.get(at..).ok_or(Rejection::NotJson)?;
            at += memchr::memchr2(b'"', b'\\', rest).ok_or(Rejection::NotJson)?;
            if bytes[at] == b'"' {
                self.at = at + 1;
                return Ok(at);
            }
            at += 2;
        }
    }

    fn word(&mut self, word: &str) -> Result<(), Rejection> {
        let found = self.text.as_bytes()[self.at..].starts_with(word.as_bytes());
        self.at += if found { word.len() } else { 0 };
        if found { Ok(()) } else { Err(Rejection::NotJson) }
    }

    #[inline]
    fn open(&mut self, bracket: u8) -> Result<(), Rejection> {
        self.take(bracket)?;
        self.enter()
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Result<(), Rejection> {
        if self.take_if(byte) { Ok(()) } else { Err(Rejection::NotJson) }
    }

    #[inline]
    fn take_if(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    #[inline]
    fn peek(&mut self) -> Option<u8> {
        let at = self.skip_space();
        self.text.as_bytes().get(at).copied()
    }

    #[inline]
    fn skip_space(&mut self) -> usize {
        let bytes = self.text.as_bytes();
        // Machines write none: one comparison is the common path.
        while let Some(byte) = bytes.get(self.at).filter(|byte| **byte <= b' ') {
            if !matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
                break;
            }
            self.at += 1;
        }
        self.at
    }
}

/// Bytes that numbers are written with.
static IS_NUMBER: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = matches!(at as u8, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E');
        at += 1;
    }
    table
};

#[cold]
fn unescape(raw: &str) -> Result<String, Rejection> {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(&rest[..at]);
        let escape = rest.as_bytes().get(at + 1).copied().ok_or(Rejection::NotJson)?;
        let mut used = 2;
        match escape {
            b'"' | b'\\' | b'/' => out.push(char::from(escape)),
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'u' => {
                let (unit, length) = unicode(&rest[at..])?;
                out.push(unit);
                used = length;
            }
            // Apache writes bytes as \xhh even into JSON.
            b'x' => {
                let value = hex(rest.as_bytes().get(at + 2..at + 4)).ok_or(Rejection::NotJson)?;
                out.push(char::from(value as u8));
                used = 4;
            }
            _ => return Err(Rejection::NotJson),
        }
        rest = rest.get(at + used..).ok_or(Rejection::NotJson)?;
    }
    out.push_str(rest);
    Ok(out)
}

/// The character of `\uhhhh` or of a pair of them, and how long it is written.
fn unicode(text: &str) -> Result<(char, usize), Rejection> {
    let bytes = text.as_bytes();
    let first = hex(bytes.get(2..6)).ok_or(Rejection::NotJson)?;
    if (0xd800..0xdc00).contains(&first) && bytes.get(6..8) == Some(b"\\u") {
        let second = hex(bytes.get(8..12)).ok_or(Rejection::NotJson)?;
        if (0xdc00..0xe000).contains(&second) {
            let scalar = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            return Ok((char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER), 12));
        }
    }
    Ok((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6))
}

fn hex(digits: Option<&[u8]>) -> Option<u32> {
    digits?.iter().try_fold(0, |value, &digit| Some(value << 4 | char::from(digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Result<String, Rejection> {
        Json::new(json).string().map(Cow::into_owned)
    }

    #[test]
    fn strings() {
        assert_eq!(text(r#""a\n\u00e9\ud83d\ude00\/""#).unwrap(), "a\né😀/");
        assert_eq!(text(r#""\ud83d""#).unwrap(), "\u{fffd}");
        assert_eq!(text(r#""\x22""#).unwrap(), "\"");
        for bad in [r#"""#, r#""\"#, r#""\"#, r#""\u12"#, r#""\u12G4""#, r#""\q""#, r#""\é""#, r#""\xé""#] {
            assert_eq!(text(bad), Err(Rejection::NotJson), "{bad}");
        }
        assert!(matches!(Json::new(r#""plain""#).string(), Ok(Cow::Borrowed("plain"))));
    }

    #[test]
    fn skips_and_bounds() {
        let mut json = Json::new(r#" {"a":[1,{"b":"]}"}]} x"#);
        assert_eq!(json.skip().unwrap(), r#"{"a":[1,{"b":"]}"}]}"#);
        assert_eq!(json.end(), Err(Rejection::NotJson));
        assert_eq!(Json::new(&"[".repeat(200)).skip(), Err(Rejection::TooDeep));
        assert_eq!(Json::new("[}").skip(), Err(Rejection::NotJson));
        assert!(Json::new(&("[".repeat(128) + &"]".repeat(128))).skip().is_ok());
    }
}
