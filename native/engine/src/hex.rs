//! Hexadecimal digits of hashes.

use sha2::{Digest as _, Sha256};

/// The first 16 digits of the SHA-256 of `bytes`.
pub fn sha16(bytes: &[u8]) -> String {
    first16(&Sha256::digest(bytes))
}

/// The first 16 digits, or fewer where there are fewer bytes.
pub fn first16(bytes: &[u8]) -> String {
    encode(&bytes[..bytes.len().min(8)])
}

/// Two lower-case digits a byte.
pub fn encode(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).map(char::from).collect()
}
