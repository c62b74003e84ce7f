//! Secrets of connections out of key logs: in memory alone, wiped when they go, never shown.

mod log;
mod pem;
mod rsa;
mod store;

pub use log::KeyLog;
pub use store::Secret;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use store::{Label, Store};

/// Bytes of records that wait for keys, of all connections.
const HELD_BYTES_MAX: usize = 32 << 20;

/// What all connections of a run share: the secrets known so far, and the room for what waits for others.
#[derive(Default)]
pub struct Keys {
    store: RwLock<Store>,
    generation: AtomicU64,
    grows: bool,
    held: AtomicUsize,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Keys")
    }
}

impl Keys {
    /// None yet; `grows` where some may come while packets are read.
    pub fn new(grows: bool) -> Self {
        Self { grows, ..Self::default() }
    }

    /// Takes bytes of a key log, which lines may be cut by: `log` holds what is behind the last line feed.
    pub fn push(&self, log: &mut KeyLog, bytes: &[u8]) {
        log.push(bytes, &mut self.store.write().unwrap_or_else(PoisonError::into_inner));
        self.generation.fetch_add(1, Ordering::Release);
    }

    /// A key log has ended: its last line counts without a line feed.
    pub fn finish(&self, log: &mut KeyLog) {
        self.push(log, b"\n");
        log.finish();
    }

    /// Changes when secrets come.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Whether there are none, and none will come.
    pub fn is_never(&self) -> bool {
        !self.grows && self.read().is_empty()
    }

    /// Whether more may come.
    pub fn grows(&self) -> bool {
        self.grows
    }

    /// Secrets that are known, over all connections; secrets that gave way to newer ones.
    pub fn counts(&self) -> (u64, u64) {
        self.read().counts()
    }

    /// The connection is over: nobody needs its secrets any more, where they came while packets did.
    pub fn forget(&self, random: &[u8; 32]) {
        if self.grows {
            self.store.write().unwrap_or_else(PoisonError::into_inner).forget(random);
        }
    }

    /// Whether premaster secrets may be known, of which master secrets are made.
    pub(crate) fn has_premasters(&self) -> bool {
        self.read().has_premasters()
    }

    /// Room for bytes that wait, where there is any.
    pub(crate) fn hold(&self, bytes: usize) -> bool {
        let fits = self.held.fetch_add(bytes, Ordering::Relaxed) + bytes <= HELD_BYTES_MAX;
        if !fits {
            self.held.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }

    /// Takes room back that was given free a moment before.
    pub(crate) fn hold_again(&self, bytes: usize) {
        self.held.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes wait no more.
    pub(crate) fn release(&self, bytes: usize) {
        self.held.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(crate) fn early(&self, random: &[u8; 32]) -> Option<Secret> {
        self.read().of(random, Label::Early)
    }

    pub(crate) fn handshake(&self, random: &[u8; 32], side: usize) -> Option<Secret> {
        self.read().of(random, [Label::ClientHandshake, Label::ServerHandshake][side])
    }

    pub(crate) fn traffic(&self, random: &[u8; 32], side: usize) -> Option<Secret> {
        self.read().of(random, [Label::ClientTraffic, Label::ServerTraffic][side])
    }

    pub(crate) fn master(&self, random: &[u8; 32], session_id: &[u8]) -> Option<Secret> {
        let store = self.read();
        store.of(random, Label::Master).or_else(|| store.of_session(session_id))
    }

    pub(crate) fn premaster(&self, random: &[u8; 32], encrypted: &[u8]) -> Option<Secret> {
        let store = self.read();
        store.of(random, Label::Premaster).or_else(|| store.of_encrypted(encrypted)).or_else(|| store.decrypt(encrypted))
    }

    fn read(&self) -> RwLockReadGuard<'_, Store> {
        self.store.read().unwrap_or_else(PoisonError::into_inner)
    }
}
