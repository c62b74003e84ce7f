//! The hash by which an input is known: of the decompressed bytes that were consumed already.

use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::fault::InputError;
use crate::input;

/// The longest of the `known` beginnings (decompressed bytes, their SHA-256) that the input has; none where it has none of them.
/// The input is read once, up to the longest.
pub fn longest_known(path: &Path, known: &[(u64, [u8; 32])]) -> Result<Option<(u64, [u8; 32])>, InputError> {
    let mut ends: Vec<u64> = known.iter().map(|(bytes, _)| *bytes).filter(|bytes| *bytes > 0).collect();
    ends.sort_unstable();
    ends.dedup();
    let Some(last) = ends.last() else { return Ok(None) };
    let (name, mut source) = (path.display().to_string(), input::decompressed(path)?.take(*last));
    let (mut digest, mut position, mut longest) = (Sha256::new(), 0, None);
    let mut block = vec![0; 256 << 10];
    for end in ends {
        while position < end {
            let most = block.len().min(usize::try_from(end - position).unwrap_or(usize::MAX));
            match source.read(&mut block[..most]) {
                Ok(0) => return Ok(longest),
                Ok(read) => {
                    digest.update(&block[..read]);
                    position += read as u64;
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(longest),
                Err(error) => return Err(InputError::io(&name, &error)),
            }
        }
        let here: [u8; 32] = digest.clone().finalize().into();
        if known.contains(&(end, here)) {
            longest = Some((end, here));
        }
    }
    Ok(longest)
}

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
