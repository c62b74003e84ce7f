//! Feeds of text records, and files of text as bytes.

use crate::descriptors::{NativeDescriptors, shared};
use crate::{NativePosition, format_of, hash_key_of, memory};
use napi::bindgen_prelude::{AsyncTask, Buffer, Uint8Array, Uint32Array};
use napi::{Env, Error, Result, Status, Task};
use napi_derive::napi;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tapistry_engine::feed::{Feed, TextFile};
use tapistry_engine::kept_hash::{self, KeptHash};
use tapistry_engine::pool::Pool;
use tapistry_engine::settings::Settings;
use tapistry_engine::{Options, Position, PrefixHash};

/// What a feed is asked to do.
#[napi(object)]
pub struct NativeFeedOptions {
    /// The service of lines that name no host.
    pub host: String,
    /// Format by name or as a template; told by the first lines where absent.
    pub input_format: Option<String>,
    /// Path literals of registered specs.
    pub literals: Vec<String>,
    /// Words that are known in paths of APIs.
    pub words: Vec<String>,
    /// Secret of the keyed hashes, 16 bytes.
    pub hash_key: Uint8Array,
    /// `gzip` or `zstd` where what is pushed is coded.
    pub coding: Option<String>,
}

/// Text records that come piece by piece.
#[napi]
pub struct NativeFeed {
    feed: Arc<Mutex<Feed>>,
    settings: Arc<Settings>,
}

#[napi]
impl NativeFeed {
    /// Nothing pushed. Throws with `InvalidArg` where the hash key or the format is wrong.
    #[napi(constructor)]
    pub fn new(options: NativeFeedOptions, descriptors: Option<&NativeDescriptors>) -> Result<Self> {
        memory::share_arenas();
        let hash_key = hash_key_of(Some(&options.hash_key))?;
        let named = format_of(options.input_format.as_deref())?;
        let settings = Arc::new(Settings::new(&Options {
            literals: options.literals,
            words: options.words,
            hash_key,
            descriptors: shared(descriptors),
            ..Options::default()
        }));
        let mut feed = Feed::new(settings.clone(), named, options.host);
        if let Some(coding) = options.coding {
            feed.decode(&coding).map_err(|reason| Error::new(Status::InvalidArg, reason))?;
        }
        Ok(NativeFeed { feed: Arc::new(Mutex::new(feed)), settings })
    }

    /// Path literals of registered specs, for what is read from now on.
    #[napi]
    pub fn set_literals(&self, literals: Vec<String>) {
        self.settings.known.set(&literals);
    }

    /// Takes bytes. Resolves to how many of all that were pushed are read; rejects with `InvalidArg` where they cannot be decoded.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn push(&self, bytes: Buffer) -> AsyncTask<Push> {
        AsyncTask::new(Push { feed: self.feed.clone(), work: Work::Push(bytes) })
    }

    /// Takes whole lines that count elsewhere, from the last line feed on. Resolves to how many of all that were pushed are read or passed.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn pass(&self, bytes: Buffer) -> AsyncTask<Push> {
        AsyncTask::new(Push { feed: self.feed.clone(), work: Work::Pass(bytes) })
    }

    /// Nothing follows. Resolves to how many bytes were pushed in all.
    #[napi(ts_return_type = "Promise<number>")]
    pub fn end(&self) -> AsyncTask<Push> {
        AsyncTask::new(Push { feed: self.feed.clone(), work: Work::End })
    }

    /// Takes whole records that end at `ends`. Resolves to those that held no exchange.
    #[napi(ts_return_type = "Promise<Array<NativePoison>>")]
    pub fn push_records(&self, bytes: Buffer, ends: Uint32Array) -> AsyncTask<PushRecords> {
        AsyncTask::new(PushRecords { feed: self.feed.clone(), bytes, ends: ends.to_vec() })
    }

    /// Everything that was observed since the last call, as batches.
    #[napi]
    pub fn drain(&self) -> Vec<Buffer> {
        handed_on(self.feed.lock().unwrap_or_else(PoisonError::into_inner).drain())
    }

    /// What was read over the life of the feed, as JSON.
    #[napi]
    pub fn counts(&self) -> String {
        self.feed.lock().unwrap_or_else(PoisonError::into_inner).counts()
    }

    /// The hash of the beginning of the file up to where it was read; null where what came before the feed is not known.
    #[napi]
    pub fn beginning(&self) -> Option<NativeBeginning> {
        self.feed.lock().unwrap_or_else(PoisonError::into_inner).beginning().map(|hash| KeptHash::from(hash).into())
    }
}

/// Reads lines on a thread of libuv's pool.
pub struct Push {
    feed: Arc<Mutex<Feed>>,
    work: Work,
}

enum Work {
    Push(Buffer),
    Pass(Buffer),
    End,
}

impl Task for Push {
    type Output = u64;
    type JsValue = f64;

    fn compute(&mut self) -> Result<Self::Output> {
        let mut feed = self.feed.lock().unwrap_or_else(PoisonError::into_inner);
        let read = match &self.work {
            Work::Push(bytes) => feed.push_coded(bytes),
            Work::Pass(bytes) => Ok(feed.pass(bytes)),
            Work::End => feed.end_coded(),
        };
        read.map_err(|reason| Error::new(Status::InvalidArg, reason))
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output as f64)
    }
}

/// What the feeds of a pool share.
#[napi(object)]
pub struct NativePoolOptions {
    /// Path literals of registered specs.
    pub literals: Vec<String>,
    /// Words that are known in paths of APIs.
    pub words: Vec<String>,
    /// Secret of the keyed hashes, 16 bytes.
    pub hash_key: Uint8Array,
}

/// What a feed of a pool is asked to do.
#[napi(object)]
pub struct NativePooledOptions {
    /// The service of lines that name no host.
    pub host: String,
    /// Format by name or as a template; told by the first lines where absent.
    pub input_format: Option<String>,
    /// The beginning of what comes, where it is not pushed itself.
    pub head: Option<Uint8Array>,
    /// What lies before that which is pushed, by its hash; nothing is hashed where it is absent.
    pub after: Option<NativeAfter>,
}

/// The bytes before a place.
#[napi(object)]
pub struct NativeAfter {
    /// How many; the other fields say nothing of none.
    pub bytes: f64,
    /// As `NativeBeginning` has it.
    pub state: String,
    /// The last of them, from the last multiple of 64 on.
    pub rest: Uint8Array,
}

/// The beginning of a file.
#[napi(object)]
pub struct NativeBeginning {
    /// Bytes.
    pub bytes: f64,
    /// Their SHA-256, hexadecimal.
    pub digest: String,
    /// The state of SHA-256 after the last multiple of 64 bytes, hexadecimal: from there it goes on.
    pub state: String,
}

impl From<KeptHash> for NativeBeginning {
    fn from(KeptHash { position, state }: KeptHash) -> Self {
        NativeBeginning { bytes: position.bytes as f64, digest: position.digest, state }
    }
}

/// The longest of the known beginnings that a file has, decompressed where it is compressed; null where it has none. Rejects where it cannot be read.
#[napi(ts_return_type = "Promise<NativeBeginning | null>")]
pub fn known_beginning(path: String, known: Vec<NativePosition>) -> AsyncTask<FindBeginning> {
    let known = known.into_iter().map(|position| Position { digest: position.digest, bytes: position.bytes as u64 }).collect();
    AsyncTask::new(FindBeginning { path: path.into(), known })
}

/// Reads a file on a thread of libuv's pool.
pub struct FindBeginning {
    path: PathBuf,
    known: Vec<Position>,
}

impl Task for FindBeginning {
    type Output = Option<KeptHash>;
    type JsValue = Option<NativeBeginning>;

    fn compute(&mut self) -> Result<Self::Output> {
        kept_hash::known_beginning(&self.path, &self.known).map_err(|error| Error::new(Status::GenericFailure, error.to_string()))
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output.map(NativeBeginning::from))
    }
}

/// Where what several feeds observe is merged.
#[napi]
pub struct NativePool {
    pool: Pool,
    settings: Arc<Settings>,
}

#[napi]
impl NativePool {
    /// Nothing observed. Throws with `InvalidArg` where the hash key is wrong.
    #[napi(constructor)]
    pub fn new(options: NativePoolOptions, descriptors: Option<&NativeDescriptors>) -> Result<Self> {
        memory::share_arenas();
        let hash_key = hash_key_of(Some(&options.hash_key))?;
        let settings = Arc::new(Settings::new(&Options {
            literals: options.literals,
            words: options.words,
            hash_key,
            descriptors: shared(descriptors),
            ..Options::default()
        }));
        Ok(NativePool { pool: Pool::new(settings.clone()), settings })
    }

    /// Path literals of registered specs, for what its feeds read from now on.
    #[napi]
    pub fn set_literals(&self, literals: Vec<String>) {
        self.settings.known.set(&literals);
    }

    /// A feed, nothing pushed, whose `drain` is that of the pool. Throws with `InvalidArg` where the format is wrong.
    #[napi]
    pub fn feed(&self, options: NativePooledOptions) -> Result<NativeFeed> {
        let named = format_of(options.input_format.as_deref())?;
        let head = options.head.map(|head| head.to_vec()).unwrap_or_default();
        let mut feed = Feed::into_pool(self.pool.clone(), named, options.host, head);
        if let Some(NativeAfter { bytes, state, rest }) = options.after {
            let hash = if bytes == 0.0 { Some(PrefixHash::default()) } else { kept_hash::resumed(&state, bytes as u64, &rest) };
            feed.go_on(hash.ok_or_else(|| Error::new(Status::InvalidArg, "the hash of what was read before makes no sense"))?);
        }
        Ok(NativeFeed { feed: Arc::new(Mutex::new(feed)), settings: self.settings.clone() })
    }

    /// Everything that its feeds observed since the last call, as batches.
    #[napi(ts_return_type = "Promise<Array<Buffer>>")]
    pub fn drain(&self) -> AsyncTask<DrainPool> {
        AsyncTask::new(DrainPool { pool: self.pool.clone() })
    }
}

/// Packs what was observed on a thread of libuv's pool: of thousands of keys that takes many milliseconds, and so does giving back their memory.
pub struct DrainPool {
    pool: Pool,
}

impl Task for DrainPool {
    type Output = Vec<Vec<u8>>;
    type JsValue = Vec<Buffer>;

    fn compute(&mut self) -> Result<Self::Output> {
        let batches = self.pool.drain();
        memory::give_back_after(batches.iter().map(Vec::len).sum());
        Ok(batches)
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output.into_iter().map(Buffer::from).collect())
    }
}

fn handed_on(batches: Vec<Vec<u8>>) -> Vec<Buffer> {
    memory::give_back_after(batches.iter().map(Vec::len).sum());
    batches.into_iter().map(Buffer::from).collect()
}

/// A record that held no exchange.
#[napi(object)]
pub struct NativePoison {
    /// Which of the records that were pushed together.
    pub index: u32,
    /// Why its last line is none, or `empty`.
    pub reason: String,
}

/// Reads records on a thread of libuv's pool.
pub struct PushRecords {
    feed: Arc<Mutex<Feed>>,
    bytes: Buffer,
    ends: Vec<u32>,
}

impl Task for PushRecords {
    type Output = Vec<(u32, &'static str)>;
    type JsValue = Vec<NativePoison>;

    fn compute(&mut self) -> Result<Self::Output> {
        Ok(self.feed.lock().unwrap_or_else(PoisonError::into_inner).push_records(&self.bytes, &self.ends))
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output.into_iter().map(|(index, reason)| NativePoison { index, reason: reason.into() }).collect())
    }
}

/// The bytes of a text file, decompressed where it is compressed.
#[napi]
pub struct NativeText {
    file: Arc<Mutex<TextFile>>,
}

#[napi]
impl NativeText {
    /// Opens nothing yet.
    #[napi(constructor)]
    pub fn new(path: String) -> Self {
        NativeText { file: Arc::new(Mutex::new(TextFile::new(path.into()))) }
    }

    /// The next bytes, or null at the end. Rejects where the file cannot be read or holds no text.
    #[napi(ts_return_type = "Promise<Buffer | null>")]
    pub fn next(&self) -> AsyncTask<NextBytes> {
        AsyncTask::new(NextBytes { file: self.file.clone() })
    }
}

/// Reads bytes on a thread of libuv's pool.
pub struct NextBytes {
    file: Arc<Mutex<TextFile>>,
}

impl Task for NextBytes {
    type Output = Option<Vec<u8>>;
    type JsValue = Option<Buffer>;

    fn compute(&mut self) -> Result<Self::Output> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.next().map_err(|error| Error::new(Status::GenericFailure, error.to_string()))
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output.map(Buffer::from))
    }
}
