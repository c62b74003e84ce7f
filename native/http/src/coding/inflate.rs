//! Deflate (RFC 1951), raw or in zlib (RFC 1950), as bytes come.

use super::step::{Out, Step};
use flate2::{Decompress, FlushDecompress, Status};

/// State that is kept between bodies.
#[derive(Debug)]
pub(crate) struct Inflate {
    state: Decompress,
}

impl Inflate {
    pub fn new(zlib: bool) -> Self {
        Inflate { state: Decompress::new(zlib) }
    }

    pub fn reset(&mut self, zlib: bool) {
        self.state.reset(zlib);
    }

    /// Takes bytes from the front; returns how many. What came before an error is delivered.
    pub fn feed(&mut self, input: &[u8], buffer: &mut [u8], out: Out<'_>) -> (usize, Step) {
        let mut used = 0;
        loop {
            let (in_before, out_before) = (self.state.total_in(), self.state.total_out());
            let result = self.state.decompress(&input[used..], buffer, FlushDecompress::None);
            let taken = (self.state.total_in() - in_before) as usize;
            let made = (self.state.total_out() - out_before) as usize;
            used += taken;
            if made > 0 && !out(&buffer[..made]) {
                return (used, Step::Stopped);
            }
            match result {
                Ok(Status::StreamEnd) => return (used, Step::Ended),
                Ok(_) if used == input.len() && made < buffer.len() => return (used, Step::More),
                Ok(_) if taken > 0 || made > 0 => {}
                Ok(_) => return (used, Step::More),
                Err(_) => return (used, Step::Failed),
            }
        }
    }
}
