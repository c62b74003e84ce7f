//! Streams that their client has given up: what the server had sent by then still comes, and belongs to them.

use super::State;
use crate::worker::Worker;
use std::collections::VecDeque;
use tapistry_wire::stream::At;

/// When which streams were given up, oldest first.
pub(super) type GivenUp = VecDeque<(i64, u32)>;

/// Longer than an answer is on its way.
const WAIT_NS: i64 = 1_000_000_000;

/// Streams that wait; nobody makes more of them answered by giving up more.
const WAITING_MAX: usize = 64;

impl State {
    /// The client has given a stream up.
    pub(super) fn wait(&mut self, number: u32, at: &At) {
        self.given_up.push_back((at.time_ns, number));
    }

    /// Nothing is waited for any more of streams that were given up long ago, or before many others.
    pub(super) fn settle(&mut self, at: &At, worker: &mut Worker) {
        while let Some((since, number)) = self.given_up.front().copied()
            && (self.given_up.len() > WAITING_MAX || at.time_ns.saturating_sub(since) > WAIT_NS)
        {
            self.given_up.pop_front();
            if self.streams.get(&number).is_some_and(|stream| stream.is_given_up) {
                self.give_up(number, worker);
            }
        }
    }

    /// Nothing more comes of a stream, though it is not over.
    pub(super) fn give_up(&mut self, number: u32, worker: &mut Worker) {
        if let Some(stream) = self.streams.remove(&number) {
            self.leave(stream, worker);
        }
    }
}
