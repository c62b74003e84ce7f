//! What a member does with its segments: flows, observations, batches.

use crate::codec::Encoder;
use crate::connection::Connection;
use crate::counters::Counters;
use crate::live::batches::Batches;
use crate::live::session::Session;
use crate::parcel::Meta;
use crate::settings::Settings;
use crate::wire_counters::stream_counters;
use crate::worker::Worker;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use tapistry_wire::{Reassembler, ReassemblyLimits, Segment};

/// Flows of one member and what they merge into.
pub struct Lane {
    reassembler: Reassembler<Connection>,
    worker: Worker,
    batches: Batches,
    session: Arc<Session>,
    /// What was counted when the last batch was made.
    streams: Counters,
}

impl Lane {
    /// Nothing seen.
    pub fn new(settings: &Arc<Settings>, session: &Arc<Session>, queue: SyncSender<Vec<u8>>) -> Self {
        Self {
            reassembler: Reassembler::new(ReassemblyLimits::default(), session.budget.clone()),
            worker: Worker::new(settings.clone()),
            batches: Batches::new(queue),
            session: session.clone(),
            streams: Counters::default(),
        }
    }

    /// Takes a segment. A full table goes up at once where there is room for a batch; where not, it does not grow.
    #[inline]
    pub fn take(&mut self, segment: &Segment<'_>, meta: &Meta) {
        self.reassembler.segment(&mut self.worker, segment, meta.time_ns, meta.packet, meta.input);
        if self.worker.observations() >= self.worker.settings.limits.observations_max && !self.worker.is_shedding {
            self.worker.is_shedding = !self.flush(&Counters::default());
        }
    }

    /// Event time has come to `now_ns` without a packet.
    pub fn advance(&mut self, now_ns: i64) {
        self.reassembler.advance(&mut self.worker, now_ns);
    }

    /// Sends what was seen since the last batch, with counters that others counted. False where there is no room: then nothing has changed.
    pub fn flush(&mut self, more: &Counters) -> bool {
        if !self.batches.has_room() {
            return false;
        }
        if let Some(batch) = self.batch(more) {
            self.batches.send(batch);
        }
        self.worker.is_shedding = false;
        true
    }

    /// No packet comes any more: every flow ends, and the last batch goes up, waited for.
    pub fn finish(mut self, more: &Counters, now_ns: i64) {
        self.reassembler.finish(&mut self.worker, now_ns);
        self.worker.finish();
        let last = self.batch(more);
        self.batches.finish(last);
    }

    /// None where nothing was seen.
    fn batch(&mut self, more: &Counters) -> Option<Vec<u8>> {
        let streams = stream_counters(&self.reassembler);
        let mut growth = more.clone();
        growth.add_growth(&self.streams, &streams);
        self.streams = streams;
        let refused = self.session.count_refused(self.worker.settings.bodies.refused());
        if refused > 0 {
            growth.add("limits.bodiesRefused", refused);
            growth.add("limits.lawLost", 1);
        }
        self.worker.counters.extend(&growth);
        if self.worker.observations() == 0 && self.worker.counters.iter().len() == 0 {
            return None;
        }
        let mut encoder = Encoder::default();
        self.worker.drain(&mut encoder);
        Some(encoder.finish())
    }
}

#[cfg(test)]
#[path = "lane_tests.rs"]
mod tests;
