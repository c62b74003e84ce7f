//! The hash by which an input is known: of the decompressed bytes that were consumed already.

use std::io::{ErrorKind, Read};
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::fault::InputError;
use crate::input;
use crate::prefix_hash::PrefixHash;

/// The longest of the `known` beginnings (decompressed bytes, their SHA-256) that the input has; none where it has none of them.
/// The input is read once, up to the longest.
pub fn longest_known(path: &Path, known: &[(u64, [u8; 32])]) -> Result<Option<PrefixHash>, InputError> {
    let mut known: Vec<(u64, [u8; 32])> = known.iter().copied().filter(|(bytes, _)| *bytes > 0).collect();
    known.sort_unstable();
    let Some(&(last, _)) = known.last() else { return Ok(None) };
    let (name, mut source) = (path.display().to_string(), input::decompressed(path)?.take(last));
    let (mut hash, mut longest) = (PrefixHash::default(), None);
    let mut block = vec![0; 256 << 10];
    let mut left = &known[..];
    while !left.is_empty() {
        let read = match source.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // What was read before the damage may be known.
            Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput) => break,
            Err(error) => return Err(InputError::io(&name, &error)),
        };
        let mut bytes = &block[..read];
        while let Some(&(end, _)) = left.first()
            && end - hash.bytes() <= bytes.len() as u64
        {
            let (before, behind) = bytes.split_at((end - hash.bytes()) as usize);
            hash.push(before);
            bytes = behind;
            let (same, others) = left.split_at(left.partition_point(|(bytes, _)| *bytes == end));
            if same.binary_search(&(end, hash.digest())).is_ok() {
                longest = Some(hash.clone());
            }
            left = others;
        }
        hash.push(bytes);
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

#[cfg(test)]
mod tests {
    use super::*;

    type Known = (u64, [u8; 32]);

    #[test]
    fn the_longest_known_beginning_is_found_wherever_blocks_end() {
        let bytes: Vec<u8> = (0..600_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let path = std::env::temp_dir().join(format!("tapistry-prefix-{}", std::process::id()));
        std::fs::write(&path, &bytes).unwrap();
        let digest = |end: usize| -> [u8; 32] { Sha256::digest(&bytes[..end]).into() };
        let of = |ends: &[usize]| -> Vec<Known> { ends.iter().map(|end| (*end as u64, digest(*end))).collect() };
        let other = |bytes: u64| (bytes, [7; 32]);
        let whole = bytes.len();
        let cases: [(Vec<Known>, Option<usize>); 8] = [
            (vec![], None),
            (of(&[0]), None),
            (of(&[1]), Some(1)),
            (of(&[262_144, 3, 262_143, 262_145]), Some(262_145)),
            ([of(&[9, whole]), vec![other(whole as u64), other(20), other(whole as u64 + 1)]].concat(), Some(whole)),
            ([vec![other(524_288)], of(&[524_288]), vec![other(524_289), other(5)]].concat(), Some(524_288)),
            (vec![other(1), other(1), other(700_000)], None),
            (of(&(1..2_000).collect::<Vec<_>>()), Some(1_999)),
        ];
        for (known, found) in cases {
            assert_eq!(longest_known(&path, &known).unwrap().map(|hash| (hash.bytes(), hash.digest())), found.map(|end| (end as u64, digest(end))));
        }
        std::fs::remove_file(&path).unwrap();
    }
}
