//! The observations of one worker, by key.

use crate::codec::Encoder;
use crate::observation::{Key, Observation};
use siphasher::sip::SipHasher13;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// Merges like exchanges until it goes up as a batch.
#[derive(Debug, Default)]
pub struct Table {
    entries: Vec<(Key, Observation)>,
    index: HashMap<Box<[u8]>, usize, BuildHasherDefault<SipHasher13>>,
    key: Vec<u8>,
}

/// The parts of a key, borrowed; a [`Key`] is made of them only when it is new.
#[derive(Debug, Clone, Copy)]
pub struct KeyParts<'a> {
    pub source: u8,
    pub service: &'a str,
    pub network: &'static str,
    pub method: &'a str,
    pub path: &'a str,
    pub status: u16,
    pub request_media_type: &'a str,
    pub response_media_type: &'a str,
    pub auth: tapistry_digest::auth::AuthSet,
    pub client_kind: &'static str,
}

impl Table {
    /// The observation of a key.
    pub fn of(&mut self, parts: &KeyParts<'_>) -> &mut Observation {
        parts.write(&mut self.key);
        let at = match self.index.get(&self.key[..]) {
            Some(at) => *at,
            None => {
                self.entries.push((parts.to_key(), Observation::new()));
                self.index.insert(self.key.as_slice().into(), self.entries.len() - 1);
                self.entries.len() - 1
            }
        };
        &mut self.entries[at].1
    }

    /// Distinct keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Writes everything to `encoder` and starts anew.
    pub fn drain(&mut self, encoder: &mut Encoder) {
        for (key, observation) in self.entries.drain(..) {
            encoder.observation(&key, &observation);
        }
        self.index.clear();
    }
}

impl KeyParts<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        out.clear();
        out.push(self.source);
        out.extend_from_slice(&self.status.to_le_bytes());
        out.extend_from_slice(&self.auth.0.to_le_bytes());
        for text in [self.service, self.network, self.method, self.path, self.request_media_type, self.response_media_type, self.client_kind] {
            out.extend_from_slice(text.as_bytes());
            out.push(0);
        }
    }

    fn to_key(self) -> Key {
        Key {
            source: self.source,
            service: self.service.into(),
            network: self.network,
            kind: "rest",
            method: self.method.into(),
            path: self.path.into(),
            status: self.status,
            request_media_type: self.request_media_type.into(),
            response_media_type: self.response_media_type.into(),
            auth: self.auth.names().collect(),
            client_kind: self.client_kind,
        }
    }
}
