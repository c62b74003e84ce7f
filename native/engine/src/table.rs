//! The observations of one worker, by key.

use crate::codec::Encoder;
use crate::fold::Folds;
use crate::known::KnownView;
use crate::observation::{Key, Observation};
use crate::remembered::ByHash;
use crate::settings::Settings;
use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _};

/// Merges like exchanges until it goes up as a batch.
#[derive(Debug, Default)]
pub struct Table {
    #[allow(clippy::vec_box, reason = "growing moves pointers, not two kilobytes each")]
    entries: Vec<Box<(Key, Observation)>>,
    /// By 128 bits of a hash of the key: no two keys that traffic can hold share them, and they lie closer together than keys.
    index: HashMap<u128, usize, ByHash>,
    hashers: [RandomState; 2],
    folds: Folds,
    known: KnownView,
    folded: String,
}

/// The parts of a key, borrowed; a [`Key`] is made of them only when it is new.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs, reason = "the fields of Key")]
pub struct KeyParts<'a> {
    pub source: u8,
    pub service: &'a str,
    pub kind: &'static str,
    pub operation: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub status: u16,
    pub request_media_type: &'a str,
    pub response_media_type: &'a str,
    pub has_credentials: bool,
}

impl Table {
    /// Where the observation of a key is, its path folded where too many literals share a prefix, its operation where its path has too many.
    pub fn find(&mut self, parts: &KeyParts<'_>, settings: &Settings) -> usize {
        if let Some(at) = self.index.get(&parts.hash(&self.hashers)) {
            return *at;
        }
        self.known.renew(&settings.known);
        let mut folded = std::mem::take(&mut self.folded);
        let folded_parts = self.fold(parts, settings, &mut folded);
        let at = self.entry(&folded_parts, settings);
        self.folded = folded;
        at
    }

    /// The same, where there is one.
    pub fn find_known(&mut self, parts: &KeyParts<'_>, settings: &Settings) -> Option<usize> {
        self.known.renew(&settings.known);
        let mut folded = std::mem::take(&mut self.folded);
        let folded_parts = self.fold(parts, settings, &mut folded);
        let at = self.index.get(&folded_parts.hash(&self.hashers)).copied();
        self.folded = folded;
        at
    }

    /// The observation at a place that [`Table::find`] told.
    pub fn at(&mut self, at: usize) -> &mut Observation {
        &mut self.entries[at].1
    }

    /// Distinct keys.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Writes everything to `encoder` and starts anew; what is folded stays so.
    pub fn drain(&mut self, encoder: &mut Encoder, settings: &Settings) {
        self.entries.iter_mut().for_each(|entry| entry.1.settle(&settings.hash, &settings.digest));
        self.fold_again(settings);
        for entry in self.entries.drain(..) {
            encoder.observation(&entry.0, &entry.1);
        }
        self.index.clear();
    }

    fn entry(&mut self, parts: &KeyParts<'_>, settings: &Settings) -> usize {
        let at = *self.index.entry(parts.hash(&self.hashers)).or_insert(self.entries.len());
        if at == self.entries.len() {
            self.entries.push(Box::new((parts.to_key(), Observation::new(&settings.digest))));
        }
        at
    }

    /// A key with what does not stay folded, its path in `out`.
    fn fold<'a>(&mut self, parts: &KeyParts<'a>, settings: &Settings, out: &'a mut String) -> KeyParts<'a> {
        self.folds.fold(parts.service, parts.path, &settings.words, &self.known.literals, out);
        let stays = parts.operation.is_empty() || self.folds.keeps_operation(out, parts.kind, parts.operation);
        KeyParts { path: &out[parts.service.len()..], operation: if stays { parts.operation } else { "" }, ..*parts }
    }

    /// Moves what lies below literals, or is of operations, that gave way after it came.
    fn fold_again(&mut self, settings: &Settings) {
        self.known.renew(&settings.known);
        let (entries, mut folded) = (std::mem::take(&mut self.entries), String::new());
        loop {
            let before = self.folds.evictions();
            for entry in &entries {
                self.fold(&entry.0.parts(), settings, &mut folded);
            }
            if self.folds.evictions() == before {
                break;
            }
        }
        self.index.clear();
        let mut moved = Vec::new();
        for entry in entries {
            let parts = self.fold(&entry.0.parts(), settings, &mut folded);
            if *parts.path == *entry.0.path && *parts.operation == *entry.0.operation {
                self.index.insert(entry.0.parts().hash(&self.hashers), self.entries.len());
                self.entries.push(entry);
            } else {
                let key = parts.to_key();
                moved.push((entry, key));
            }
        }
        for (entry, key) in moved {
            let at = self.entry(&key.parts(), settings);
            self.entries[at].1.merge(entry.1, &settings.digest);
        }
    }
}

impl Key {
    /// Borrowed.
    pub fn parts(&self) -> KeyParts<'_> {
        KeyParts {
            source: self.source,
            service: &self.service,
            kind: self.kind,
            operation: &self.operation,
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
    /// 128 bits, half of them by each hasher.
    fn hash(&self, hashers: &[RandomState; 2]) -> u128 {
        // Nearly all are of this kind.
        let kind = if self.kind == "rest" { "" } else { self.kind };
        let texts = [kind, self.service, self.method, self.path, self.request_media_type, self.response_media_type];
        // The lengths say where each text ends.
        let lengths = texts.iter().fold(0, |lengths, text| lengths << 10 ^ text.len() as u64);
        let facts = (self.operation.len() as u64) << 32 | u64::from(self.source) << 17 | u64::from(self.status) << 1 | u64::from(self.has_credentials);
        let [low, high] = hashers.each_ref().map(|hasher| {
            let mut hash = hasher.build_hasher();
            hash.write_u64(facts);
            hash.write_u64(lengths);
            texts.iter().filter(|text| !text.is_empty()).for_each(|text| hash.write(text.as_bytes()));
            if !self.operation.is_empty() {
                hash.write(self.operation.as_bytes());
            }
            hash.finish()
        });
        u128::from(high) << 64 | u128::from(low)
    }

    /// Owned.
    pub fn to_key(self) -> Key {
        Key {
            source: self.source,
            service: self.service.into(),
            kind: self.kind,
            operation: self.operation.into(),
            method: self.method.into(),
            path: self.path.into(),
            status: self.status,
            request_media_type: self.request_media_type.into(),
            response_media_type: self.response_media_type.into(),
            has_credentials: self.has_credentials,
        }
    }
}
