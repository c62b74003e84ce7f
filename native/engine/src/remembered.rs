//! What heads say again and again, as one worker remembers it. Memories only: forgetting changes no result.

use crate::credentials::Credentials;
use crate::head::service_name;
use crate::settings::Settings;
use std::hash::{BuildHasherDefault, Hasher};
use tapistry_digest::path::Literals;

/// The memories of one worker.
#[derive(Debug)]
pub struct Remembered {
    /// What credentials and user agents say.
    pub credentials: Credentials,
    /// Which path segments are literals.
    pub literals: Literals,
    /// The services that hosts name.
    pub services: Services,
}

impl Remembered {
    /// Nothing remembered.
    pub fn new(settings: &Settings) -> Self {
        Remembered { credentials: Credentials::default(), literals: Literals::new(settings.literals.clone()), services: Services::default() }
    }
}

/// Names of services by authority as sent and its scheme.
#[derive(Debug)]
pub struct Services {
    slots: Box<[Service]>,
}

#[derive(Clone, Debug, Default)]
struct Service {
    host: Box<[u8]>,
    scheme: u8,
    name: Box<str>,
}

/// A power of two.
const SERVICES: usize = 256;

impl Default for Services {
    fn default() -> Self {
        Services { slots: vec![Service::default(); SERVICES].into_boxed_slice() }
    }
}

impl Services {
    /// Appends the name of the service that `host` is with `scheme` (`h`, `s`, 0 for unknown); false where it is no authority.
    pub fn write(&mut self, host: &[u8], scheme: u8, out: &mut String) -> bool {
        if host.is_empty() {
            return false;
        }
        // Names differ in their first bytes and length, hardly in what lies between.
        let head = host.iter().take(12).fold(host.len() as u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193));
        let slot = &mut self.slots[(head >> 8) as usize % SERVICES];
        if *slot.host != *host || slot.scheme != scheme {
            let Some(name) = service_name(host, scheme) else { return false };
            *slot = Service { host: host.into(), scheme, name: name.into() };
        }
        out.push_str(&slot.name);
        true
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
