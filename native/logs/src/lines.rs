//! Lines of a text input as slices of big blocks.

use std::io::{BufRead, ErrorKind, Read};

/// How many bytes one `read` asks for.
const BLOCK_BYTES: usize = 1 << 20;

/// Bytes of a line that is still held; a longer one is passed over.
pub const LINE_BYTES_MAX: usize = 1 << 20;

/// One line without its line feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// A line that ends in a line feed.
    Whole(&'a [u8]),
    /// The last line where the input does not end in a line feed. It may be whole; where it does not parse, it is `Rejection::LineCut`.
    Last(&'a [u8]),
    /// A line over `LINE_BYTES_MAX`, passed over.
    TooLong,
}

/// Reads lines; each lives until the next call and is copied only where it lies over the end of a block.
pub struct LineReader {
    source: Box<dyn BufRead + Send>,
    block: Vec<u8>,
    start: usize,
    scanned: usize,
    end: usize,
    ended: bool,
    is_cut: bool,
    number: u64,
    position: u64,
    /// Bytes of the last line, where it has no end.
    open: u64,
}

impl LineReader {
    /// Reads `source` from where it stands.
    pub fn new(source: Box<dyn BufRead + Send>) -> Self {
        Self { source, block: Vec::new(), start: 0, scanned: 0, end: 0, ended: false, is_cut: false, number: 0, position: 0, open: 0 }
    }

    /// Passes over the first `bytes` bytes, which an earlier run has read. Numbers of lines count from there. Call before `next`.
    pub fn skip(&mut self, bytes: u64) -> std::io::Result<()> {
        self.position = std::io::copy(&mut (&mut self.source).take(bytes), &mut std::io::sink())?;
        Ok(())
    }

    /// The first bytes that are not yet given out as lines, up to a block; to tell the format by.
    pub fn sample(&mut self) -> std::io::Result<&[u8]> {
        if self.start == self.end {
            self.fill()?;
        }
        Ok(&self.block[self.start..self.end])
    }

    /// The next line, or none at the end. An I/O error is returned once and ends the input.
    #[allow(clippy::should_implement_trait, reason = "a line borrows from the reader")]
    #[inline]
    pub fn next(&mut self) -> std::io::Result<Option<Line<'_>>> {
        let mut dropped = 0;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.block[self.scanned..self.end]) {
                let (start, feed) = (self.start, self.scanned + at);
                self.start = feed + 1;
                self.scanned = self.start;
                self.position += dropped + (self.start - start) as u64;
                self.number += 1;
                let is_long = dropped > 0 || feed - start > LINE_BYTES_MAX;
                return Ok(Some(if is_long { Line::TooLong } else { Line::Whole(&self.block[start..feed]) }));
            }
            self.scanned = self.end;
            if self.end - self.start > LINE_BYTES_MAX {
                dropped += (self.end - self.start) as u64;
                self.start = self.end;
            }
            if !self.fill()? {
                return Ok(self.last(dropped));
            }
        }
    }

    fn last(&mut self, dropped: u64) -> Option<Line<'_>> {
        let (start, is_long) = (self.start, dropped > 0);
        self.open += dropped + (self.end - start) as u64;
        self.start = self.end;
        self.scanned = self.end;
        let is_there = is_long || start < self.end;
        self.number += u64::from(is_there);
        is_there.then(|| if is_long { Line::TooLong } else { Line::Last(&self.block[start..self.end]) })
    }

    /// Reads more behind what is held. False at the end of the input.
    fn fill(&mut self) -> std::io::Result<bool> {
        if self.ended {
            return Ok(false);
        }
        self.block.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.scanned -= self.start;
        self.start = 0;
        // Room for the longest line and a block behind it, so that a read is never short for want of room.
        let wanted = if self.end == 0 { BLOCK_BYTES } else { BLOCK_BYTES + LINE_BYTES_MAX };
        if self.block.len() < wanted {
            self.block.resize(wanted, 0);
        }
        loop {
            match self.source.read(&mut self.block[self.end..]) {
                Ok(0) => {
                    self.ended = true;
                    return Ok(false);
                }
                Ok(read) => {
                    self.end += read;
                    return Ok(true);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    self.ended = true;
                    self.is_cut = true;
                    return Ok(false);
                }
                Err(error) => {
                    self.ended = true;
                    return Err(error);
                }
            }
        }
    }

    /// Whether the compression around the input ended before its end.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Number of the line that was returned last, from 1.
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Bytes that were read, to the end of what was given out.
    pub fn read(&self) -> u64 {
        self.position + self.open
    }

    /// Bytes up to the end of the last line that ended in a line feed: where reading goes on when the file has grown.
    pub fn position(&self) -> u64 {
        self.position
    }
}
