//! Secrets by connection, bounded: where there are too many, those that came first give way.

use super::rsa::PrivateKey;
use std::collections::{HashMap, VecDeque};
use zeroize::Zeroizing;

/// Connections with secrets that are kept.
const CONNECTIONS_MAX: usize = 100_000;
/// Private keys that are kept; each is tried for each connection whose premaster secret may be encrypted to it.
const PRIVATE_KEYS_MAX: usize = 16;
/// Bytes of the longest secret: a premaster secret of Diffie-Hellman is as long as its group.
pub const SECRET_BYTES_MAX: usize = 1024;

/// A secret; wiped when it goes.
#[derive(Clone)]
pub struct Secret(Zeroizing<Box<[u8]>>);

impl Secret {
    /// A copy of these bytes.
    pub fn new(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// The secret itself.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Which secret of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label {
    Master,
    Premaster,
    Early,
    ClientHandshake,
    ServerHandshake,
    ClientTraffic,
    ServerTraffic,
}

/// What names a connection in a log.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Name {
    Random([u8; 32]),
    Session(Box<[u8]>),
    Encrypted([u8; 8]),
}

#[derive(Default)]
pub struct Store {
    secrets: HashMap<Name, Vec<(Label, Secret)>>,
    order: VecDeque<Name>,
    private: Vec<PrivateKey>,
    known: u64,
    evicted: u64,
    has_premasters: bool,
}

impl Store {
    /// No secret is known.
    pub fn is_empty(&self) -> bool {
        self.secrets.is_empty() && self.private.is_empty()
    }

    /// Whether there is a private key, or has been a premaster secret.
    pub fn has_premasters(&self) -> bool {
        self.has_premasters
    }

    /// Secrets that were taken, and those that gave way.
    pub fn counts(&self) -> (u64, u64) {
        (self.known, self.evicted)
    }

    /// Of the connection with this client random.
    pub fn insert(&mut self, random: [u8; 32], label: Label, secret: &[u8]) {
        self.put(Name::Random(random), label, secret);
    }

    /// The master secret of a session by its identifier.
    pub fn insert_session(&mut self, id: &[u8], secret: &[u8]) {
        self.put(Name::Session(id.into()), Label::Master, secret);
    }

    /// A premaster secret by the first bytes of it as it was encrypted.
    pub fn insert_encrypted(&mut self, begin: [u8; 8], secret: &[u8]) {
        self.put(Name::Encrypted(begin), Label::Premaster, secret);
    }

    /// A server's private key; none where there are enough.
    pub fn insert_private(&mut self, key: PrivateKey) -> Option<()> {
        (self.private.len() < PRIVATE_KEYS_MAX).then_some(())?;
        self.known += 1;
        self.has_premasters = true;
        self.private.push(key);
        Some(())
    }

    /// A secret of the connection with this client random.
    pub fn of(&self, random: &[u8; 32], label: Label) -> Option<Secret> {
        self.get(&Name::Random(*random), label)
    }

    /// The master secret of a session.
    pub fn of_session(&self, id: &[u8]) -> Option<Secret> {
        if id.is_empty() { None } else { self.get(&Name::Session(id.into()), Label::Master) }
    }

    /// The premaster secret that was encrypted so.
    pub fn of_encrypted(&self, encrypted: &[u8]) -> Option<Secret> {
        self.get(&Name::Encrypted(encrypted.get(..8)?.try_into().ok()?), Label::Premaster)
    }

    /// The premaster secret that was encrypted to one of the private keys.
    pub fn decrypt(&self, encrypted: &[u8]) -> Option<Secret> {
        self.private.iter().find_map(|key| key.premaster(encrypted))
    }

    /// Wipes what is known of a connection; its place in the order goes when its turn comes.
    pub fn forget(&mut self, random: &[u8; 32]) {
        self.secrets.remove(&Name::Random(*random));
    }

    fn get(&self, name: &Name, label: Label) -> Option<Secret> {
        self.secrets.get(name)?.iter().find(|secret| secret.0 == label).map(|secret| secret.1.clone())
    }

    fn put(&mut self, name: Name, label: Label, secret: &[u8]) {
        self.known += 1;
        self.has_premasters |= label == Label::Premaster;
        if let Some(secrets) = self.secrets.get_mut(&name) {
            secrets.retain(|known| known.0 != label);
            return secrets.push((label, Secret::new(secret)));
        }
        while self.order.len() >= CONNECTIONS_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.evicted += u64::from(self.secrets.remove(&oldest).is_some());
        }
        self.order.push_back(name.clone());
        self.secrets.insert(name, vec![(label, Secret::new(secret))]);
    }
}
