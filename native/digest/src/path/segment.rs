//! Finds the segments of a raw path, and what bytes they are of, in one pass.

pub(super) const DIGIT: u8 = 1;
pub(super) const DOT: u8 = 2;
pub(super) const PERCENT: u8 = 4;
const SLASH: u8 = 8;
const SEMICOLON: u8 = 16;
const OTHER: u8 = 32;

static KINDS: [u8; 256] = {
    let mut kinds = [OTHER; 256];
    let mut digit = b'0';
    while digit <= b'9' {
        kinds[digit as usize] = DIGIT;
        digit += 1;
    }
    kinds[b'.' as usize] = DOT;
    kinds[b'%' as usize] = PERCENT;
    kinds[b'/' as usize] = SLASH;
    kinds[b';' as usize] = SEMICOLON;
    kinds
};

/// A segment of a raw path.
pub(super) struct Found {
    /// Where its slash is, or the end of the path.
    pub end: usize,
    /// Where its matrix parameters begin, else the same.
    pub value_end: usize,
    /// Kinds of the bytes before its matrix parameters.
    pub kinds: u8,
}

/// The segment that begins at `from`.
#[inline]
pub(super) fn find_segment(raw_path: &[u8], from: usize) -> Found {
    let (mut kinds, mut at) = (0, from);
    while let Some(byte) = raw_path.get(at) {
        let kind = KINDS[usize::from(*byte)];
        if kind & (SLASH | SEMICOLON) != 0 {
            let end = if kind == SLASH { at } else { memchr::memchr(b'/', &raw_path[at..]).map_or(raw_path.len(), |slash| at + slash) };
            return Found { end, value_end: at, kinds };
        }
        kinds |= kind;
        at += 1;
    }
    Found { end: at, value_end: at, kinds }
}

/// Kinds of the bytes of a text.
pub(super) fn kinds_of(text: &[u8]) -> u8 {
    text.iter().fold(0, |kinds, byte| kinds | KINDS[usize::from(*byte)])
}
