//! Tokens of JSON in a buffer that may be cut off anywhere.

use super::number::{Number, number};

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// Why reading ended before the text did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The buffer ended inside of a value.
    Truncated,
    /// What comes is not JSON.
    Invalid,
}

/// A string as it stands between its quotes.
pub(crate) struct Text<'b> {
    pub raw: &'b [u8],
    /// Has backslashes, so `raw` is not what it means.
    pub is_escaped: bool,
    pub is_ascii: bool,
}

/// A place in a buffer; it only moves forward, so every text ends.
pub(crate) struct Reader<'b> {
    pub bytes: &'b [u8],
    pub at: usize,
    whole: bool,
    /// Something was tolerated that RFC 8259 does not allow.
    pub is_odd: bool,
}

impl<'b> Reader<'b> {
    pub fn new(bytes: &'b [u8], whole: bool) -> Self {
        Self { bytes, at: 0, whole, is_odd: false }
    }

    /// The next byte that is not white space, without going past it.
    #[inline]
    pub fn peek_token(&mut self) -> Result<u8, Stop> {
        match self.bytes.get(self.at) {
            Some(byte) if *byte > b' ' => Ok(*byte),
            _ => self.skip_space(),
        }
    }

    fn skip_space(&mut self) -> Result<u8, Stop> {
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                _ => return Ok(*byte),
            }
        }
        Err(Stop::Truncated)
    }

    /// Nothing but white space may follow.
    pub fn end(&mut self) -> Result<(), Stop> {
        match self.peek_token() {
            Err(Stop::Truncated) => Ok(()),
            _ => Err(Stop::Invalid),
        }
    }

    /// A string; the place is at its opening quote.
    #[inline]
    pub fn text(&mut self) -> Result<Text<'b>, Stop> {
        let start = self.at + 1;
        let mut at = start;
        let mut high = 0u64;
        let mut is_escaped = false;
        loop {
            let rest = self.bytes.get(at..).ok_or(Stop::Truncated)?;
            let Some(chunk) = rest.first_chunk::<8>() else { return self.text_tail(start, at, high, is_escaped) };
            let word = u64::from_le_bytes(*chunk);
            let special = specials(word);
            if special == 0 {
                high |= word;
                at += 8;
                continue;
            }
            // Only the lowest mark is exact, and it is the one looked at.
            let offset = special.trailing_zeros() / 8;
            high |= word & ((1u64 << (offset * 8)) - 1);
            at += offset as usize;
            match word >> (offset * 8) & 0xff {
                0x22 => {
                    self.at = at + 1;
                    return Ok(Text { raw: &self.bytes[start..at], is_escaped, is_ascii: high & HIGHS == 0 });
                }
                0x5c => {
                    is_escaped = true;
                    at += 2;
                }
                _ => {
                    self.is_odd = true;
                    at += 1;
                }
            }
        }
    }

    /// The same byte by byte, for the last seven bytes of the buffer.
    #[cold]
    fn text_tail(&mut self, start: usize, mut at: usize, mut high: u64, mut is_escaped: bool) -> Result<Text<'b>, Stop> {
        loop {
            match *self.bytes.get(at).ok_or(Stop::Truncated)? {
                b'"' => {
                    self.at = at + 1;
                    return Ok(Text { raw: &self.bytes[start..at], is_escaped, is_ascii: high & HIGHS == 0 });
                }
                b'\\' => {
                    is_escaped = true;
                    at += 2;
                }
                byte => {
                    self.is_odd |= byte < b' ';
                    high |= u64::from(byte);
                    at += 1;
                }
            }
        }
    }

    /// A number as written and what it is. One that ends with a cut buffer may go on, so it is not known.
    #[inline]
    pub fn number(&mut self) -> Result<(&'b [u8], Number), Stop> {
        let rest = &self.bytes[self.at..];
        let Some(number) = number(rest) else {
            let is_cut = !self.whole && rest.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
            return Err(if is_cut { Stop::Truncated } else { Stop::Invalid });
        };
        if number.end == rest.len() && !self.whole {
            return Err(Stop::Truncated);
        }
        self.at += number.end;
        Ok((&rest[..number.end], number))
    }

    /// Goes past `true`, `false` or `null`.
    #[inline]
    pub fn literal(&mut self, name: &[u8]) -> Result<(), Stop> {
        let rest = &self.bytes[self.at..];
        if rest.starts_with(name) {
            self.at += name.len();
            return Ok(());
        }
        Err(if name.starts_with(rest) { Stop::Truncated } else { Stop::Invalid })
    }

    /// Goes past a value of any depth, looking at brackets and strings only.
    pub fn skip_value(&mut self) -> Result<(), Stop> {
        let mut depth = 0usize;
        loop {
            match self.peek_token()? {
                b'"' => {
                    self.text()?;
                }
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1).ok_or(Stop::Invalid)?;
                    self.at += 1;
                }
                b',' | b':' if depth > 0 => {
                    self.at += 1;
                    continue;
                }
                b't' => self.literal(b"true")?,
                b'f' => self.literal(b"false")?,
                b'n' => self.literal(b"null")?,
                _ => {
                    self.number()?;
                }
            }
            if depth == 0 {
                return Ok(());
            }
        }
    }
}

/// Marks quotes, backslashes and control characters of eight bytes; exact up to and including the lowest mark.
#[inline]
fn specials(word: u64) -> u64 {
    let quote = word ^ (ONES * 0x22);
    let backslash = word ^ (ONES * 0x5c);
    let marks = (quote.wrapping_sub(ONES) & !quote) | (backslash.wrapping_sub(ONES) & !backslash) | (word.wrapping_sub(ONES * 0x20) & !word);
    marks & HIGHS
}
