//! Which of several inputs hold the same: of a file under two names, and of copies, one counts.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use crate::input;

/// What two files have in common at least where one of them is longer: less is alike by chance.
const HEAD_BYTES: u64 = 4096;

/// Of each input: the one that counts in its place. That is the same file, or one that begins, decompressed, with all that this one holds; of equal ones it is the first.
/// What is no file, cannot be read to its end, or holds nothing is a copy of none.
pub fn copies(paths: &[PathBuf]) -> Vec<Option<usize>> {
    let mut copies: Vec<Option<usize>> = vec![None; paths.len()];
    let mut files = HashMap::new();
    let mut heads: HashMap<Vec<u8>, Vec<usize>> = HashMap::new();
    for (at, path) in paths.iter().enumerate() {
        let Some(identity) = identity(path) else { continue };
        let first = *files.entry(identity).or_insert(at);
        if first != at {
            copies[at] = Some(first);
            continue;
        }
        let Ok(head) = head_of(path) else { continue };
        if head.is_empty() {
            continue;
        }
        let is_whole = (head.len() as u64) < HEAD_BYTES;
        let alike = heads.entry(head).or_default();
        for other in alike.iter_mut() {
            // What cannot be read to its end says so when it is read.
            let order = if is_whole { Some(Ordering::Equal) } else { compare(&paths[*other], path).unwrap_or_default() };
            match order {
                None => continue,
                Some(Ordering::Less) => copies[std::mem::replace(other, at)] = Some(at),
                Some(Ordering::Equal | Ordering::Greater) => copies[at] = Some(*other),
            }
            break;
        }
        if copies[at].is_none() && !alike.contains(&at) {
            alike.push(at);
        }
    }
    (0..paths.len()).map(|at| last_of(&copies, at)).collect()
}

/// The one at the end of a chain of copies.
fn last_of(copies: &[Option<usize>], at: usize) -> Option<usize> {
    let mut last = copies[at]?;
    while let Some(next) = copies[last] {
        last = next;
    }
    Some(last)
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    path.metadata().ok().filter(|metadata| metadata.is_file()).map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(path: &Path) -> Option<PathBuf> {
    path.canonicalize().ok().filter(|path| path.is_file())
}

fn open(path: &Path) -> io::Result<Box<dyn Read + Send>> {
    input::decompressed(path).map_err(|error| io::Error::other(error.to_string()))
}

fn head_of(path: &Path) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    open(path)?.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}

/// Which of two files is shorter, where that is a beginning of the other one; none where they differ.
fn compare(one: &Path, other: &Path) -> io::Result<Option<Ordering>> {
    let (mut one, mut other) = (open(one)?, open(other)?);
    let (mut mine, mut its) = (vec![0; 256 << 10], vec![0; 256 << 10]);
    loop {
        let (read, there) = (fill(&mut one, &mut mine)?, fill(&mut other, &mut its)?);
        let both = read.min(there);
        if mine[..both] != its[..both] {
            return Ok(None);
        }
        if both < mine.len() {
            return Ok(Some(read.cmp(&there)));
        }
    }
}

/// Reads until the buffer is full or nothing more comes; how many bytes.
fn fill(source: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(read) => filled += read,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    /// Name, contents, and the copies among them.
    type Case = (&'static str, Vec<Vec<u8>>, Vec<Option<usize>>);

    #[test]
    fn one_of_those_that_hold_the_same_counts() {
        let folder = std::env::temp_dir().join(format!("tapistry-copies-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let long: Vec<u8> = (0..700_000_u32).map(|at| b'a' + (at.wrapping_mul(2_654_435_761) >> 28) as u8).collect();
        let gzip = |bytes: &[u8]| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).unwrap();
            encoder.finish().unwrap()
        };
        let other = [&long[..600_000], b"!", &long[600_001..]].concat();
        let packed = gzip(&long);
        let cases: [Case; 6] = [
            ("short", vec![b"one\n".to_vec(), b"two\n".to_vec(), b"one\n".to_vec(), gzip(b"one\n")], vec![None, None, Some(0), Some(0)]),
            ("a short beginning", vec![b"one\n".to_vec(), b"one\ntwo\n".to_vec()], vec![None, None]),
            ("long", vec![long.clone(), packed.clone(), long.clone()], vec![None, Some(0), Some(0)]),
            (
                "a long beginning",
                vec![long[..5_000].to_vec(), long[..300_000].to_vec(), packed.clone(), long[..600_000].to_vec()],
                vec![Some(2), Some(2), None, Some(2)],
            ),
            ("others", vec![long.clone(), other.clone(), gzip(&other), long[..4_095].to_vec()], vec![None, None, Some(1), None]),
            ("damaged and empty", vec![long, packed[..packed.len() / 2].to_vec(), vec![], vec![]], vec![None; 4]),
        ];
        for (name, contents, expected) in cases {
            let paths: Vec<PathBuf> = (0..contents.len()).map(|at| folder.join(at.to_string())).collect();
            for (path, bytes) in paths.iter().zip(&contents) {
                std::fs::write(path, bytes).unwrap();
            }
            assert_eq!(copies(&paths), expected, "{name}");
        }
        std::fs::write(folder.join("0"), "a line\n").unwrap();
        std::fs::hard_link(folder.join("0"), folder.join("linked")).unwrap();
        let paths = [folder.join("gone"), folder.join("linked"), folder.clone(), folder.join("0"), folder.join("0")];
        assert_eq!(copies(&paths), [None, None, None, Some(1), Some(1)]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
