//! Brotli (RFC 7932), as bytes come.

use std::fmt;

use super::step::{Out, Step};
use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

/// The state of one body. Windows are at most 16 MiB; the "large window" extension is refused.
pub(crate) struct Brotli {
    state: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
}

impl fmt::Debug for Brotli {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Brotli")
    }
}

impl Brotli {
    pub fn new() -> Self {
        let state = BrotliState::new_strict(StandardAlloc::default(), StandardAlloc::default(), StandardAlloc::default());
        Brotli { state: Box::new(state) }
    }

    /// Takes bytes from the front; returns how many.
    pub fn feed(&mut self, input: &[u8], buffer: &mut [u8], out: Out<'_>) -> (usize, Step) {
        let (mut used, mut available_in) = (0, input.len());
        loop {
            let (mut made, mut available_out, mut total) = (0, buffer.len(), 0);
            let result = BrotliDecompressStream(&mut available_in, &mut used, input, &mut available_out, &mut made, buffer, &mut total, &mut self.state);
            if made > 0 && !out(&buffer[..made]) {
                return (used, Step::Stopped);
            }
            match result {
                BrotliResult::ResultSuccess => return (used, Step::Ended),
                BrotliResult::NeedsMoreInput => return (used, Step::More),
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::ResultFailure => return (used, Step::Failed),
            }
        }
    }
}
