//! Exchanges that wait until there are enough of them to be observed by summary, one summary after the other.
//!
//! What observing costs is mostly waiting for memory: all summaries together are far larger than the processor's caches. Exchanges that go
//! to one summary and follow each other find it there. Since merging knows no order, the result is the same.

use crate::exchange::Exchange;

/// Exchanges with the places of their summaries.
#[derive(Debug, Default)]
pub struct Backlog {
    waiting: Vec<(usize, Exchange)>,
    bytes: usize,
}

impl Backlog {
    /// Adds an exchange.
    pub fn push(&mut self, place: usize, exchange: Exchange) {
        self.bytes += exchange.held_bytes();
        self.waiting.push((place, exchange));
    }

    /// Exchanges that wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Bytes of messages that they hold.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes every exchange, by place.
    pub fn drain(&mut self) -> impl Iterator<Item = (usize, Exchange)> {
        self.bytes = 0;
        self.waiting.sort_unstable_by_key(|(place, _)| *place);
        self.waiting.drain(..)
    }
}
