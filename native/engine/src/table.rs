//! The observations of one worker, by key.

use crate::codec::Encoder;
use crate::fold::{Evicted, Folds};
use crate::observation::{Key, Observation};
use crate::settings::Settings;
use siphasher::sip::SipHasher13;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;

/// Merges like exchanges until it goes up as a batch.
#[derive(Debug, Default)]
pub struct Table {
    #[allow(clippy::vec_box, reason = "taking one out moves a pointer, not two kilobytes")]
    entries: Vec<Box<(Key, Observation)>>,
    index: HashMap<Box<[u8]>, usize, BuildHasherDefault<SipHasher13>>,
    folds: Folds,
    /// Where keys went whose path was folded, as far as remembered: a cache, forgotten whenever entries move.
    aliases: HashMap<Box<[u8]>, usize, BuildHasherDefault<SipHasher13>>,
    key: Vec<u8>,
    folded: String,
}

const ALIASES_MAX: usize = 65_536;

/// The parts of a key, borrowed; a [`Key`] is made of them only when it is new.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "the fields of Key")]
pub struct KeyParts<'a> {
    pub source: u8,
    pub service: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub status: u16,
    pub request_media_type: &'a str,
    pub response_media_type: &'a str,
    pub has_credentials: bool,
}

impl Table {
    /// The observation of a key, its path folded where too many literals share a prefix.
    pub fn of(&mut self, parts: &KeyParts<'_>, settings: &Settings) -> &mut Observation {
        parts.write(&mut self.key);
        let at = match self.index.get(&self.key[..]) {
            Some(at) => *at,
            None => match self.aliases.get(&self.key[..]) {
                Some(at) => *at,
                None => self.add_remembered(parts, settings),
            },
        };
        &mut self.entries[at].1
    }

    fn add_remembered(&mut self, parts: &KeyParts<'_>, settings: &Settings) -> usize {
        let at = self.add(parts, settings);
        parts.write(&mut self.key);
        if !self.index.contains_key(&self.key[..]) {
            if self.aliases.len() >= ALIASES_MAX {
                self.aliases.clear();
            }
            self.aliases.insert(self.key.as_slice().into(), at);
        }
        at
    }

    /// Distinct keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Writes everything to `encoder` and starts anew; what is folded stays so.
    pub fn drain(&mut self, encoder: &mut Encoder) {
        for entry in self.entries.drain(..) {
            encoder.observation(&entry.0, &entry.1);
        }
        self.index.clear();
        self.aliases.clear();
    }

    /// The path is new: folds it, and what gives way to it.
    fn add(&mut self, parts: &KeyParts<'_>, settings: &Settings) -> usize {
        let mut folded = std::mem::take(&mut self.folded);
        let evicted = self.folds.fold(parts.service, parts.path, &settings.words, &mut folded);
        for evicted in evicted {
            self.evict(&evicted, settings);
        }
        let parts = KeyParts { path: &folded[parts.service.len()..], ..*parts };
        let at = self.entry(&parts);
        self.folded = folded;
        at
    }

    fn entry(&mut self, parts: &KeyParts<'_>) -> usize {
        parts.write(&mut self.key);
        if let Some(at) = self.index.get(&self.key[..]) {
            return *at;
        }
        self.entries.push(Box::new((parts.to_key(), Observation::new())));
        self.index.insert(self.key.as_slice().into(), self.entries.len() - 1);
        self.entries.len() - 1
    }

    /// Moves what lies below a literal that no longer stays.
    fn evict(&mut self, evicted: &Evicted, settings: &Settings) {
        self.aliases.clear();
        let mut moved = Vec::new();
        let mut at = 0;
        while let Some(entry) = self.entries.get(at) {
            if evicted.rest(&entry.0).is_some() { moved.push(self.take_out(at)) } else { at += 1 }
        }
        for entry in moved {
            let (key, observation) = *entry;
            let rest = evicted.rest(&key).unwrap_or_default();
            let path = format!("{}{{word}}{rest}", &evicted.prefix[key.service.len()..]);
            let at = self.add(&KeyParts { path: &path, ..key.parts() }, settings);
            self.entries[at].1.merge(observation, &settings.digest);
        }
    }

    /// Takes an entry out; the last one takes its place.
    fn take_out(&mut self, at: usize) -> Box<(Key, Observation)> {
        let entry = self.entries.swap_remove(at);
        entry.0.parts().write(&mut self.key);
        self.index.remove(&self.key[..]);
        if let Some(other) = self.entries.get(at) {
            other.0.parts().write(&mut self.key);
            if let Some(place) = self.index.get_mut(&self.key[..]) {
                *place = at;
            }
        }
        entry
    }
}

impl Evicted {
    /// What follows the literal in the path of `key`, if it lies there.
    fn rest<'k>(&self, key: &'k Key) -> Option<&'k str> {
        let prefix = self.prefix.strip_prefix(&*key.service)?;
        let rest = key.path.strip_prefix(prefix)?.strip_prefix(&*self.literal)?;
        (prefix.starts_with('/') && (rest.is_empty() || rest.starts_with('/'))).then_some(rest)
    }
}

impl Key {
    fn parts(&self) -> KeyParts<'_> {
        KeyParts {
            source: self.source,
            service: &self.service,
            method: &self.method,
            path: &self.path,
            status: self.status,
            request_media_type: &self.request_media_type,
            response_media_type: &self.response_media_type,
            has_credentials: self.has_credentials,
        }
    }
}

impl KeyParts<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        out.clear();
        out.push(self.source);
        out.extend_from_slice(&self.status.to_le_bytes());
        out.push(u8::from(self.has_credentials));
        for text in [self.service, self.method, self.path, self.request_media_type, self.response_media_type] {
            out.extend_from_slice(text.as_bytes());
            out.push(0);
        }
    }

    fn to_key(self) -> Key {
        Key {
            source: self.source,
            service: self.service.into(),
            kind: "rest",
            method: self.method.into(),
            path: self.path.into(),
            status: self.status,
            request_media_type: self.request_media_type.into(),
            response_media_type: self.response_media_type.into(),
            has_credentials: self.has_credentials,
        }
    }
}
