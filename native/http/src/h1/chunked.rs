//! The chunked transfer coding (RFC 9112 §7.1), undone as the bytes come.

use super::scan::HEAD_BYTES_MAX;
use super::sink::Sink;
use memchr::memchr;
use tapistry_wire::weird::Weird;

/// White space and digits of a first size line that are held back until it is known to be one.
const HELD_BYTES_MAX: usize = 32;
/// Bytes of a trailer field that is told.
const TRAILER_BYTES_MAX: usize = 256;

/// What became of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Progress {
    /// All were taken.
    More,
    /// The body has ended.
    Done,
    /// It is not chunked from here on.
    Broken,
    /// The very first size line is none; [`Chunked::held`] has what was taken of it.
    NotChunked,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Before and in the digits of a size.
    Size,
    /// After the digits, to the end of the line.
    Extension,
    /// After a CR that followed the digits.
    SizeCr,
    Data,
    /// Between the data and its line end.
    DataEnd,
    /// After a CR that followed the data.
    DataCr,
    /// In the trailer section.
    Trailer,
}

/// The state of one chunked body.
#[derive(Debug)]
pub(crate) struct Chunked {
    phase: Phase,
    /// The size while it is read, then what is left of the chunk.
    left: u64,
    digits: bool,
    prefixed: bool,
    overflow: bool,
    first: bool,
    held: [u8; HELD_BYTES_MAX],
    held_count: usize,
    trailer_bytes: usize,
    trailer_line_empty: bool,
    trailer_cr: bool,
    /// The field at hand.
    trailer_line: Vec<u8>,
}

impl Chunked {
    /// Before the first byte.
    pub fn new() -> Self {
        Chunked {
            phase: Phase::Size,
            left: 0,
            digits: false,
            prefixed: false,
            overflow: false,
            first: true,
            held: [0; HELD_BYTES_MAX],
            held_count: 0,
            trailer_bytes: 0,
            trailer_line_empty: true,
            trailer_cr: false,
            trailer_line: Vec::new(),
        }
    }

    /// Takes bytes from the front; returns how many, and why it stopped.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut impl Sink) -> (usize, Progress) {
        let mut at = 0;
        while at < bytes.len() {
            let (taken, progress) = self.step(&bytes[at..], sink);
            at += taken;
            if progress != Progress::More {
                return (at, progress);
            }
        }
        (at, Progress::More)
    }

    /// What was taken of a first size line that is none.
    pub fn held(&self) -> &[u8] {
        &self.held[..self.held_count]
    }

    /// Takes a gap; whether it lies inside the data of a chunk.
    pub fn gap(&mut self, length: u64) -> bool {
        let inside = self.phase == Phase::Data && length <= self.left;
        if inside {
            self.left -= length;
            if self.left == 0 {
                self.phase = Phase::DataEnd;
            }
        }
        inside
    }

    /// Bytes of the current chunk that have not come.
    pub fn left_in_chunk(&self) -> u64 {
        if self.phase == Phase::Data { self.left } else { 0 }
    }

    /// Whether all content has come, though perhaps not the last line ends.
    pub fn is_whole(&self) -> bool {
        match self.phase {
            Phase::Trailer => true,
            Phase::Size => self.digits && self.left == 0 && !self.overflow && !self.prefixed,
            Phase::Extension | Phase::SizeCr => self.left == 0,
            _ => false,
        }
    }

    fn step(&mut self, bytes: &[u8], sink: &mut impl Sink) -> (usize, Progress) {
        match self.phase {
            Phase::Size => self.size(bytes[0], sink),
            Phase::Extension => match memchr(b'\n', bytes) {
                Some(at) => (at + 1, self.end_of_size()),
                None => (bytes.len(), Progress::More),
            },
            Phase::SizeCr => match bytes[0] {
                b'\n' => (1, self.end_of_size()),
                b'\r' => {
                    sink.weird(Weird::Http1BareCr);
                    (1, Progress::More)
                }
                _ => {
                    sink.weird(Weird::Http1BareCr);
                    (0, self.end_of_size())
                }
            },
            Phase::Data => {
                let count = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                sink.body(&bytes[..count]);
                self.left -= count as u64;
                if self.left == 0 {
                    self.phase = Phase::DataEnd;
                }
                (count, Progress::More)
            }
            Phase::DataEnd => self.data_end(bytes[0], sink),
            Phase::DataCr => match bytes[0] {
                b'\n' => {
                    self.begin_size();
                    (1, Progress::More)
                }
                b'\r' => {
                    sink.weird(Weird::Http1BareCr);
                    (1, Progress::More)
                }
                _ => {
                    sink.weird(Weird::Http1BareCr);
                    self.begin_size();
                    (0, Progress::More)
                }
            },
            Phase::Trailer => self.trailer(bytes, sink),
        }
    }

    fn begin_size(&mut self) {
        self.phase = Phase::Size;
        (self.left, self.digits, self.prefixed, self.overflow) = (0, false, false, false);
    }

    /// One byte at a time: a size line is a few bytes long.
    fn size(&mut self, byte: u8, sink: &mut impl Sink) -> (usize, Progress) {
        if let Some(digit) = (byte as char).to_digit(16) {
            self.hold(byte);
            self.digits = true;
            // Receivers keep a size in 63 bits.
            self.overflow |= self.left >= 1 << 59;
            self.left = self.left << 4 | u64::from(digit);
            return (1, Progress::More);
        }
        if !self.digits {
            return match byte {
                b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c => {
                    self.hold(byte);
                    if !self.prefixed {
                        sink.weird(Weird::Http1ChunkBadSize);
                    }
                    (1, Progress::More)
                }
                _ => (0, self.not_a_size(sink)),
            };
        }
        match byte {
            b'\r' | b'\n' | b' ' | b'\t' | b';' => {}
            b'x' | b'X' if self.left == 0 && !self.prefixed => {
                sink.weird(Weird::Http1ChunkBadSize);
                self.hold(byte);
                (self.prefixed, self.digits) = (true, false);
                return (1, Progress::More);
            }
            _ if byte.is_ascii_alphanumeric() => return (0, self.not_a_size(sink)),
            _ => sink.weird(Weird::Http1ChunkBadSize),
        }
        if self.overflow {
            sink.weird(Weird::Http1ChunkOverflow);
            return (0, Progress::Broken);
        }
        self.first = false;
        match byte {
            b'\r' => self.phase = Phase::SizeCr,
            b'\n' => {
                sink.weird(Weird::Http1BareLf);
                return (1, self.end_of_size());
            }
            _ => self.phase = Phase::Extension,
        }
        (1, Progress::More)
    }

    fn hold(&mut self, byte: u8) {
        if self.first && self.held_count < HELD_BYTES_MAX {
            self.held[self.held_count] = byte;
            self.held_count += 1;
        }
    }

    fn not_a_size(&mut self, sink: &mut impl Sink) -> Progress {
        sink.weird(Weird::Http1ChunkBadSize);
        // More than was held back cannot be given back, so it was no content.
        if self.first && self.held_count < HELD_BYTES_MAX { Progress::NotChunked } else { Progress::Broken }
    }

    fn end_of_size(&mut self) -> Progress {
        self.phase = if self.left == 0 { Phase::Trailer } else { Phase::Data };
        Progress::More
    }

    fn data_end(&mut self, byte: u8, sink: &mut impl Sink) -> (usize, Progress) {
        match byte {
            b'\r' => {
                self.phase = Phase::DataCr;
                (1, Progress::More)
            }
            b'\n' => {
                sink.weird(Weird::Http1BareLf);
                self.begin_size();
                (1, Progress::More)
            }
            _ => {
                sink.weird(Weird::Http1ChunkMissingCrlf);
                self.begin_size();
                (0, Progress::More)
            }
        }
    }

    /// Trailer fields are told as far as they are short; the empty line ends them.
    fn trailer(&mut self, bytes: &[u8], sink: &mut impl Sink) -> (usize, Progress) {
        let line_end = memchr(b'\n', bytes);
        let content = &bytes[..line_end.unwrap_or(bytes.len())];
        self.trailer_line_empty &= content.iter().all(|&b| b == b'\r');
        self.trailer_cr = content.last().map_or(self.trailer_cr, |&b| b == b'\r');
        let taken = content.len() + usize::from(line_end.is_some());
        let room = HEAD_BYTES_MAX - self.trailer_bytes;
        if taken > room {
            sink.weird(Weird::Http1HeaderLimit);
            return (room, Progress::Broken);
        }
        self.trailer_bytes += taken;
        if !self.trailer_line_empty {
            // One byte more shows that there was more.
            let room = (TRAILER_BYTES_MAX + 1).saturating_sub(self.trailer_line.len());
            self.trailer_line.extend_from_slice(&content[..content.len().min(room)]);
        }
        if line_end.is_none() {
            return (taken, Progress::More);
        }
        if !self.trailer_cr {
            sink.weird(Weird::Http1BareLf);
        }
        let done = self.trailer_line_empty;
        if self.trailer_line.len() <= TRAILER_BYTES_MAX
            && let Some(colon) = memchr(b':', &self.trailer_line)
        {
            let (name, value) = self.trailer_line.split_at(colon);
            sink.trailer(name, value[1..].trim_ascii());
        }
        self.trailer_line.clear();
        (self.trailer_line_empty, self.trailer_cr) = (true, false);
        (taken, if done { Progress::Done } else { Progress::More })
    }
}
