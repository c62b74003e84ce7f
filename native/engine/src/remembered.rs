//! What heads say again and again, as one worker remembers it. Memories only: forgetting changes no result.

use crate::credentials::Credentials;
use crate::known::KnownView;
use crate::recent::Recent;
use crate::settings::Settings;
use std::hash::{BuildHasherDefault, Hasher};
use tapistry_digest::client::{ClientKind, client_kind};
use tapistry_digest::path::Literals;

/// The memories of one worker.
#[derive(Debug)]
pub struct Remembered {
    /// What credentials say.
    pub credentials: Credentials,
    literals: Literals,
    known: KnownView,
    /// Names of services by authority as sent; one table a scheme: `h`, `s`, any other.
    pub services: [Recent<Box<str>>; 3],
    /// Kinds of clients by user agent.
    clients: Recent<ClientKind>,
    /// Keyed hashes of client addresses by their text.
    pub addresses: Recent<u64>,
}

impl Remembered {
    /// Nothing remembered.
    pub fn new(settings: &Settings) -> Self {
        let mut known = KnownView::default();
        known.renew(&settings.known);
        Remembered {
            credentials: Credentials::default(),
            literals: Literals::new((*known.literals).clone()),
            known,
            services: std::array::from_fn(|_| Recent::new(256)),
            clients: Recent::new(1024),
            addresses: Recent::new(4096),
        }
    }

    /// Which path segments are literals.
    #[inline]
    pub fn literals(&mut self, settings: &Settings) -> &mut Literals {
        if self.known.renew(&settings.known) {
            self.literals = Literals::new((*self.known.literals).clone());
        }
        &mut self.literals
    }

    /// The kind of client that a user agent tells.
    #[inline]
    pub fn client_kind(&mut self, user_agent: &[u8]) -> ClientKind {
        self.clients.get_or_find(user_agent, || Some(client_kind(user_agent))).copied().unwrap_or_default()
    }
}

/// For maps whose keys are keyed hashes already: hashing them again would cost more than the look-up.
pub type ByHash = BuildHasherDefault<Spread>;

/// Spreads 64 bits over the word, as tables look at both ends of it.
#[derive(Debug, Default)]
pub struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_u64(self.0 ^ u64::from(*byte)));
    }

    fn write_u128(&mut self, hash: u128) {
        self.write_u64(hash as u64);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
