//! Hashes a stream while it is read, and tells which of the known beginnings it has.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sha2::{Digest, Sha256};

/// A beginning: decompressed bytes, and their SHA-256.
pub type Known = (u64, [u8; 32]);

/// What was read of a stream; looked at while it is read or afterwards.
#[derive(Clone, Debug)]
pub struct Beginning(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    digest: Sha256,
    position: u64,
    /// The same up to the last line feed: a line that is cut may still grow.
    line: (Sha256, u64),
    longest: Option<Known>,
}

impl Seen {
    fn take(&mut self, bytes: &[u8]) {
        let lines = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        self.digest.update(&bytes[..lines]);
        self.position += lines as u64;
        if lines > 0 {
            self.line = (self.digest.clone(), self.position);
        }
        self.digest.update(&bytes[lines..]);
        self.position += (bytes.len() - lines) as u64;
    }
}

impl Beginning {
    /// The longest of the known beginnings that the stream has.
    pub fn longest_known(&self) -> Option<Known> {
        self.seen().longest
    }

    /// SHA-256 of the first `bytes`, where these are all that was read, or all but a last line without its end.
    pub fn digest(&self, bytes: u64) -> Option<[u8; 32]> {
        let seen = self.seen();
        let digest = if seen.position == bytes { &seen.digest } else { &seen.line.0 };
        (bytes == seen.position || bytes == seen.line.1).then(|| digest.clone().finalize().into())
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The same stream, hashed while it is read.
pub fn watched(source: Box<dyn BufRead + Send>) -> (Box<dyn BufRead + Send>, Beginning) {
    let (watched, beginning) = Watched::new(source, &[]);
    (Box::new(BufReader::with_capacity(BLOCK_BYTES, watched)), beginning)
}

/// Bytes that are read at once.
const BLOCK_BYTES: usize = 64 << 10;

/// The stream itself.
pub(crate) struct Watched {
    source: Box<dyn Read + Send>,
    /// The shortest last.
    known: Vec<Known>,
    beginning: Beginning,
}

impl Watched {
    /// Nothing read.
    pub fn new(source: impl Read + Send + 'static, known: &[Known]) -> (Self, Beginning) {
        let mut known: Vec<Known> = known.iter().copied().filter(|(bytes, _)| *bytes > 0).collect();
        known.sort_unstable_by_key(|(bytes, _)| std::cmp::Reverse(*bytes));
        let beginning = Beginning(Arc::default());
        (Self { source: Box::new(source), known, beginning: beginning.clone() }, beginning)
    }
}

impl Read for Watched {
    /// Ends at each length that is known, so that it can be compared there.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut seen = self.beginning.seen();
        let left = self.known.last().map_or(u64::MAX, |(bytes, _)| bytes - seen.position);
        let most = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        drop(seen);
        let read = self.source.read(&mut buffer[..most])?;
        seen = self.beginning.seen();
        seen.take(&buffer[..read]);
        while self.known.last().is_some_and(|(bytes, _)| *bytes == seen.position) {
            let here: [u8; 32] = seen.digest.clone().finalize().into();
            let Some(known) = self.known.pop() else { break };
            if known.1 == here {
                seen.longest = Some(known);
            }
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    fn known(bytes: &[u8]) -> Known {
        (bytes.len() as u64, Sha256::digest(bytes).into())
    }

    #[test]
    fn a_stream_is_known_by_the_longest_beginning_it_has() {
        let beginnings = [known(b"abc"), known(b"abcd"), known(b"abXde"), known(b""), known(b"abcdefghi")];
        let (mut watched, beginning) = Watched::new(Box::new(Cursor::new(b"abcdefg".to_vec())), &beginnings);
        let mut all = Vec::new();
        watched.read_to_end(&mut all).unwrap();
        assert_eq!(all, b"abcdefg");
        assert_eq!(beginning.longest_known(), Some(known(b"abcd")));
        assert_eq!(beginning.digest(7), Some(known(b"abcdefg").1));
        assert_eq!(beginning.digest(6), None, "only the whole is hashed");
    }

    #[test]
    fn a_last_line_without_an_end_may_be_left_out() {
        let (mut watched, beginning) = Watched::new(Box::new(Cursor::new(b"a\nbc\nde".to_vec())), &[]);
        io::copy(&mut watched, &mut io::sink()).unwrap();
        assert_eq!(beginning.digest(5), Some(known(b"a\nbc\n").1));
        assert_eq!(beginning.digest(7), Some(known(b"a\nbc\nde").1));
        assert_eq!(beginning.digest(2), None);
    }

    #[test]
    fn a_stream_that_is_none_of_them_is_unknown() {
        let (mut watched, beginning) = Watched::new(Box::new(Cursor::new(b"other".to_vec())), &[known(b"abc")]);
        io::copy(&mut watched, &mut io::sink()).unwrap();
        assert_eq!(beginning.longest_known(), None);
    }
}
