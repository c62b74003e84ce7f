//! Cipher suites: what protects the records, told by the registered name.

mod names;

use names::NAMES;

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    Md5,
    Sha1,
    Sha256,
    Sha384,
}

/// How records are encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Not at all.
    Null,
    Rc4,
    Cbc(Block),
    Gcm(Block),
    /// Bytes of the tag.
    Ccm(u8),
    ChaCha20Poly1305,
}

/// A block cipher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    Aes,
    Aria,
    Camellia,
    Des,
    TripleDes,
    Idea,
    Rc2,
    Seed,
}

/// One suite, as far as records go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Suite {
    pub mode: Mode,
    /// Bytes of the key that the cipher takes.
    pub key_bytes: usize,
    /// Bytes of it that are secret: fewer in suites for export, which make the key of them.
    pub secret_bytes: usize,
    /// Of records without their own authentication.
    pub mac: Hash,
    /// Of the key schedule from TLS 1.2 on.
    pub prf: Hash,
}

/// The registered name of a suite.
pub fn suite_name(number: u16) -> Option<&'static str> {
    NAMES.binary_search_by_key(&number, |row| row.0).ok().map(|at| NAMES[at].1)
}

impl Suite {
    /// The suite of a number; none for one that is not known, or whose cipher is not read.
    pub fn of(number: u16) -> Option<Self> {
        let name = suite_name(number)?;
        let (exchange, rest) = name.split_once("_WITH_").unwrap_or(("TLS", name.strip_prefix("TLS_")?));
        let has = |word: &str| rest.contains(word);
        let mode = match () {
            () if has("CHACHA20_POLY1305") => Mode::ChaCha20Poly1305,
            () if has("_CCM_8") => Mode::Ccm(8),
            () if has("_CCM") => Mode::Ccm(16),
            () if has("_GCM") => Mode::Gcm(block(rest)?),
            () if has("_CBC") => Mode::Cbc(block(rest)?),
            () if has("RC4") => Mode::Rc4,
            () if has("NULL") => Mode::Null,
            () => return None,
        };
        let (key_bytes, secret_bytes) = match mode {
            Mode::Null => (0, 0),
            Mode::ChaCha20Poly1305 => (32, 32),
            Mode::Rc4 if has("RC4_40") => (16, 5),
            Mode::Rc4 if has("RC4_56") => (16, 7),
            Mode::Cbc(Block::Rc2) if has("CBC_40") => (16, 5),
            Mode::Cbc(Block::Des) if has("DES40") => (8, 5),
            Mode::Cbc(Block::Des) => (8, 8),
            Mode::Cbc(Block::TripleDes) => (24, 24),
            _ if has("_256_") => (32, 32),
            _ => (16, 16),
        };
        let mac = match () {
            () if rest.ends_with("SHA384") => Hash::Sha384,
            () if rest.ends_with("SHA256") => Hash::Sha256,
            () if rest.ends_with("MD5") => Hash::Md5,
            () => Hash::Sha1,
        };
        let prf = if mac == Hash::Sha384 { Hash::Sha384 } else { Hash::Sha256 };
        // DES of 56 bits for export has a key of full length that is made anew like the others.
        let secret_bytes = if exchange.contains("EXPORT1024") && key_bytes == 8 { 8 } else { secret_bytes };
        Some(Suite { mode, key_bytes, secret_bytes, mac, prf })
    }
}

fn block(name: &str) -> Option<Block> {
    [
        ("AES", Block::Aes),
        ("ARIA", Block::Aria),
        ("CAMELLIA", Block::Camellia),
        ("3DES", Block::TripleDes),
        ("DES", Block::Des),
        ("IDEA", Block::Idea),
        ("RC2", Block::Rc2),
        ("SEED", Block::Seed),
    ]
    .into_iter()
    .find(|(word, _)| name.starts_with(word))
    .map(|(_, block)| block)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_protects_the_records() {
        let row = |number| Suite::of(number).map(|suite| (suite.mode, suite.key_bytes, suite.secret_bytes, suite.mac, suite.prf));
        assert_eq!(row(0x1302), Some((Mode::Gcm(Block::Aes), 32, 32, Hash::Sha384, Hash::Sha384)));
        assert_eq!(row(0x1305), Some((Mode::Ccm(8), 16, 16, Hash::Sha256, Hash::Sha256)));
        assert_eq!(row(0xc028), Some((Mode::Cbc(Block::Aes), 32, 32, Hash::Sha384, Hash::Sha384)));
        assert_eq!(row(0x000a), Some((Mode::Cbc(Block::TripleDes), 24, 24, Hash::Sha1, Hash::Sha256)));
        assert_eq!(row(0x0006), Some((Mode::Cbc(Block::Rc2), 16, 5, Hash::Md5, Hash::Sha256)));
        assert_eq!(row(0x003b), Some((Mode::Null, 0, 0, Hash::Sha256, Hash::Sha256)));
        assert_eq!(row(0xcca8), Some((Mode::ChaCha20Poly1305, 32, 32, Hash::Sha256, Hash::Sha256)));
        assert_eq!(row(0xc09e), Some((Mode::Ccm(16), 16, 16, Hash::Sha1, Hash::Sha256)));
        assert_eq!(row(0x00ff), None);
        assert!(NAMES.is_sorted_by_key(|row| row.0));
    }
}
