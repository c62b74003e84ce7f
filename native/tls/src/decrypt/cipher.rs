//! The ciphers behind two interfaces: one that authenticates, and one of chained blocks.

use crate::suite::{Block, Mode, Suite};
use aes_gcm::aead::consts::{U8, U12, U16};
use aes_gcm::aead::generic_array::GenericArray;
use aes_gcm::aead::{AeadInPlace, KeyInit};
use aes_gcm::aes::cipher::block_padding::NoPadding;
use aes_gcm::aes::cipher::{BlockCipher, BlockDecrypt, BlockDecryptMut, BlockEncrypt, BlockSizeUser, InnerIvInit};
use zeroize::{Zeroize, Zeroizing};

/// Authenticated encryption with a nonce of 12 bytes.
pub trait Aead: Send {
    /// Decrypts in place; false where it is not authentic, and then the bytes are of no use.
    fn open(&self, nonce: &[u8; 12], aad: &[u8], body: &mut [u8], tag: &[u8]) -> bool;
}

impl<C: AeadInPlace<NonceSize = U12> + Send> Aead for C {
    fn open(&self, nonce: &[u8; 12], aad: &[u8], body: &mut [u8], tag: &[u8]) -> bool {
        tag.len() == <C::TagSize as aes_gcm::aead::generic_array::typenum::Unsigned>::USIZE
            && self.decrypt_in_place_detached(GenericArray::from_slice(nonce), aad, body, GenericArray::from_slice(tag)).is_ok()
    }
}

/// The cipher of a suite that authenticates.
pub fn aead(suite: &Suite, key: &[u8]) -> Option<Box<dyn Aead>> {
    match (suite.mode, suite.key_bytes) {
        (Mode::Gcm(Block::Aes), 16) => gcm::<aes::Aes128>(key),
        (Mode::Gcm(Block::Aes), 32) => gcm::<aes::Aes256>(key),
        (Mode::Gcm(Block::Aria), 16) => gcm::<aria::Aria128>(key),
        (Mode::Gcm(Block::Aria), 32) => gcm::<aria::Aria256>(key),
        (Mode::Gcm(Block::Camellia), 16) => gcm::<camellia::Camellia128>(key),
        (Mode::Gcm(Block::Camellia), 32) => gcm::<camellia::Camellia256>(key),
        (Mode::Ccm(16), 16) => boxed::<ccm::Ccm<aes::Aes128, U16, U12>>(key),
        (Mode::Ccm(16), 32) => boxed::<ccm::Ccm<aes::Aes256, U16, U12>>(key),
        (Mode::Ccm(8), 16) => boxed::<ccm::Ccm<aes::Aes128, U8, U12>>(key),
        (Mode::Ccm(8), 32) => boxed::<ccm::Ccm<aes::Aes256, U8, U12>>(key),
        (Mode::ChaCha20Poly1305, 32) => boxed::<chacha20poly1305::ChaCha20Poly1305>(key),
        _ => None,
    }
}

fn gcm<C>(key: &[u8]) -> Option<Box<dyn Aead>>
where
    C: BlockCipher + BlockSizeUser<BlockSize = U16> + BlockEncrypt + KeyInit + Send + 'static,
{
    boxed::<aes_gcm::AesGcm<C, U12>>(key)
}

fn boxed<C: Aead + KeyInit + 'static>(key: &[u8]) -> Option<Box<dyn Aead>> {
    Some(Box::new(C::new_from_slice(key).ok()?))
}

/// Bytes of a block.
pub fn block_bytes(block: Block) -> usize {
    match block {
        Block::Aes | Block::Aria | Block::Camellia | Block::Seed => 16,
        Block::Des | Block::TripleDes | Block::Idea | Block::Rc2 => 8,
    }
}

/// Decrypts whole blocks in place; false where key or length do not fit.
pub fn decrypt_cbc(block: Block, key: &[u8], iv: &[u8], body: &mut [u8]) -> bool {
    match (block, key.len()) {
        (Block::Aes, 16) => chained::<aes::Aes128>(key, iv, body),
        (Block::Aes, _) => chained::<aes::Aes256>(key, iv, body),
        (Block::Aria, 16) => chained::<aria::Aria128>(key, iv, body),
        (Block::Aria, _) => chained::<aria::Aria256>(key, iv, body),
        (Block::Camellia, 16) => chained::<camellia::Camellia128>(key, iv, body),
        (Block::Camellia, _) => chained::<camellia::Camellia256>(key, iv, body),
        (Block::Des, _) => chained::<des::Des>(key, iv, body),
        (Block::TripleDes, _) => chained::<des::TdesEde3>(key, iv, body),
        (Block::Idea, _) => chained::<idea::Idea>(key, iv, body),
        (Block::Rc2, _) => chained::<rc2::Rc2>(key, iv, body),
        (Block::Seed, _) => chained::<kisaseed::SEED>(key, iv, body),
    }
}

fn chained<C>(key: &[u8], iv: &[u8], body: &mut [u8]) -> bool
where
    C: BlockCipher + BlockDecrypt + KeyInit,
{
    let Ok(cipher) = C::new_from_slice(key) else { return false };
    let Ok(decryptor) = cbc::Decryptor::<C>::inner_iv_slice_init(cipher, iv) else { return false };
    decryptor.decrypt_padded_mut::<NoPadding>(body).is_ok()
}

/// RC4, of which no maintained crate takes keys of any length.
pub struct Rc4 {
    state: Zeroizing<[u8; 256]>,
    at: (u8, u8),
}

impl Rc4 {
    /// At the start of its stream.
    pub fn new(key: &[u8]) -> Self {
        let mut state = Zeroizing::new([0; 256]);
        (0..=255).for_each(|at| state[usize::from(at)] = at);
        let mut other = 0u8;
        for at in 0..256 {
            other = other.wrapping_add(state[at]).wrapping_add(key[at % key.len().max(1)]);
            state.swap(at, usize::from(other));
        }
        Self { state, at: (0, 0) }
    }

    /// Decrypts what comes next.
    pub fn apply(&mut self, body: &mut [u8]) {
        let (mut at, mut other) = self.at;
        for byte in body {
            at = at.wrapping_add(1);
            other = other.wrapping_add(self.state[usize::from(at)]);
            self.state.swap(usize::from(at), usize::from(other));
            let sum = self.state[usize::from(at)].wrapping_add(self.state[usize::from(other)]);
            *byte ^= self.state[usize::from(sum)];
        }
        self.at = (at, other);
    }
}

impl Drop for Rc4 {
    fn drop(&mut self) {
        self.state.zeroize();
    }
}
