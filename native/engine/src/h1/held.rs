//! What the server said after it had heard more of the client than was captured so far: it waits for the client's bytes, so that the two
//! directions come in the order in which one caused the other. Packets of two taps may be merged in another order, and behind
//! a lost request all others wait until the hole is given up.

use std::collections::VecDeque;
use tapistry_http::h1::StreamEnd;
use tapistry_wire::stream::At;

/// Events of one connection that wait, more than packets may stay behind a hole.
const EVENTS_MAX: usize = 256;
/// Their bytes.
const BYTES_MAX: usize = 1 << 20;

/// Something of the server's stream.
#[derive(Debug)]
pub(super) enum Event {
    Data(Box<[u8]>),
    Gap(u64),
    End(StreamEnd),
}

impl Event {
    /// What it takes of the budget.
    pub fn bytes(&self) -> usize {
        size_of::<(At, Event)>() + if let Event::Data(bytes) = self { bytes.len() } else { 0 }
    }
}

/// Events that wait, oldest first.
#[derive(Debug, Default)]
pub(super) struct Held {
    events: VecDeque<(At, Event)>,
    bytes: usize,
}

impl Held {
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Whether more waits than may.
    pub fn is_full(&self) -> bool {
        self.events.len() > EVENTS_MAX || self.bytes > BYTES_MAX
    }

    pub fn push(&mut self, at: &At, event: Event) {
        self.bytes += event.bytes();
        self.events.push_back((*at, event));
    }

    /// Takes the oldest event out.
    pub fn pop(&mut self) -> Option<(At, Event)> {
        let (at, event) = self.events.pop_front()?;
        self.bytes -= event.bytes();
        Some((at, event))
    }

    /// Takes the oldest event out if the server had acknowledged no more than `asked`.
    pub fn pop_due(&mut self, asked: u64) -> Option<(At, Event)> {
        self.events.front().is_some_and(|(at, _)| at.peer_acked <= asked).then(|| self.pop())?
    }
}
