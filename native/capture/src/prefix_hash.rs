//! SHA-256 of a beginning that grows, and that is taken up again after a restart without reading it once more.

use sha2::compress256;
use sha2::digest::generic_array::GenericArray;

/// What SHA-256 takes at a time.
pub const BLOCK_BYTES: usize = 64;

/// Its state before the first block (FIPS 180-4 §5.3.3).
const FIRST: [u32; 8] = [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The SHA-256 of what was pushed so far. Its state after the last whole block may be kept: it tells no more than a digest does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrefixHash {
    state: [u32; 8],
    bytes: u64,
    /// What is behind the last whole block; `bytes % BLOCK_BYTES` of it count.
    rest: [u8; BLOCK_BYTES],
}

impl Default for PrefixHash {
    fn default() -> Self {
        Self { state: FIRST, bytes: 0, rest: [0; BLOCK_BYTES] }
    }
}

impl PrefixHash {
    /// As it was after `bytes`, by its `state` and what is behind the last whole block of them; none where there is another number of these.
    pub fn resumed(state: &[u8; 32], bytes: u64, rest: &[u8]) -> Option<Self> {
        let mut hash = Self { bytes, ..Self::default() };
        if rest.len() != hash.held() {
            return None;
        }
        for (word, four) in hash.state.iter_mut().zip(state.chunks_exact(4)) {
            *word = four.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
        }
        hash.rest[..rest.len()].copy_from_slice(rest);
        Some(hash)
    }

    /// Bytes that were pushed.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Takes more.
    pub fn push(&mut self, mut bytes: &[u8]) {
        let held = self.held();
        self.bytes += bytes.len() as u64;
        if held > 0 {
            let (filling, more) = bytes.split_at(bytes.len().min(BLOCK_BYTES - held));
            self.rest[held..held + filling.len()].copy_from_slice(filling);
            if held + filling.len() < BLOCK_BYTES {
                return;
            }
            compress(&mut self.state, &self.rest);
            bytes = more;
        }
        let mut blocks = bytes.chunks_exact(BLOCK_BYTES);
        for block in &mut blocks {
            compress(&mut self.state, block);
        }
        let rest = blocks.remainder();
        self.rest[..rest.len()].copy_from_slice(rest);
    }

    /// SHA-256 of what was pushed.
    pub fn digest(&self) -> [u8; 32] {
        let (mut state, held) = (self.state, self.held());
        let mut last = [0; BLOCK_BYTES * 2];
        last[..held].copy_from_slice(&self.rest[..held]);
        last[held] = 0x80;
        let end = if held < BLOCK_BYTES - 8 { BLOCK_BYTES } else { BLOCK_BYTES * 2 };
        last[end - 8..end].copy_from_slice(&self.bytes.wrapping_mul(8).to_be_bytes());
        for block in last[..end].chunks_exact(BLOCK_BYTES) {
            compress(&mut state, block);
        }
        bytes_of(&state)
    }

    /// The state after the last whole block.
    pub fn state(&self) -> [u8; 32] {
        bytes_of(&self.state)
    }

    fn held(&self) -> usize {
        (self.bytes % BLOCK_BYTES as u64) as usize
    }
}

fn compress(state: &mut [u32; 8], block: &[u8]) {
    compress256(state, std::slice::from_ref(GenericArray::from_slice(block)));
}

fn bytes_of(state: &[u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (four, word) in bytes.chunks_exact_mut(4).zip(state) {
        four.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn any_pieces_and_any_restart_give_the_sha256_of_all() {
        let text: Vec<u8> = (0..1_000u32).map(|at| (at * 7 % 251) as u8).collect();
        for size in [1, 7, 63, 64, 65, 200, 1_000] {
            let mut hash = PrefixHash::default();
            let mut at = 0;
            for piece in text.chunks(size) {
                hash.push(piece);
                at += piece.len();
                assert_eq!(hash.digest(), <[u8; 32]>::from(Sha256::digest(&text[..at])), "{size} at {at}");
                hash = PrefixHash::resumed(&hash.state(), at as u64, &text[at / BLOCK_BYTES * BLOCK_BYTES..at]).unwrap();
            }
            assert_eq!(hash.bytes(), 1_000);
        }
        assert_eq!(PrefixHash::default().digest(), <[u8; 32]>::from(Sha256::digest([])));
        assert_eq!(PrefixHash::resumed(&[0; 32], 65, b""), None);
    }
}
