//! The hash by which an input is known: of the decompressed bytes that were consumed already.

use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::fault::InputError;
use crate::input;

/// SHA-256 of the first `bytes` decompressed bytes of the input; none where it has fewer.
pub fn prefix_digest(path: &Path, bytes: u64) -> Result<Option<[u8; 32]>, InputError> {
    let (name, mut source) = (path.display().to_string(), input::decompressed(path)?.take(bytes));
    let mut digest = Sha256::new();
    let mut block = vec![0; 256 << 10];
    let mut left = bytes;
    while left > 0 {
        match source.read(&mut block) {
            Ok(0) => return Ok(None),
            Ok(read) => {
                digest.update(&block[..read]);
                left -= read as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(InputError::io(&name, &error)),
        }
    }
    Ok(Some(digest.finalize().into()))
}
