//! HTTP/2 as a protocol of a flow.

use super::H2;
use crate::protocol::{Flow, Protocol, Turn};
use crate::worker::Worker;
use tapistry_http::h2::Half;
use tapistry_wire::stream::{At, Direction, End};
use tapistry_wire::weird::Weird;

impl Protocol for H2 {
    fn data(&mut self, worker: &mut Worker, direction: Direction, bytes: &[u8], at: &At) {
        self.hear(worker, self.side(direction), at, |half, sink| half.feed(bytes, sink));
    }

    fn gap(&mut self, worker: &mut Worker, direction: Direction, length: u64, at: &At) {
        self.hear(worker, self.side(direction), at, |half, sink| half.gap(length, sink));
    }

    /// Told with the next exchange.
    fn weird(&mut self, weird: Weird) {
        self.state.weirds.insert(weird);
    }

    fn end(&mut self, worker: &mut Worker, direction: Direction, _how: End, at: &At) {
        self.hear(worker, self.side(direction), at, |half, sink| half.finish(sink));
    }

    fn held_bytes(&self) -> usize {
        self.halves.iter().map(Half::held_bytes).sum::<usize>() + self.state.heads_bytes
    }

    fn turn(&mut self, _worker: &mut Worker, _flow: &Flow) -> Option<Turn> {
        None
    }

    fn service(&self) -> Option<String> {
        Some(self.state.ends.service(&self.state.service))
    }

    fn close(mut self: Box<Self>, worker: &mut Worker) {
        for side in 0..2 {
            if let Some(at) = self.state.begun[side] {
                self.hear(worker, side, &at, |half, sink| half.finish(sink));
            }
        }
        while let Some((_, stream)) = self.state.streams.pop_first() {
            self.state.leave(stream, worker);
        }
    }
}
