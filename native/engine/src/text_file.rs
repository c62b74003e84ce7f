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
        match source.take(PIECE_BYTES).read_to_end(&mut piece) {
            // What came before the damage is given first; the damage shows again when more is asked for.
            Err(error) if piece.is_empty() => Err(error),
            _ => Ok(Some(piece).filter(|piece| !piece.is_empty())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn what_came_before_the_damage_is_given_before_it_is_told() {
        // Noise: compressed bytes of text are few, and each block of them is given whole or not at all.
        let mut seed = 1u64;
        let text: Vec<u8> = std::iter::repeat_with(|| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            b'a' + (seed >> 59) as u8
        })
        .take(300_000)
        .collect();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(&text).unwrap();
        let coded = encoder.finish().unwrap();
        let path = std::env::temp_dir().join(format!("tapistry-damaged-{}.gz", std::process::id()));
        std::fs::write(&path, &coded[..coded.len() - 20_000]).unwrap();
        let mut file = TextFile::new(path.clone());
        let piece = file.next().unwrap().unwrap();
        assert!(piece.len() > 200_000 && text.starts_with(&piece), "{}", piece.len());
        assert!(file.next().is_err());
        assert!(file.next().is_err());
        std::fs::remove_file(path).unwrap();
    }
}
