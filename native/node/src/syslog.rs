//! Syslog of many senders.

use crate::{format_of, hash_key_of};
use napi::bindgen_prelude::{AsyncTask, Buffer, Uint8Array};
use napi::{Env, Result, Task};
use napi_derive::napi;
use std::sync::{Arc, Mutex, PoisonError};
use tapistry_engine::Options;
use tapistry_engine::settings::Settings;
use tapistry_engine::syslog::Syslog;

/// What syslog is read with.
#[napi(object)]
pub struct NativeSyslogOptions {
    /// The service of lines that name no host.
    pub host: String,
    /// Format by name or as a template; told by each message where absent.
    pub input_format: Option<String>,
    /// Path literals of registered specs.
    pub literals: Vec<String>,
    /// Words that are known in paths of APIs.
    pub words: Vec<String>,
    /// Secret of the keyed hashes, 16 bytes.
    pub hash_key: Uint8Array,
}

/// Syslog messages as they come off sockets.
#[napi]
pub struct NativeSyslog {
    syslog: Arc<Mutex<Syslog>>,
    settings: Arc<Settings>,
}

#[napi]
impl NativeSyslog {
    /// Nothing received. Throws with `InvalidArg` where the hash key or the format is wrong.
    #[napi(constructor)]
    pub fn new(options: NativeSyslogOptions) -> Result<Self> {
        let hash_key = hash_key_of(Some(&options.hash_key))?;
        let named = format_of(options.input_format.as_deref())?;
        let settings = Arc::new(Settings::new(&Options { literals: options.literals, words: options.words, hash_key, ..Options::default() }));
        Ok(NativeSyslog { syslog: Arc::new(Mutex::new(Syslog::new(settings.clone(), named, options.host))), settings })
    }

    /// Path literals of registered specs, for what is read from now on.
    #[napi]
    pub fn set_literals(&self, literals: Vec<String>) {
        self.settings.known.set(&literals);
    }

    /// Takes what was received: each piece is a datagram where its stream is 0, else the next bytes of that stream; without bytes, its end.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn receive(&self, pieces: Vec<Buffer>, streams: Vec<u32>) -> AsyncTask<Receive> {
        AsyncTask::new(Receive { syslog: self.syslog.clone(), pieces, streams })
    }

    /// Everything that was observed since the last call, as batches.
    #[napi]
    pub fn drain(&self) -> Vec<Buffer> {
        self.syslog.lock().unwrap_or_else(PoisonError::into_inner).drain().into_iter().map(Buffer::from).collect()
    }

    /// What was read over its life, as JSON.
    #[napi]
    pub fn counts(&self) -> String {
        self.syslog.lock().unwrap_or_else(PoisonError::into_inner).counts()
    }
}

/// Reads messages on a thread of libuv's pool.
pub struct Receive {
    syslog: Arc<Mutex<Syslog>>,
    pieces: Vec<Buffer>,
    streams: Vec<u32>,
}

impl Task for Receive {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<Self::Output> {
        let mut syslog = self.syslog.lock().unwrap_or_else(PoisonError::into_inner);
        for (piece, &stream) in self.pieces.iter().zip(&self.streams) {
            match stream {
                0 => syslog.datagram(piece),
                stream if piece.is_empty() => syslog.end(stream),
                stream => syslog.push(stream, piece),
            }
        }
        Ok(())
    }

    fn resolve(&mut self, _env: Env, _output: Self::Output) -> Result<Self::JsValue> {
        Ok(())
    }
}
