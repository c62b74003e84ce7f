//! From secrets to the keys of a direction: the key block up to TLS 1.2 (RFC 5246 §6.3), traffic keys of TLS 1.3 (RFC 8446 §7.3).

use super::cipher::block_bytes;
use super::hash::{Wiped, digest, expand_label, prf};
use super::opener::Opener;
use crate::suite::{Hash, Mode, Suite};

/// What the handshake agreed on.
#[derive(Clone, Copy, Debug)]
pub struct Agreed<'a> {
    /// From 0x0300 to 0x0303.
    pub version: u16,
    pub suite: Suite,
    pub encrypt_then_mac: bool,
    pub client_random: &'a [u8; 32],
    pub server_random: &'a [u8; 32],
}

impl Agreed<'_> {
    /// The master secret of a premaster secret, where it is not bound to the handshake.
    pub fn master(&self, premaster: &[u8]) -> Wiped {
        let seed = [&self.client_random[..], self.server_random].concat();
        prf(self.version, self.suite.prf, premaster, b"master secret", &seed, 48)
    }

    /// The same where it is bound to the handshake, by the hash of what was said until the premaster secret was.
    pub fn extended_master(&self, premaster: &[u8], hash: &[u8]) -> Wiped {
        prf(self.version, self.suite.prf, premaster, b"extended master secret", hash, 48)
    }

    /// What decrypts a side's records.
    pub fn opener(&self, master: &[u8], side: usize) -> Option<Opener> {
        let Agreed { version, suite, .. } = *self;
        let mac_bytes = if matches!(suite.mode, Mode::Gcm(_) | Mode::Ccm(_) | Mode::ChaCha20Poly1305) { 0 } else { suite.mac.bytes() };
        let iv_bytes = match suite.mode {
            Mode::Gcm(_) | Mode::Ccm(_) => 4,
            Mode::ChaCha20Poly1305 => 12,
            Mode::Cbc(block) => block_bytes(block),
            Mode::Null | Mode::Rc4 => 0,
        };
        let seed = [&self.server_random[..], self.client_random].concat();
        let block = prf(version, suite.prf, master, b"key expansion", &seed, 2 * (mac_bytes + suite.secret_bytes + iv_bytes));
        let mut at = 0;
        let mut pair = |length: usize| {
            let own = at + side * length;
            at += 2 * length;
            Wiped::new(block[own..own + length].to_vec())
        };
        let (mac_key, mut key, mut iv) = (pair(mac_bytes), pair(suite.secret_bytes), pair(iv_bytes));
        if suite.secret_bytes < suite.key_bytes {
            (key, iv) = self.exported(&key, iv_bytes, side);
        }
        Opener::new(version, suite, self.encrypt_then_mac, mac_key, key, iv)
    }

    /// Keys of suites for export are made of few secret bytes (RFC 2246 §6.3.1, RFC 6101 §6.2.2).
    fn exported(&self, secret: &[u8], iv_bytes: usize, side: usize) -> (Wiped, Wiped) {
        let Agreed { version, suite, client_random, server_random, .. } = *self;
        let (own, other) = if side == 0 { (client_random, server_random) } else { (server_random, client_random) };
        if version == 0x0300 {
            let mut key = digest(Hash::Md5, &[secret, own, other]);
            key.truncate(suite.key_bytes);
            let mut iv = digest(Hash::Md5, &[own, other]);
            iv.truncate(iv_bytes);
            return (key, iv);
        }
        let seed = [&client_random[..], server_random].concat();
        let label: &[u8] = if side == 0 { b"client write key" } else { b"server write key" };
        let key = prf(version, suite.prf, secret, label, &seed, suite.key_bytes);
        let ivs = prf(version, suite.prf, b"", b"IV block", &seed, 2 * iv_bytes);
        (key, Wiped::new(ivs[side * iv_bytes..][..iv_bytes].to_vec()))
    }
}

/// What decrypts records under a traffic secret of TLS 1.3.
pub fn traffic_opener(suite: Suite, secret: &[u8]) -> Option<Opener> {
    let key = expand_label(suite.prf, secret, "key", suite.key_bytes);
    let iv = expand_label(suite.prf, secret, "iv", 12);
    Opener::new(0x0304, suite, false, Wiped::default(), key, iv)
}

/// The traffic secret after a key update (RFC 8446 §7.2).
pub fn next_secret(suite: Suite, secret: &[u8]) -> Wiped {
    expand_label(suite.prf, secret, "traffic upd", suite.prf.bytes())
}
