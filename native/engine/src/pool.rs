//! What several intakes have observed, merged: however many there are, one table holds it.

use crate::codec::Encoder;
use crate::counters::Counters;
use crate::settings::Settings;
use crate::texts::Reading;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Merges what its intakes take until it is drained.
#[derive(Clone)]
pub struct Pool {
    held: Arc<Mutex<Held>>,
}

/// What a pool holds.
pub struct Held {
    /// Observes what is taken.
    pub reading: Reading,
    settings: Arc<Settings>,
    batches: Vec<Vec<u8>>,
    bodies_refused: u64,
}

impl Pool {
    /// Nothing observed.
    pub fn new(settings: Arc<Settings>) -> Self {
        let reading = Reading::new(settings.clone());
        Pool { held: Arc::new(Mutex::new(Held { reading, settings, batches: Vec::new(), bodies_refused: 0 })) }
    }

    /// Everything that was observed since the last call, as batches.
    pub fn drain(&self) -> Vec<Vec<u8>> {
        let mut held = self.lock();
        held.flush();
        std::mem::take(&mut held.batches)
    }

    /// Where one intake puts what it takes, while no other one does.
    pub fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Held {
    /// A full table becomes a batch that waits to be drained.
    pub fn flush_full(&mut self) {
        if self.reading.worker.observations() >= self.settings.limits.observations_max {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.reading.count();
        let refused = self.settings.bodies.refused() - self.bodies_refused;
        self.bodies_refused += refused;
        let mut encoder = Encoder::default();
        if refused > 0 {
            let mut limits = Counters::default();
            limits.add("limits.lawLost", 1);
            limits.add("limits.bodiesRefused", refused);
            encoder.counters(&limits);
        }
        self.reading.worker.drain(&mut encoder);
        self.batches.push(encoder.finish());
    }
}
