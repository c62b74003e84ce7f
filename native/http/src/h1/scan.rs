//! Finds where a head ends, byte by byte or all at once, and where its lines are.

use super::line::find_end;
use super::resync::Resume;
use super::token::{is_space, token_length};
use tapistry_wire::weird::{Weird, WeirdSet};

/// Bytes of a head, start line and last line end included; more is `http1.header_limit`.
pub(crate) const HEAD_BYTES_MAX: usize = 256 << 10;
/// Lines of a head; more is `http1.header_limit`.
const LINES_MAX: usize = 16 << 10;
/// What a start line must show before it is read to its end.
const PREFIX_BYTES: usize = 40;
/// Heads with more lines give their line table back.
const LINES_KEPT: usize = 256;

/// What a start line says about the head that it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartLine {
    /// It is no start line.
    None,
    /// Fields follow, to an empty line.
    Full,
    /// A request line without version: fields may follow or not.
    Simple,
}

/// How to read start lines: the difference between requests and responses.
pub trait StartLines {
    /// Whether a prefix can still become one; monotonous.
    fn could_start(prefix: &[u8]) -> bool;
    /// The same for one that stands within a line: only what is one beyond doubt.
    fn could_resume(prefix: &[u8]) -> bool;
    /// The first place where one may stand among bytes that belong to no message.
    fn resume(bytes: &[u8]) -> Resume;
    /// How many bytes of the line belong to the body before it, which had no line end.
    fn leftover(_line: &[u8]) -> usize {
        0
    }
    /// What a whole line is.
    fn judge(line: &[u8], strict: bool) -> StartLine;
    /// The whole line of which only a beginning was seen, where that says all there is to know.
    fn mend(_beginning: &[u8]) -> Option<Vec<u8>> {
        None
    }
    /// The line with which a whole head breaks off and the body begins, if that is before the empty line. `weirds` are those of the head.
    fn breaks_at(_bytes: &[u8], _lines: &[(u32, u32)], _weirds: WeirdSet) -> Option<usize> {
        None
    }
}

/// What a scan found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A head of so many bytes.
    Head(usize),
    /// So many bytes that begin no message.
    Nothing(usize),
    /// More lines or bytes than a head may have.
    Limit,
    /// More bytes are needed.
    More,
}

/// The state of a scan; offsets are from the head's first byte.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Content of each whole line, start line first, the empty line not.
    pub lines: Vec<(u32, u32)>,
    /// Oddities of line ends and folds.
    pub weirds: WeirdSet,
    line: usize,
    from: usize,
    double_cr: bool,
    simple: bool,
    /// The head begins within a line.
    pub is_inside: bool,
}

impl Scan {
    /// Forgets all, keeps the memory.
    pub fn reset(&mut self) {
        if self.lines.len() > LINES_KEPT {
            self.lines = Vec::new();
        }
        self.lines.clear();
        self.weirds = WeirdSet::default();
        (self.line, self.from, self.double_cr, self.simple, self.is_inside) = (0, 0, true, false, false);
    }

    /// Goes on with `bytes`, which begin with all that was seen before. Each byte is searched once.
    pub fn advance<R: StartLines>(&mut self, bytes: &[u8], strict: bool) -> Found {
        let bytes = &bytes[..bytes.len().min(HEAD_BYTES_MAX)];
        if self.lines.is_empty() {
            let could_start = if self.is_inside { R::could_resume(bytes) } else { R::could_start(&bytes[..bytes.len().min(PREFIX_BYTES)]) };
            if !could_start {
                return Found::Nothing(0);
            }
        }
        loop {
            if self.simple && self.lines.len() == 1 {
                match begins_field(&bytes[self.line..]) {
                    Some(false) => return Found::Head(self.line),
                    None if bytes.len() < HEAD_BYTES_MAX => return Found::More,
                    _ => self.simple = false,
                }
            }
            let Some(line) = find_end(bytes, &mut self.from, self.double_cr, &mut self.weirds) else {
                return if bytes.len() == HEAD_BYTES_MAX { Found::Limit } else { Found::More };
            };
            let content = &bytes[self.line..line.end];
            if self.lines.is_empty() {
                match R::judge(content, strict) {
                    StartLine::None => return Found::Nothing(line.next),
                    StartLine::Full => {}
                    StartLine::Simple => self.simple = true,
                }
                self.double_cr = line.next - line.end == 3;
            } else if content.is_empty() {
                return Found::Head(line.next);
            } else if strict && self.lines.len() == 1 && !is_field(content) {
                return Found::Nothing(self.line);
            } else if is_space(content[0]) {
                self.weirds.insert(Weird::Http1ObsFold);
            }
            self.lines.push((self.line as u32, line.end as u32));
            (self.line, self.from) = (line.next, line.next);
            if self.lines.len() == LINES_MAX {
                return Found::Limit;
            }
        }
    }

    /// Ends the head before `line`, which is no field; returns its length then.
    pub fn break_off(&mut self, line: usize) -> usize {
        let start = self.lines.get(line).map_or(0, |(start, _)| *start);
        self.lines.truncate(line);
        self.weirds.insert(Weird::Http1NoColon);
        start as usize
    }

    /// Whether all there is, is a request line without version, and its end.
    pub fn is_lone_simple(&self) -> bool {
        self.simple && self.lines.len() == 1
    }

    /// The bytes of the whole lines.
    pub fn lines_length(&self) -> usize {
        self.line
    }
}

/// Whether a line has the shape of a field.
fn is_field(line: &[u8]) -> bool {
    let length = token_length(line);
    length > 0 && line[length..].iter().find(|b| !is_space(**b)) == Some(&b':')
}

/// Whether the bytes after a request line without version begin a field, or the empty line that ends the head; `None`: too few to tell.
fn begins_field(bytes: &[u8]) -> Option<bool> {
    let length = token_length(bytes);
    match bytes.get(length)? {
        b':' => Some(length > 0),
        b'\r' | b'\n' => Some(length == 0),
        _ => Some(false),
    }
}
