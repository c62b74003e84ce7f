//! What a run is asked to do.

use crate::settings::Mode;
use crate::tap::Tap;
use std::sync::Arc;
use tapistry_digest::descriptors::Descriptors;
use tapistry_logs::NamedFormat;

/// Options of one run.
#[derive(Clone, Debug)]
pub struct Options {
    /// Files, folders, globs, or `-`.
    pub inputs: Vec<String>,
    /// What comes out.
    pub mode: Mode,
    /// Threads that reassemble; 1 does it on the reading thread. `exchanges` always uses 1, since its lines have an order.
    pub workers: usize,
    /// The service of log lines that name no host; else `unknown (FILE)`.
    pub host: Option<String>,
    /// Format of text inputs; told by content where none is given.
    pub input_format: Option<NamedFormat>,
    /// Whether `targetSha` and `bodySha` are shown.
    pub digests: bool,
    /// Whether lines of the input that are no exchange get a line too, with the reason; of exchanges only.
    pub rejections: bool,
    /// Path literals of registered specs: they are shown whatever they look like.
    pub literals: Vec<String>,
    /// Words that are known in paths of APIs: they stay apart where there are too many literals to keep.
    pub words: Vec<String>,
    /// Secret of the keyed hashes; a constant where there is none, so nothing keyed may be shown or kept.
    pub hash_key: Option<[u8; 16]>,
    /// What was read of which inputs before.
    pub resume: Vec<Position>,
    /// Which packets of captures are used, in tcpdump syntax; all where there is none.
    pub filter: Option<String>,
    /// What is known of the tap that captures are from.
    pub tap: Tap,
    /// Files with secrets of TLS connections.
    pub keys: Vec<String>,
    /// Whether more secrets may come while packets are read.
    pub keys_grow: bool,
    /// What is known of the messages of gRPC.
    pub descriptors: Arc<Descriptors>,
}

/// How far an input was read: bytes consumed and their hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// SHA-256 over the first `bytes` decompressed bytes, hexadecimal.
    pub digest: String,
    /// Decompressed bytes.
    pub bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            inputs: Vec::new(),
            mode: Mode::Observations,
            workers: 1,
            host: None,
            input_format: None,
            digests: false,
            rejections: false,
            literals: Vec::new(),
            words: Vec::new(),
            hash_key: None,
            resume: Vec::new(),
            filter: None,
            tap: Tap::default(),
            keys: Vec::new(),
            keys_grow: false,
            descriptors: Arc::default(),
        }
    }
}
