//! The hash by which an input is known: of the decompressed bytes that were consumed already.

use std::collections::HashSet;
use std::io::{ErrorKind, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::fault::InputError;
use crate::input;
use crate::prefix_hash::PrefixHash;

/// The longest of the `known` beginnings (decompressed bytes, their SHA-256) that the input has; none where it has none of them.
/// The input is read once, up to the longest.
pub fn longest_known(path: &Path, known: &[(u64, [u8; 32])]) -> Result<Option<PrefixHash>, InputError> {
    let known: HashSet<_> = known.iter().filter(|(bytes, _)| *bytes > 0).collect();
    let mut ends: Vec<u64> = known.iter().map(|(bytes, _)| *bytes).collect();
    ends.sort_unstable();
    ends.dedup();
    let Some(last) = ends.last() else { return Ok(None) };
    let (name, mut source) = (path.display().to_string(), input::decompressed(path)?.take(*last));
    let (mut hash, mut longest) = (PrefixHash::default(), None);
    let mut block = vec![0; 256 << 10];
    for end in ends {
        while hash.bytes() < end {
            let most = block.len().min(usize::try_from(end - hash.bytes()).unwrap_or(usize::MAX));
            match source.read(&mut block[..most]) {
                Ok(0) => return Ok(longest),
                Ok(read) => hash.push(&block[..read]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // What was read before the damage may be known.
                Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput) => return Ok(longest),
                Err(error) => return Err(InputError::io(&name, &error)),
            }
        }
        if known.contains(&(end, hash.digest())) {
            longest = Some(hash.clone());
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
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            Err(error) => return Err(InputError::io(&name, &error)),
        }
    }
    Ok(Some(digest.finalize().into()))
}
