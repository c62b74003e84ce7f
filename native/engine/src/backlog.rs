//! Exchanges that wait until there are enough of them to be observed by summary, one summary after the other.
//!
//! What observing costs is mostly waiting for memory: all summaries together are far larger than the processor's caches. Exchanges that go
//! to one summary and follow each other find it there. Since merging knows no order, the result is the same.

use crate::exchange::Exchange;

/// Exchanges with the places of their summaries.
#[derive(Debug, Default)]
pub struct Backlog {
    /// In the order they came.
    waiting: Vec<Option<Exchange>>,
    /// Places of their summaries, each with the number of an exchange: they are sorted, and not what they stand for.
    places: Vec<(u32, u32)>,
    bytes: usize,
}

impl Backlog {
    /// Adds an exchange.
    pub fn push(&mut self, place: usize, exchange: Exchange) {
        self.bytes += exchange.held_bytes();
        self.places.push((place as u32, self.waiting.len() as u32));
        self.waiting.push(Some(exchange));
    }

    /// Exchanges that wait.
    pub fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Bytes of messages that they hold.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Gives every exchange away, by place.
    pub fn drain(&mut self, mut take: impl FnMut(usize, Exchange)) {
        self.places.sort_unstable();
        for (place, number) in self.places.drain(..) {
            if let Some(exchange) = self.waiting[number as usize].take() {
                take(place as usize, exchange);
            }
        }
        self.waiting.clear();
        self.bytes = 0;
    }
}
