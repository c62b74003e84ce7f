//! Hashes, HMAC and the key schedules of all versions.

use crate::suite::Hash;
use hmac::{Hmac, Mac};
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha384};
use zeroize::Zeroizing;

/// Bytes that are wiped.
pub type Wiped = Zeroizing<Vec<u8>>;

macro_rules! with {
    ($hash:expr, $kind:ident => $run:expr) => {
        match $hash {
            Hash::Md5 => {
                type $kind = md5::Md5;
                $run
            }
            Hash::Sha1 => {
                type $kind = Sha1;
                $run
            }
            Hash::Sha256 => {
                type $kind = Sha256;
                $run
            }
            Hash::Sha384 => {
                type $kind = Sha384;
                $run
            }
        }
    };
}

impl Hash {
    /// Bytes of the digest.
    pub fn bytes(self) -> usize {
        match self {
            Hash::Md5 => 16,
            Hash::Sha1 => 20,
            Hash::Sha256 => 32,
            Hash::Sha384 => 48,
        }
    }
}

/// The digest of all parts in a row.
pub fn digest(hash: Hash, parts: &[&[u8]]) -> Wiped {
    with!(hash, H => {
        let mut state = H::new();
        parts.iter().for_each(|part| state.update(part));
        Zeroizing::new(state.finalize().to_vec())
    })
}

/// HMAC (RFC 2104) of all parts in a row.
pub fn hmac(hash: Hash, key: &[u8], parts: &[&[u8]]) -> Wiped {
    with!(hash, H => {
        // HMAC takes keys of any length.
        let Ok(mut state) = <Hmac<H> as Mac>::new_from_slice(key) else { return Wiped::default() };
        parts.iter().for_each(|part| Mac::update(&mut state, part));
        Zeroizing::new(state.finalize().into_bytes().to_vec())
    })
}

/// What SSL 3.0 authenticates records with (RFC 6101 §5.2.3.1).
pub fn ssl3_mac(hash: Hash, key: &[u8], parts: &[&[u8]]) -> Wiped {
    let padding = if hash == Hash::Md5 { 48 } else { 40 };
    let inner = digest(hash, &[&[key, &[0x36; 48][..padding]], parts].concat());
    digest(hash, &[key, &[0x5c; 48][..padding], &inner])
}

/// The pseudorandom function of a version: SSL 3.0 (RFC 6101 §6.1), TLS 1.0 and 1.1 (RFC 2246 §5), TLS 1.2 (RFC 5246 §5).
pub fn prf(version: u16, hash: Hash, secret: &[u8], label: &[u8], seed: &[u8], length: usize) -> Wiped {
    let seed = [label, seed].concat();
    match version {
        0x0300 => ssl3_prf(secret, &seed[label.len()..], length),
        0x0303.. => expand(hash, secret, &seed, length),
        _ => {
            let half = secret.len().div_ceil(2);
            let mut out = expand(Hash::Md5, &secret[..half], &seed, length);
            let other = expand(Hash::Sha1, &secret[secret.len() - half..], &seed, length);
            out.iter_mut().zip(other.iter()).for_each(|(byte, other)| *byte ^= other);
            out
        }
    }
}

fn expand(hash: Hash, secret: &[u8], seed: &[u8], length: usize) -> Wiped {
    let mut out = Wiped::default();
    let mut state = hmac(hash, secret, &[seed]);
    while out.len() < length {
        out.extend_from_slice(&hmac(hash, secret, &[&state, seed]));
        state = hmac(hash, secret, &[&state]);
    }
    out.truncate(length);
    out
}

fn ssl3_prf(secret: &[u8], seed: &[u8], length: usize) -> Wiped {
    let mut out = Wiped::default();
    for round in 1..=length.div_ceil(16).min(26) {
        let letters = vec![b'A' + round as u8 - 1; round];
        let inner = digest(Hash::Sha1, &[&letters, secret, seed]);
        out.extend_from_slice(&digest(Hash::Md5, &[secret, &inner]));
    }
    out.truncate(length);
    out
}

/// HKDF-Expand-Label (RFC 8446 §7.1) without context, of at most one block of the hash.
pub fn expand_label(hash: Hash, secret: &[u8], label: &str, length: usize) -> Wiped {
    let name = [b"tls13 ", label.as_bytes()].concat();
    let mut out = hmac(hash, secret, &[&(length as u16).to_be_bytes(), &[name.len() as u8], &name, &[0], &[1]]);
    out.truncate(length);
    out
}
