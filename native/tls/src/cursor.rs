//! Reads numbers and length-prefixed blocks; every step may find that the bytes end before.

/// What is left to read.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a>(pub &'a [u8]);

impl<'a> Cursor<'a> {
    /// The next `length` bytes.
    pub fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A number of `width` bytes, most significant first.
    pub fn number(&mut self, width: usize) -> Option<usize> {
        Some(self.take(width)?.iter().fold(0, |number, byte| number << 8 | usize::from(*byte)))
    }

    /// A number of two bytes.
    pub fn short(&mut self) -> Option<u16> {
        Some(self.number(2)? as u16)
    }

    /// The content of a block with its length in `width` bytes before it.
    pub fn block(&mut self, width: usize) -> Option<&'a [u8]> {
        let length = self.number(width)?;
        self.take(length)
    }

    /// The same; a block that is cut gives what is there of it.
    pub fn cut_block(&mut self, width: usize) -> Option<&'a [u8]> {
        let length = self.number(width)?.min(self.0.len());
        self.take(length)
    }
}

/// The two-byte numbers of a list; an odd byte at its end is ignored.
pub fn shorts(bytes: &[u8]) -> impl Iterator<Item = u16> {
    bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]))
}
