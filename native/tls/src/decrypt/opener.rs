//! Decrypts the records of one direction under one key.

use super::cipher::{Aead, Rc4, block_bytes, decrypt_cbc};
use super::hash::{Wiped, hmac, ssl3_mac};
use crate::records::HEADER_BYTES;
use crate::suite::{Mode, Suite};
use std::ops::Range;

/// State of one direction from one change of keys to the next.
pub struct Opener {
    version: u16,
    suite: Suite,
    encrypt_then_mac: bool,
    cipher: Cipher,
    mac_key: Wiped,
    iv: Wiped,
    /// Number of the next record.
    sequence: u64,
    /// The end of the last record is lost, which the next one is chained to.
    is_unchained: bool,
}

enum Cipher {
    Null,
    Rc4(Box<Rc4>),
    Cbc(Wiped),
    Aead(Box<dyn Aead>),
}

/// What a record holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// As the record says; in TLS 1.3 as its content says.
    pub kind: u8,
    /// Where the content lies in the record.
    pub content: Range<usize>,
    /// Records before it that were not seen.
    pub lost: u64,
}

impl Opener {
    /// With the keys of a suite; none where its cipher does not take them.
    pub fn new(version: u16, suite: Suite, encrypt_then_mac: bool, mac_key: Wiped, key: Wiped, iv: Wiped) -> Option<Self> {
        let cipher = match suite.mode {
            Mode::Null => Cipher::Null,
            Mode::Rc4 => Cipher::Rc4(Box::new(Rc4::new(&key))),
            Mode::Cbc(_) => Cipher::Cbc(key),
            Mode::Gcm(_) | Mode::Ccm(_) | Mode::ChaCha20Poly1305 => Cipher::Aead(super::cipher::aead(&suite, &key)?),
        };
        Some(Self { version, suite, encrypt_then_mac, cipher, mac_key, iv, sequence: 0, is_unchained: false })
    }

    /// Decrypts a record, its header included, in place. Up to `window` records may be lost before it.
    pub fn open(&mut self, record: &mut [u8], window: u64) -> Option<Opened> {
        let opened = match self.cipher {
            Cipher::Aead(_) => self.open_aead(record, window),
            _ => self.open_mac(record, window),
        }?;
        self.sequence += opened.lost + 1;
        Some(opened)
    }

    /// What a record adds to its content, where that is the same for all.
    pub fn overhead(&self) -> Option<u64> {
        let of_mode = match self.suite.mode {
            Mode::Gcm(_) => 8 + 16,
            Mode::Ccm(tag) => 8 + u64::from(tag),
            Mode::ChaCha20Poly1305 => 16,
            Mode::Null | Mode::Rc4 => self.mac_bytes() as u64,
            Mode::Cbc(_) => return None,
        };
        // TLS 1.3 sends no nonce, and a byte that says what the content is.
        let explicit = if self.version >= 0x0304 && !matches!(self.suite.mode, Mode::ChaCha20Poly1305) { 8 } else { 0 };
        Some(of_mode - explicit + u64::from(self.version >= 0x0304) + HEADER_BYTES as u64)
    }

    /// Whether what was lost is needed for what comes.
    pub fn breaks_at_gaps(&self) -> bool {
        matches!(self.cipher, Cipher::Rc4(_))
    }

    /// Records are lost before the next one.
    pub fn lose(&mut self) {
        self.is_unchained = self.version < 0x0302 && matches!(self.cipher, Cipher::Cbc(_));
    }

    fn open_aead(&self, record: &mut [u8], window: u64) -> Option<Opened> {
        let Cipher::Aead(cipher) = &self.cipher else { return None };
        let is_13 = self.version >= 0x0304;
        let tag_bytes = if let Mode::Ccm(tag) = self.suite.mode { usize::from(tag) } else { 16 };
        let (header, body) = record.split_at_mut_checked(HEADER_BYTES)?;
        let explicit_bytes = if is_13 || matches!(self.suite.mode, Mode::ChaCha20Poly1305) { 0 } else { 8 };
        let (explicit, sealed) = body.split_at_mut_checked(explicit_bytes)?;
        let (content, tag) = sealed.split_at_mut_checked(sealed.len().checked_sub(tag_bytes)?)?;
        let length = content.len();
        // A cipher may spoil what is not authentic.
        let before = (window > 0).then(|| content.to_vec());
        for lost in 0..=window {
            let sequence = (self.sequence + lost).to_be_bytes();
            let mut nonce = [0; 12];
            if explicit_bytes == 8 {
                nonce[..4].copy_from_slice(self.iv.get(..4)?);
                nonce[4..].copy_from_slice(explicit);
            } else {
                nonce.copy_from_slice(self.iv.get(..12)?);
                nonce[4..].iter_mut().zip(sequence).for_each(|(byte, other)| *byte ^= other);
            }
            let aad = if is_13 { header.to_vec() } else { [&sequence[..], &header[..3], &(length as u16).to_be_bytes()].concat() };
            if cipher.open(&nonce, &aad, content, tag) {
                let start = HEADER_BYTES + explicit_bytes;
                if !is_13 {
                    return Some(Opened { kind: header[0], content: start..start + length, lost });
                }
                // The kind stands behind the content, and zeros may follow.
                let end = content.iter().rposition(|byte| *byte != 0)?;
                return Some(Opened { kind: content[end], content: start..start + end, lost });
            }
            if let Some(before) = &before {
                content.copy_from_slice(before);
            }
        }
        None
    }

    fn open_mac(&mut self, record: &mut [u8], window: u64) -> Option<Opened> {
        let (header, body) = record.split_at_mut_checked(HEADER_BYTES)?;
        let (kind, version) = (header[0], [header[1], header[2]]);
        if std::mem::take(&mut self.is_unchained) {
            // It cannot be read whole, but the next one can.
            let end = body.len().checked_sub(if self.encrypt_then_mac { self.mac_bytes() } else { 0 })?;
            self.iv = Wiped::new(body.get(end.checked_sub(self.iv.len())?..end)?.to_vec());
            return None;
        }
        let (start, end, lost) = if self.encrypt_then_mac && matches!(self.cipher, Cipher::Cbc(_)) {
            let (sealed, mac) = body.split_at_mut_checked(body.len().checked_sub(self.mac_bytes())?)?;
            let lost = self.authentic(kind, version, sealed, mac, window)?;
            let (start, end) = self.decrypt(sealed)?;
            (start, end, lost)
        } else {
            let (start, end) = self.decrypt(body)?;
            let content_end = end.checked_sub(self.mac_bytes()).filter(|content_end| *content_end >= start)?;
            let lost = self.authentic(kind, version, &body[start..content_end], &body[content_end..end], window)?;
            (start, content_end, lost)
        };
        Some(Opened { kind, content: HEADER_BYTES + start..HEADER_BYTES + end, lost })
    }

    /// Decrypts in place, and says where the content lies, its code of authentication included.
    fn decrypt(&mut self, body: &mut [u8]) -> Option<(usize, usize)> {
        match &mut self.cipher {
            Cipher::Null => return Some((0, body.len())),
            Cipher::Rc4(rc4) => {
                rc4.apply(body);
                return Some((0, body.len()));
            }
            _ => {}
        }
        let (Cipher::Cbc(key), Mode::Cbc(block)) = (&self.cipher, self.suite.mode) else { return None };
        let size = block_bytes(block);
        if body.is_empty() || !body.len().is_multiple_of(size) {
            return None;
        }
        let start = if self.version >= 0x0302 { size } else { 0 };
        let next = body[body.len() - size..].to_vec();
        let (iv, sealed) = if start > 0 { body.split_at_mut(size) } else { (&mut self.iv[..], body) };
        if sealed.is_empty() || !decrypt_cbc(block, key, iv, sealed) {
            return None;
        }
        let padding = usize::from(*sealed.last()?);
        let end = sealed.len().checked_sub(padding + 1)?;
        let is_padding = self.version == 0x0300 || sealed[end..].iter().all(|byte| usize::from(*byte) == padding);
        let length = end + start;
        if start == 0 {
            self.iv = Wiped::new(next);
        }
        is_padding.then_some((start, length))
    }

    /// How many records are lost before this one, by its code of authentication.
    fn authentic(&self, kind: u8, version: [u8; 2], content: &[u8], mac: &[u8], window: u64) -> Option<u64> {
        if self.mac_key.is_empty() {
            return Some(0);
        }
        let length = (content.len() as u16).to_be_bytes();
        (0..=window).find(|lost| {
            let sequence = (self.sequence + lost).to_be_bytes();
            let own = if self.version == 0x0300 {
                ssl3_mac(self.suite.mac, &self.mac_key, &[&sequence, &[kind], &length, content])
            } else {
                hmac(self.suite.mac, &self.mac_key, &[&sequence, &[kind], &version, &length, content])
            };
            own[..] == *mac
        })
    }

    fn mac_bytes(&self) -> usize {
        self.suite.mac.bytes()
    }
}

/// A suite without encryption is read without keys.
pub fn unencrypted(version: u16, suite: Suite) -> Option<Opener> {
    Opener::new(version, suite, false, Wiped::default(), Wiped::default(), Wiped::default())
}
