//! Records that wait for keys, within bounds of the connection and of all.

use crate::keys::Keys;
use std::collections::VecDeque;
use tapistry_wire::stream::At;

/// Bytes that wait of one direction.
const HELD_BYTES_MAX: usize = 1 << 20;

/// A record with its number among all of the connection; one without bytes is a hole of some length.
pub struct Held {
    pub number: u64,
    pub at: At,
    pub record: Vec<u8>,
    pub hole: u64,
}

/// A queue of them.
#[derive(Default)]
pub struct Waiting {
    queue: VecDeque<Held>,
    bytes: usize,
}

impl Waiting {
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The number of the first.
    pub fn first(&self) -> Option<u64> {
        self.queue.front().map(|held| held.number)
    }

    /// Takes a record; where there is no room only its length is kept, and false is said.
    pub fn push(&mut self, number: u64, at: At, record: Vec<u8>, keys: &Keys) -> bool {
        let bytes = record.len();
        if self.bytes + bytes <= HELD_BYTES_MAX && keys.hold(bytes) {
            self.bytes += bytes;
            self.queue.push_back(Held { number, at, record, hole: 0 });
            return true;
        }
        self.push_hole(number, at, bytes as u64);
        false
    }

    /// Takes a hole.
    pub fn push_hole(&mut self, number: u64, at: At, length: u64) {
        match self.queue.back_mut() {
            Some(last) if last.hole > 0 => last.hole += length,
            _ => self.queue.push_back(Held { number, at, record: Vec::new(), hole: length }),
        }
    }

    /// The first, with its room.
    pub fn pop(&mut self, keys: &Keys) -> Option<Held> {
        let held = self.queue.pop_front()?;
        self.bytes -= held.record.len();
        keys.release(held.record.len());
        Some(held)
    }

    /// Puts back what still waits: it had room until now.
    pub fn unpop(&mut self, held: Held, keys: &Keys) {
        keys.hold_again(held.record.len());
        self.bytes += held.record.len();
        self.queue.push_front(held);
    }
}
