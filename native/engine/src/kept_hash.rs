//! How far a text was read, by the hash of its beginning, as callers keep it.

use crate::hex;
use crate::options::Position;
use std::io::Error;
use std::path::Path;
use tapistry_capture::{PrefixHash, longest_known};

/// A hash as it is kept: the digest tells the beginning again, the state goes on from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptHash {
    /// Bytes, and their SHA-256.
    pub position: Position,
    /// The state of SHA-256 after the last whole block of 64 bytes, hexadecimal.
    pub state: String,
}

impl From<&PrefixHash> for KeptHash {
    fn from(hash: &PrefixHash) -> Self {
        KeptHash { position: Position { digest: hex::encode(&hash.digest()), bytes: hash.bytes() }, state: hex::encode(&hash.state()) }
    }
}

/// The hash that had this state after `bytes`; `rest` is what is behind the last whole block of them. None where they do not fit together.
pub fn resumed(state: &str, bytes: u64, rest: &[u8]) -> Option<PrefixHash> {
    PrefixHash::resumed(&hex::decode32(state)?, bytes, rest)
}

/// The longest of the `known` beginnings that the file at `path` has, decompressed where it is compressed.
pub fn known_beginning(path: &Path, known: &[Position]) -> Result<Option<KeptHash>, Error> {
    let known: Vec<_> = known.iter().filter_map(|position| Some((position.bytes, hex::decode32(&position.digest)?))).collect();
    let longest = longest_known(path, &known).map_err(|error| Error::other(error.to_string()))?;
    Ok(longest.as_ref().map(KeptHash::from))
}
