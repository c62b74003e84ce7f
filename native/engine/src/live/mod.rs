//! Captures from interfaces until it is stopped, and gives batches to whoever pulls.
//!
//! Each member of an interface's fanout group has a thread with a decoder, a reassembler and a worker of its own. Capture waits for nobody: while
//! batches are not pulled, observations go on merging in the worker's table; what would make that grow beyond its bound is counted and forgotten.

mod batches;
mod held;
mod lane;
mod mesh;
mod reader;
mod session;
mod status;
#[cfg(test)]
mod test_packets;

use crate::key_files::FollowedKeys;
use crate::options::Options;
use crate::run::RunError;
use crate::settings::Settings;
use crate::tap::Tap;
use reader::Reader;
use session::Session;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tapistry_capture::live::{Interface, LiveError, Member, privileges};
use tapistry_digest::descriptors::Descriptors;

/// Batches that wait to be pulled; each member holds one more.
const BATCHES_MAX: usize = 4;
/// Interfaces of one run.
const INTERFACES_MAX: usize = 64;
/// How often key logs are looked at.
const KEYS_LOOKED_AT: Duration = Duration::from_millis(100);
/// A batch goes up this often at most, and at least.
const FLUSH_MS: std::ops::RangeInclusive<u64> = 10..=60_000;

/// What a live run is asked to do.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// Where packets come from, each name once, and what is known of the taps there.
    pub interfaces: Vec<(Interface, Tap)>,
    /// Milliseconds of wall time after which what was seen goes up as a batch, 10 to 60,000.
    pub flush_ms: u64,
    /// Path literals of registered specs: they are shown whatever they look like.
    pub literals: Vec<String>,
    /// Words that are known in paths of APIs: they stay apart where there are too many literals to keep.
    pub words: Vec<String>,
    /// Secret of the keyed hashes; a constant where there is none, so nothing keyed may be shown or kept.
    pub hash_key: Option<[u8; 16]>,
    /// Files with secrets of TLS connections, which may grow.
    pub keys: Vec<String>,
    /// What is known of the messages of gRPC.
    pub descriptors: Arc<Descriptors>,
}

/// A run that goes on until it is stopped.
#[derive(Debug)]
pub struct Live {
    batches: Mutex<Receiver<Vec<u8>>>,
    session: Arc<Session>,
    settings: Arc<Settings>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Live {
    /// Starts to capture. Fails where waiting mends nothing: no capability, a filter that is wrong or for which there is no libpcap, a name that
    /// cannot be one. An interface that is not there is none of that: it is waited for. Takes as long as names in filters take to be looked up.
    pub fn start(options: LiveOptions) -> Result<Self, LiveError> {
        let LiveOptions { interfaces: tapped, flush_ms, literals, words, hash_key, keys, descriptors } = options;
        let (interfaces, taps): (Vec<Interface>, Vec<Tap>) = tapped.into_iter().unzip();
        check(&interfaces, flush_ms)?;
        privileges::require()?;
        let members: Vec<Vec<Member>> = interfaces.iter().map(Member::all).collect::<Result<_, _>>()?;
        let options = Options { literals, words, hash_key, keys_grow: !keys.is_empty(), descriptors, ..Options::default() };
        let settings = Arc::new(Settings { followed: FollowedKeys::new(&keys).into(), ..Settings::new(&options) });
        let session = Arc::new(Session::new(interfaces, taps));
        let (sender, batches) = sync_channel(BATCHES_MAX);
        let mut threads = Vec::new();
        for (interface, members) in members.into_iter().enumerate() {
            for (place, (member, mesh)) in members.into_iter().zip(mesh::all(session.members(interface))).enumerate() {
                let reader = Reader::new(member, mesh, (interface, place), &settings, &session, sender.clone());
                threads.push(std::thread::spawn(move || reader.run(Duration::from_millis(flush_ms))));
            }
        }
        if !keys.is_empty() {
            let (settings, session) = (settings.clone(), session.clone());
            threads.push(std::thread::spawn(move || follow(&settings, &session)));
        }
        Ok(Self { batches: Mutex::new(batches), session, settings, threads: Mutex::new(threads) })
    }

    /// The next batch, waited for; none after [`Live::stop`] when all are pulled.
    pub fn next(&self) -> Result<Option<Vec<u8>>, RunError> {
        if let Ok(batch) = self.batches.lock().unwrap_or_else(PoisonError::into_inner).recv() {
            return Ok(Some(batch));
        }
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        match threads.into_iter().map(JoinHandle::join).filter_map(Result::err).last() {
            Some(panic) => Err(RunError::defect(&*panic)),
            None => Ok(None),
        }
    }

    /// How it stands with each interface, as JSON.
    pub fn status(&self) -> String {
        self.session.status()
    }

    /// Path literals of registered specs, for requests that are read from now on.
    pub fn set_literals(&self, literals: &[String]) {
        self.settings.known.set(literals);
    }

    /// Ends the run; what was seen still comes as batches.
    pub fn stop(&self) {
        self.session.stopped.store(true, Ordering::Relaxed);
    }
}

/// Looks for new secrets until the run ends.
fn follow(settings: &Settings, session: &Session) {
    while session.is_open() {
        settings.look_for_keys();
        std::thread::sleep(KEYS_LOOKED_AT);
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.stop();
    }
}

fn check(interfaces: &[Interface], flush_ms: u64) -> Result<(), LiveError> {
    if !(1..=INTERFACES_MAX).contains(&interfaces.len()) {
        return Err(LiveError::Options(format!("live capture takes 1 to {INTERFACES_MAX} interfaces")));
    }
    if let Some(at) = (1..interfaces.len()).find(|at| interfaces[..*at].iter().any(|before| before.name == interfaces[*at].name)) {
        return Err(LiveError::Options(format!("interface {} is named twice; join its filters with `or`", interfaces[at].name)));
    }
    if !FLUSH_MS.contains(&flush_ms) {
        return Err(LiveError::Options(format!("live capture flushes every {} to {} ms", FLUSH_MS.start(), FLUSH_MS.end())));
    }
    Ok(())
}
