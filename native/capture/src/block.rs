//! Bytes of an input in big blocks; a record is always one slice of the block that holds it.

use std::io::{ErrorKind, Read};

use sha2::{Digest, Sha256};

use crate::fault::ReadProblem;

/// How many bytes one `read` asks for, where nothing else is said.
pub const BLOCK_BYTES: usize = 1 << 20;

/// Whether as many bytes as asked for are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Have {
    /// They are.
    All,
    /// The input ends before.
    Cut,
}

/// A window over an input. `window()` starts at `offset()`; `ensure(n)` makes it at least `n` bytes long; `consume(n)` moves its start.
/// The block grows with the bytes that are really there, up to the largest `ensure`, never with a length that a record claims.
pub struct BlockReader {
    source: Option<Box<dyn Read + Send>>,
    block: Vec<u8>,
    start: usize,
    end: usize,
    offset: u64,
    block_bytes: usize,
    ended: bool,
    is_source_cut: bool,
    digest: Option<Sha256>,
    hashed: usize,
}

impl BlockReader {
    pub fn new(source: Box<dyn Read + Send>, block_bytes: usize, hashed: bool) -> Self {
        Self {
            source: Some(source),
            block: Vec::new(),
            start: 0,
            end: 0,
            offset: 0,
            block_bytes,
            ended: false,
            is_source_cut: false,
            digest: hashed.then(Sha256::new),
            hashed: 0,
        }
    }

    /// Whether the compression around the input ended before its end.
    pub fn is_source_cut(&self) -> bool {
        self.is_source_cut
    }

    /// Offset of the window's first byte in the input.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The bytes at hand.
    #[inline]
    pub fn window(&self) -> &[u8] {
        &self.block[self.start..self.end]
    }

    /// The first `length` bytes of the window; call after `ensure(length)`.
    #[inline]
    pub fn head(&self, length: usize) -> &[u8] {
        &self.block[self.start..self.start + length]
    }

    /// A slice of the block by the place that `place` gave; valid until the next `ensure` that reads.
    #[inline]
    pub fn slice(&self, place: usize, length: usize) -> &[u8] {
        &self.block[place..place + length]
    }

    /// Where the window starts inside the block, for `slice`.
    #[inline]
    pub fn place(&self) -> usize {
        self.start
    }

    /// Makes the window at least `length` bytes long where the input has as many.
    #[inline]
    pub fn ensure(&mut self, length: usize) -> Result<Have, ReadProblem> {
        if self.end - self.start >= length { Ok(Have::All) } else { self.fill(length) }
    }

    #[cold]
    fn fill(&mut self, length: usize) -> Result<Have, ReadProblem> {
        self.take_digest();
        self.block.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        self.hashed = 0;
        if self.block.len() > self.block_bytes.max(length) {
            // One huge record must not pin its memory for the rest of the file.
            self.block.truncate(self.block_bytes.max(length).max(self.end));
            self.block.shrink_to_fit();
        }
        while self.end < length && !self.ended {
            if self.end == self.block.len() {
                let wanted = (self.block.len() * 2).clamp(self.block_bytes, self.block_bytes.max(length));
                self.block.resize(wanted, 0);
            }
            let Some(source) = self.source.as_mut() else { break };
            match source.read(&mut self.block[self.end..]) {
                Ok(0) => self.ended = true,
                Ok(read) => self.end += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => {
                    self.ended = true;
                    self.is_source_cut = true;
                }
                Err(error) => {
                    self.ended = true;
                    return Err(ReadProblem::from_io(self.offset, &error));
                }
            }
        }
        Ok(if self.end >= length { Have::All } else { Have::Cut })
    }

    /// Moves the start of the window by `length`, at most to its end.
    #[inline]
    pub fn consume(&mut self, length: usize) {
        let length = length.min(self.end - self.start);
        self.start += length;
        self.offset += length as u64;
    }

    /// Moves the start of the window back by `length` bytes of a record that was just consumed.
    pub fn rewind(&mut self, length: usize) {
        let length = length.min(self.start - self.hashed);
        self.start -= length;
        self.offset -= length as u64;
    }

    /// SHA-256 of all bytes before `offset()`; none where the reader was not asked to hash.
    pub fn digest(&self) -> Option<[u8; 32]> {
        let mut digest = self.digest.clone()?;
        digest.update(&self.block[self.hashed..self.start]);
        Some(digest.finalize().into())
    }

    /// Gives the file and the block back to the system; the place in the input is kept for `resume`.
    pub fn suspend(&mut self) {
        self.take_digest();
        self.source = None;
        self.block = Vec::new();
        self.start = 0;
        self.end = 0;
        self.hashed = 0;
    }

    /// Goes on from `source`, which stands at `offset()`.
    pub fn resume(&mut self, source: Box<dyn Read + Send>) {
        self.source = Some(source);
        self.ended = false;
    }

    fn take_digest(&mut self) {
        if let Some(digest) = self.digest.as_mut() {
            digest.update(&self.block[self.hashed..self.start]);
            self.hashed = self.start;
        }
    }
}
