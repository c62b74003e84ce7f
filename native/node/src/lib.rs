//! The Node-API binding: thin, no logic. Its types are generated into `src/source/binding.d.ts`.

mod descriptors;
pub mod feed;
pub mod live;
mod memory;
pub mod notify;
pub mod otlp;
pub mod syslog;

use descriptors::{NativeDescriptors, shared};
use napi::bindgen_prelude::{AsyncTask, Buffer, Uint8Array};
use napi::{Env, Error, Result, Status, Task};
use napi_derive::napi;
use std::sync::Arc;
use tapistry_engine::{Mode, NamedFormat, Options, Position, Run, RunError, Tap};

/// What a run is asked to do.
#[napi(object)]
pub struct NativeOptions {
    /// Files, folders, globs, or `-`.
    pub inputs: Vec<String>,
    /// Lines of NDJSON instead of observations.
    pub exchanges: bool,
    /// Threads that reassemble.
    pub workers: u32,
    /// The service of log lines that name no host.
    pub host: Option<String>,
    /// Format of text inputs, by name or as a template.
    pub input_format: Option<String>,
    /// Whether `targetSha` and `bodySha` are shown.
    pub digests: bool,
    /// Whether lines of the input that are no exchange get a line too.
    pub rejections: bool,
    /// Path literals of registered specs.
    pub literals: Vec<String>,
    /// Words that are known in paths of APIs.
    pub words: Vec<String>,
    /// Secret of the keyed hashes, 16 bytes.
    pub hash_key: Option<Uint8Array>,
    /// What was read of which inputs before.
    pub resume: Vec<NativePosition>,
    /// Packet filter in tcpdump syntax.
    pub filter: Option<String>,
    /// VLANs and virtual networks do not tell flows apart.
    pub ignore_vlan: bool,
    /// Copies of packets are not looked for.
    pub keep_duplicates: bool,
    /// Files with secrets of TLS connections.
    pub keys: Vec<String>,
}

/// How far an input was read.
#[napi(object)]
pub struct NativePosition {
    /// SHA-256 over the first `bytes` decompressed bytes, hexadecimal.
    pub digest: String,
    /// Decompressed bytes.
    pub bytes: f64,
}

/// A run of the engine.
#[napi]
pub struct NativeRun {
    run: Arc<Run>,
}

#[napi]
impl NativeRun {
    /// Starts reading on threads of its own. Throws with `InvalidArg` where the hash key or the format is wrong.
    #[napi(constructor)]
    pub fn new(options: NativeOptions, descriptors: Option<&NativeDescriptors>) -> Result<Self> {
        let hash_key = hash_key_of(options.hash_key.as_ref())?;
        let input_format = format_of(options.input_format.as_deref())?;
        let run = Run::start(Options {
            inputs: options.inputs,
            mode: if options.exchanges { Mode::Exchanges } else { Mode::Observations },
            workers: options.workers as usize,
            host: options.host,
            input_format,
            digests: options.digests,
            rejections: options.rejections,
            literals: options.literals,
            words: options.words,
            hash_key,
            resume: options.resume.into_iter().map(|position| Position { digest: position.digest, bytes: position.bytes as u64 }).collect(),
            filter: options.filter,
            tap: Tap { ignore_vlan: options.ignore_vlan, keep_duplicates: options.keep_duplicates },
            keys: options.keys,
            keys_grow: false,
            descriptors: shared(descriptors),
        });
        Ok(NativeRun { run: Arc::new(run) })
    }

    /// The next batch, or null at the end. Rejects when the engine has a defect, and with `InvalidArg` where the packet filter is wrong.
    #[napi(ts_return_type = "Promise<Buffer | null>")]
    pub fn next(&self) -> AsyncTask<Next> {
        AsyncTask::new(Next { run: self.run.clone() })
    }

    /// What became of the inputs, as JSON; whole after the last batch.
    #[napi]
    pub fn report(&self) -> String {
        self.run.report()
    }

    /// Every counter, as JSON; whole after the last batch.
    #[napi]
    pub fn summary(&self) -> String {
        self.run.summary()
    }

    /// Packets or lines read so far.
    #[napi]
    pub fn progress(&self) -> f64 {
        self.run.progress() as f64
    }

    /// Ends the run early.
    #[napi]
    pub fn stop(&self) {
        self.run.stop();
    }
}

/// Waits for a batch on a thread of libuv's pool.
pub struct Next {
    run: Arc<Run>,
}

impl Task for Next {
    type Output = Option<Vec<u8>>;
    type JsValue = Option<Buffer>;

    fn compute(&mut self) -> Result<Self::Output> {
        pulled(self.run.next())
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output.map(Buffer::from))
    }
}

/// A batch as JavaScript gets it.
fn pulled(batch: std::result::Result<Option<Vec<u8>>, RunError>) -> Result<Option<Vec<u8>>> {
    let batch = batch.map_err(|error| match error {
        RunError::Filter(error) => Error::new(Status::InvalidArg, error.to_string()),
        RunError::Defect(reason) => Error::new(Status::GenericFailure, reason),
    })?;
    memory::give_back_after(batch.as_ref().map_or(0, Vec::len));
    Ok(batch)
}

fn format_of(text: Option<&str>) -> Result<Option<NamedFormat>> {
    text.map(NamedFormat::parse).transpose().map_err(|reason| Error::new(Status::InvalidArg, reason))
}

fn hash_key_of(key: Option<&Uint8Array>) -> Result<Option<[u8; 16]>> {
    key.map(|key| key.as_ref().try_into().map_err(|_| Error::new(Status::InvalidArg, "the hash key must have 16 bytes"))).transpose()
}

/// The path as it may be shown: `/users/{int}`.
#[napi]
pub fn shape_path(path: String, literals: Vec<String>) -> String {
    tapistry_engine::shape_path(&path, &literals)
}
