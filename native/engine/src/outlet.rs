//! Where finished batches go: a bounded queue that the control plane pulls from, so that back-pressure is natural.

use crate::codec::Encoder;
use crate::settings::Mode;
use crate::worker::Worker;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;

/// One end of the queue; cloned to every worker.
#[derive(Clone, Debug)]
pub struct Outlet {
    batches: SyncSender<Vec<u8>>,
    /// Set when nobody pulls any more.
    pub stopped: Arc<AtomicBool>,
    /// Packets and lines read, for progress.
    pub read: Arc<AtomicU64>,
}

/// Bytes of lines that are sent at once.
const LINES_BYTES: usize = 64 << 10;

impl Outlet {
    /// An outlet into `batches`.
    pub fn new(batches: SyncSender<Vec<u8>>) -> Self {
        Outlet { batches, stopped: Arc::default(), read: Arc::default() }
    }

    /// Whether to go on.
    pub fn is_open(&self) -> bool {
        !self.stopped.load(Ordering::Relaxed)
    }

    /// Sends what a worker has gathered, if it is enough.
    pub fn flush_full(&self, worker: &mut Worker) {
        if worker.observations() >= worker.settings.limits.observations_max || worker.lines_bytes() >= LINES_BYTES {
            self.flush(worker);
        }
    }

    /// Sends what a worker has gathered.
    pub fn flush(&self, worker: &mut Worker) {
        match worker.settings.mode {
            Mode::Exchanges => {
                let lines = worker.take_lines();
                if !lines.is_empty() {
                    self.send(lines);
                }
            }
            Mode::Observations => {
                let mut encoder = Encoder::default();
                worker.drain(&mut encoder);
                self.send(encoder.finish());
            }
        }
    }

    /// Sends what a worker has gathered of what was still open at the end of `input`.
    pub fn flush_tail(&self, worker: &mut Worker, input: u32) {
        if worker.settings.mode == Mode::Exchanges {
            return self.flush(worker);
        }
        let mut encoder = Encoder::default();
        encoder.tail(input);
        worker.drain(&mut encoder);
        self.send(encoder.finish());
    }

    /// Waits until there is room.
    pub fn send(&self, batch: Vec<u8>) {
        if self.batches.send(batch).is_err() {
            self.stopped.store(true, Ordering::Relaxed);
        }
    }
}
