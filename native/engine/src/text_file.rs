//! A text file as bytes, decompressed where it is compressed.

use std::io::{BufRead, Error, Read, Result};
use std::path::PathBuf;
use tapistry_capture::{Content, InputErrorCode, input};

/// Opened when its first bytes are asked for.
pub struct TextFile {
    path: PathBuf,
    source: Option<Box<dyn BufRead + Send>>,
}

/// Bytes that are given at once.
const PIECE_BYTES: u64 = 1 << 20;

impl TextFile {
    /// Opens nothing yet.
    pub fn new(path: PathBuf) -> Self {
        TextFile { path, source: None }
    }

    /// The next bytes; none at the end.
    #[allow(clippy::should_implement_trait, reason = "it fails")]
    pub fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let source = match &mut self.source {
            Some(source) => source,
            None => self.source.insert(match input::open(&self.path).map(|input| input.content) {
                Ok(Content::Text(source)) => source,
                Ok(Content::Capture(_)) => return Err(Error::other(format!("{} is a capture, and no text", self.path.display()))),
                // Rotated and compressed on a quiet day.
                Err(error) if error.code == InputErrorCode::Empty => Box::new(std::io::empty()),
                Err(error) => return Err(Error::other(error.to_string())),
            }),
        };
        let mut piece = Vec::new();
        source.take(PIECE_BYTES).read_to_end(&mut piece)?;
        Ok(Some(piece).filter(|piece| !piece.is_empty()))
    }
}
