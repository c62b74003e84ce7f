//! Keyed hashes of values: equal values meet, nobody without the key can guess them.

use siphasher::sip::SipHasher13;

/// Texts up to this length are hashed whole; longer ones by their length and both ends, so that one value costs bounded time.
const WHOLE_BYTES_MAX: usize = 1024;
const END_BYTES: usize = 512;

/// SipHash-1-3 under a secret of 16 bytes, cut to 48 bits so that a JavaScript number holds it exactly.
#[derive(Clone, Copy, Debug)]
pub struct KeyedHash {
    hasher: SipHasher13,
}

impl KeyedHash {
    /// A hash under `key`.
    pub fn new(key: &[u8; 16]) -> Self {
        Self { hasher: SipHasher13::new_with_key(key) }
    }

    /// 48 bits. Texts of more than 1,024 bytes that agree in length, first and last 512 bytes hash alike.
    #[inline]
    pub fn hash(&self, bytes: &[u8]) -> u64 {
        if bytes.len() <= WHOLE_BYTES_MAX {
            return self.hasher.hash(bytes) >> 16;
        }
        self.hash_ends(bytes)
    }

    #[cold]
    fn hash_ends(&self, bytes: &[u8]) -> u64 {
        let mut ends = [0u8; 2 * END_BYTES + 8];
        ends[..END_BYTES].copy_from_slice(&bytes[..END_BYTES]);
        ends[END_BYTES..2 * END_BYTES].copy_from_slice(&bytes[bytes.len() - END_BYTES..]);
        ends[2 * END_BYTES..].copy_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.hasher.hash(&ends) >> 16
    }
}

/// What stays when an object has too many names: the smallest priorities. Unkeyed and a pure function of the name, the same in
/// every process and language: FNV-1a of the UTF-8 bytes in 32 bits, mixed by the finaliser of MurmurHash3. Equal priorities are
/// ordered by name.
pub fn priority(name: &[u8]) -> u64 {
    let mut hash = name.iter().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
    hash = (hash ^ hash >> 16).wrapping_mul(0x85eb_ca6b);
    hash = (hash ^ hash >> 13).wrapping_mul(0xc2b2_ae35);
    u64::from(hash ^ hash >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_fit_48_bits_and_differ_by_key_and_text() {
        let (one, two) = (KeyedHash::new(&[1; 16]), KeyedHash::new(&[2; 16]));
        assert!(one.hash(b"a") < 1 << 48);
        assert_ne!(one.hash(b"a"), two.hash(b"a"));
        assert_ne!(one.hash(b"a"), one.hash(b"b"));
        let long = vec![b'x'; 5000];
        assert_ne!(one.hash(&long), one.hash(&long[1..]));
    }

    #[test]
    fn priority_is_fixed_for_ever() {
        assert_eq!(priority(b"id"), 653_190_007);
    }
}
