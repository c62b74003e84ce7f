//! When the server is heard: at once, or after what of the client it had heard itself.

use super::H1;
use super::answers::Answers;
use super::asking::Asking;
use super::held::Event;
use crate::pairing::Wants;
use crate::worker::Worker;
use tapistry_http::h1::{Hole, StreamEnd};
use tapistry_wire::stream::At;
use tapistry_wire::weird::Weird;

impl H1 {
    /// Whether the server had heard more of the client than came so far, and it may still come.
    #[inline]
    pub(super) fn is_ahead(&self, at: &At) -> bool {
        at.peer_acked > self.state.asked && at.peer_seen && !self.state.is_silent
    }

    /// Lets what the server said wait for the client; what is too much is heard too early.
    #[cold]
    pub(super) fn hold(&mut self, worker: &mut Worker, at: &At, event: Event) {
        if !worker.settings.bodies.take(event.bytes()) {
            self.give_up(worker);
            self.hear_all(worker);
            return self.hear_event(worker, at, &event);
        }
        self.held.push(at, event);
        if self.held.is_full()
            && let Some((at, event)) = self.held.pop()
        {
            self.give_up(worker);
            self.hear_held(worker, &at, &event);
        }
    }

    fn give_up(&mut self, worker: &mut Worker) {
        worker.count("http.heardEarly", 1);
        self.state.open.doubt();
    }

    /// The client's bytes came: what waited for them goes on.
    #[inline]
    pub(super) fn catch_up(&mut self, worker: &mut Worker) {
        while let Some((at, event)) = self.held.pop_due(self.state.asked) {
            self.hear_held(worker, &at, &event);
        }
    }

    /// Nothing waits any more.
    pub(super) fn hear_all(&mut self, worker: &mut Worker) {
        while let Some((at, event)) = self.held.pop() {
            self.hear_held(worker, &at, &event);
        }
    }

    fn hear_held(&mut self, worker: &mut Worker, at: &At, event: &Event) {
        worker.settings.bodies.give_back(event.bytes());
        self.hear_event(worker, at, event);
    }

    fn hear_event(&mut self, worker: &mut Worker, at: &At, event: &Event) {
        match event {
            Event::Data(bytes) => self.hear(worker, bytes, at),
            Event::Gap(length) => self.hear_gap(worker, *length, at),
            Event::End(how) => self.hear_end(worker, *how, at),
        }
    }

    pub(super) fn hear(&mut self, worker: &mut Worker, bytes: &[u8], at: &At) {
        if !self.state.open.waits() {
            self.requests.settle(&mut Asking { state: &mut self.state, worker, at });
        }
        if !self.state.is_answered_simply && self.state.open.get_waiting() == Some(Wants::Simple) {
            self.state.is_answered_simply = true;
            self.responses.expect_simple();
        }
        self.responses.feed(bytes, &mut Answers { state: &mut self.state, worker, at, end: at.offset + bytes.len() as u64 });
        if std::mem::take(&mut self.state.refused) {
            self.requests.refused(&mut Asking { state: &mut self.state, worker, at });
        }
        if self.state.tunnel && !self.requests.is_tunnel() {
            self.requests.tunnel(&mut Asking { state: &mut self.state, worker, at });
        }
    }

    pub(super) fn hear_gap(&mut self, worker: &mut Worker, length: u64, at: &At) {
        self.state.weirds.insert(Weird::TcpGap);
        let end = at.offset.saturating_add(length);
        if self.responses.gap(length, &mut Answers { state: &mut self.state, worker, at, end }) != Hole::Inside {
            self.state.open.doubt();
        }
    }

    pub(super) fn hear_end(&mut self, worker: &mut Worker, how: StreamEnd, at: &At) {
        self.responses.finish(how, &mut Answers { state: &mut self.state, worker, at, end: at.offset });
    }
}
