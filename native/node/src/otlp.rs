//! Export requests of OTLP.

use crate::hash_key_of;
use napi::bindgen_prelude::{AsyncTask, Buffer, Uint8Array};
use napi::{Env, Error, Result, Status, Task};
use napi_derive::napi;
use std::sync::{Arc, Mutex, PoisonError};
use tapistry_engine::Options;
use tapistry_engine::otlp::{Form, Otlp, Signal};
use tapistry_engine::settings::Settings;

/// What a request is, and what it is read with.
#[napi(object)]
pub struct NativeOtlpOptions {
    /// Logs instead of traces.
    pub logs: bool,
    /// JSON instead of Protocol Buffers.
    pub json: bool,
    /// Coded by gzip.
    pub gzip: bool,
    /// The service of exchanges without a host whose resource has no name.
    pub host: String,
    /// Path literals of registered specs.
    pub literals: Vec<String>,
    /// Words that are known in paths of APIs.
    pub words: Vec<String>,
    /// Secret of the keyed hashes, 16 bytes.
    pub hash_key: Uint8Array,
}

/// One export request of OTLP.
#[napi]
pub struct NativeOtlp {
    otlp: Arc<Mutex<Otlp>>,
}

#[napi]
impl NativeOtlp {
    /// Nothing received. Throws with `InvalidArg` where the hash key is wrong.
    #[napi(constructor)]
    pub fn new(options: NativeOtlpOptions) -> Result<Self> {
        let hash_key = hash_key_of(Some(&options.hash_key))?;
        let settings = Settings::new(&Options { literals: options.literals, words: options.words, hash_key, ..Options::default() });
        let signal = if options.logs { Signal::Logs } else { Signal::Traces };
        let form = if options.json { Form::Json } else { Form::Protobuf };
        let mut otlp = Otlp::new(Arc::new(settings), signal, form, options.host);
        if options.gzip {
            otlp.decode_gzip();
        }
        Ok(NativeOtlp { otlp: Arc::new(Mutex::new(otlp)) })
    }

    /// Takes bytes. Rejects with `InvalidArg` where the request cannot be read.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn push(&self, bytes: Buffer) -> AsyncTask<OtlpPush> {
        AsyncTask::new(OtlpPush { otlp: self.otlp.clone(), bytes: Some(bytes) })
    }

    /// Nothing follows. Rejects with `InvalidArg` where the request cannot be read.
    #[napi(ts_return_type = "Promise<void>")]
    pub fn end(&self) -> AsyncTask<OtlpPush> {
        AsyncTask::new(OtlpPush { otlp: self.otlp.clone(), bytes: None })
    }

    /// Everything that was observed, as batches.
    #[napi]
    pub fn drain(&self) -> Vec<Buffer> {
        self.otlp.lock().unwrap_or_else(PoisonError::into_inner).drain().into_iter().map(Buffer::from).collect()
    }

    /// What was read, as JSON.
    #[napi]
    pub fn counts(&self) -> String {
        self.otlp.lock().unwrap_or_else(PoisonError::into_inner).counts()
    }
}

/// Reads on a thread of libuv's pool.
pub struct OtlpPush {
    otlp: Arc<Mutex<Otlp>>,
    /// None at the end.
    bytes: Option<Buffer>,
}

impl Task for OtlpPush {
    type Output = ();
    type JsValue = ();

    fn compute(&mut self) -> Result<Self::Output> {
        let mut otlp = self.otlp.lock().unwrap_or_else(PoisonError::into_inner);
        let read = match &self.bytes {
            Some(bytes) => otlp.push(bytes),
            None => otlp.end(),
        };
        read.map_err(|reason| Error::new(Status::InvalidArg, reason))
    }

    fn resolve(&mut self, _env: Env, _output: Self::Output) -> Result<Self::JsValue> {
        Ok(())
    }
}
