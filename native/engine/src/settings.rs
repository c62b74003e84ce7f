//! What is fixed over one run, shared by all workers.

use crate::budget::Budget;
use crate::fold::Words;
use crate::key_files::FollowedKeys;
use crate::known::Known;
use crate::limits::Limits;
use crate::options::Options;
use std::sync::{Arc, Mutex, PoisonError};
use tapistry_digest::Limits as DigestLimits;
use tapistry_digest::descriptors::Descriptors;
use tapistry_digest::hash::KeyedHash;
use tapistry_tls::Keys;

/// Distinct texts kept of a field of a body while they are fewer: enough to tell an enumeration, which has at most 24.
const BODY_VALUES_MAX: usize = 32;

/// Distinct values kept of a parameter.
const PARAMETER_VALUES_MAX: usize = 128;

/// The key of hashes that are never shown nor kept.
const PUBLIC_KEY: [u8; 16] = *b"tapistry-no-key!";

/// What goes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Merged observations.
    Observations,
    /// One line for each exchange.
    Exchanges,
}

/// Options and shared state of one run.
#[derive(Debug)]
pub struct Settings {
    /// What goes up.
    pub mode: Mode,
    /// Whether `targetSha` and `bodySha` are shown.
    pub digests: bool,
    /// Whether lines of the input that are no exchange get a line too.
    pub rejections: bool,
    /// Path literals of registered specs.
    pub known: Known,
    /// Which path literals stay where there are very many.
    pub words: Words,
    /// Under the secret of the data directory, or a constant.
    pub hash: KeyedHash,
    /// Bounds.
    pub limits: Limits,
    /// Bounds of digests of bodies.
    pub digest: DigestLimits,
    /// Bounds of digests of parameters: more distinct values, since their number is shown.
    pub parameters: DigestLimits,
    /// Memory for bodies.
    pub bodies: Budget,
    /// Memory for what compressed messages of WebSocket refer to.
    pub inflaters: Budget,
    /// Memory for what is not whole yet.
    pub buffers: Budget,
    /// Secrets of TLS connections.
    pub keys: Arc<Keys>,
    /// Where more of them come from while packets are read.
    pub followed: Mutex<FollowedKeys>,
    /// What is known of the messages of gRPC.
    pub descriptors: Arc<Descriptors>,
}

impl Settings {
    /// As the options of a run say.
    pub fn new(options: &Options) -> Self {
        let (limits, known) = (Limits::default(), Known::default());
        known.set(&options.literals);
        Settings {
            mode: options.mode,
            digests: options.digests,
            rejections: options.rejections,
            known,
            words: Words { familiar: options.words.iter().map(|word| word.as_str().into()).collect() },
            hash: KeyedHash::new(&options.hash_key.unwrap_or(PUBLIC_KEY)),
            bodies: Budget::new(limits.bodies_kept_bytes_max),
            inflaters: Budget::new(limits.inflaters_bytes_max),
            buffers: Budget::new(limits.buffers_bytes_max),
            digest: DigestLimits { values_max: BODY_VALUES_MAX, is_sampled: false, ..DigestLimits::default() },
            parameters: DigestLimits { values_max: PARAMETER_VALUES_MAX, ..DigestLimits::default() },
            keys: Arc::new(Keys::new(options.keys_grow)),
            followed: Mutex::default(),
            descriptors: options.descriptors.clone(),
            limits,
        }
    }

    /// Takes the secrets that have come to the logs that are followed.
    pub fn look_for_keys(&self) {
        self.followed.lock().unwrap_or_else(PoisonError::into_inner).look(&self.keys);
    }
}
