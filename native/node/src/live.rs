//! Capturing from interfaces, as JavaScript sees it.

use crate::descriptors::{NativeDescriptors, shared};
use crate::hash_key_of;
use napi::bindgen_prelude::{AsyncTask, Buffer, Uint8Array};
use napi::{Env, Error, Result, Status, Task};
use napi_derive::napi;
use std::sync::Arc;
use tapistry_engine::{Interface, Live, LiveOptions, RING_BYTES, Tap, privileges};

/// An interface to capture from.
#[napi(object)]
pub struct NativeInterface {
    /// As the system names it.
    pub name: String,
    /// Packet filter in tcpdump syntax.
    pub filter: Option<String>,
    /// VLANs and virtual networks do not tell flows apart.
    pub ignore_vlan: bool,
    /// Copies of packets are not looked for.
    pub keep_duplicates: bool,
    /// Threads that share its packets by flow.
    pub workers: u32,
    /// Bytes of the ring of each of them.
    pub ring_bytes: Option<u32>,
}

/// What a live run is asked to do.
#[napi(object)]
pub struct NativeLiveOptions {
    /// Each name once.
    pub interfaces: Vec<NativeInterface>,
    /// Milliseconds after which what was seen goes up as a batch.
    pub flush_ms: u32,
    /// Path literals of registered specs.
    pub literals: Vec<String>,
    /// Words that are known in paths of APIs.
    pub words: Vec<String>,
    /// Secret of the keyed hashes, 16 bytes.
    pub hash_key: Option<Uint8Array>,
    /// Files with secrets of TLS connections, which may grow.
    pub keys: Vec<String>,
}

/// A live run of the engine.
#[napi]
pub struct NativeLive {
    live: Arc<Live>,
}

#[napi]
impl NativeLive {
    /// The next batch, or null after `stop` when all are pulled. Rejects when the engine has a defect.
    #[napi(ts_return_type = "Promise<Buffer | null>")]
    pub fn next(&self) -> AsyncTask<NextLive> {
        AsyncTask::new(NextLive { live: self.live.clone() })
    }

    /// How it stands with each interface, as JSON.
    #[napi]
    pub fn status(&self) -> String {
        self.live.status()
    }

    /// Path literals of registered specs, for requests that are read from now on.
    #[napi]
    pub fn set_literals(&self, literals: Vec<String>) {
        self.live.set_literals(&literals);
    }

    /// Ends the run; what was seen still comes as batches.
    #[napi]
    pub fn stop(&self) {
        self.live.stop();
    }
}

/// Starts to capture. Rejects with `InvalidArg` where that cannot work, and says why.
#[napi(ts_return_type = "Promise<NativeLive>")]
pub fn open_live(options: NativeLiveOptions, descriptors: Option<&NativeDescriptors>) -> Result<AsyncTask<OpenLive>> {
    let interface = |NativeInterface { name, filter, ignore_vlan, keep_duplicates, workers, ring_bytes }| {
        let ring_bytes = ring_bytes.map_or(RING_BYTES, |bytes| bytes as usize);
        (Interface { name, filter, members: workers as usize, ring_bytes }, Tap { ignore_vlan, keep_duplicates })
    };
    Ok(AsyncTask::new(OpenLive {
        options: LiveOptions {
            hash_key: hash_key_of(options.hash_key.as_ref())?,
            interfaces: options.interfaces.into_iter().map(interface).collect(),
            flush_ms: u64::from(options.flush_ms),
            literals: options.literals,
            words: options.words,
            keys: options.keys,
            descriptors: shared(descriptors),
        },
    }))
}

/// Why this process cannot capture from interfaces, with what mends it; null where it can.
#[napi]
pub fn capture_problem() -> Option<String> {
    privileges::require().err().map(|error| error.to_string())
}

/// Takes every capability but CAP_NET_RAW from this thread and from what the process becomes by execve, which must follow where it says so.
#[napi]
pub fn keep_net_raw() -> Result<bool> {
    privileges::keep_net_raw().map_err(|reason| Error::new(Status::GenericFailure, reason))
}

/// Starts on a thread of libuv's pool, since names in filters may have to be looked up.
pub struct OpenLive {
    options: LiveOptions,
}

impl Task for OpenLive {
    type Output = Live;
    type JsValue = NativeLive;

    fn compute(&mut self) -> Result<Self::Output> {
        Live::start(self.options.clone()).map_err(|error| Error::new(Status::InvalidArg, error.to_string()))
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(NativeLive { live: Arc::new(output) })
    }
}

/// Waits for a batch on a thread of libuv's pool.
pub struct NextLive {
    live: Arc<Live>,
}

impl Task for NextLive {
    type Output = Option<Vec<u8>>;
    type JsValue = Option<Buffer>;

    fn compute(&mut self) -> Result<Self::Output> {
        crate::pulled(self.live.next())
    }

    fn resolve(&mut self, _env: Env, output: Self::Output) -> Result<Self::JsValue> {
        Ok(output.map(Buffer::from))
    }
}
