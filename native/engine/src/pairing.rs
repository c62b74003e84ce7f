//! Which response answers which request of a connection, by order and by acknowledgements, so that a lost one shifts nothing.

use crate::message::{Request, Response};
use std::collections::VecDeque;
use tapistry_wire::stream::At;
use tapistry_wire::weird::Weird;

/// The requests of one connection that are not over, oldest first.
#[derive(Debug, Default)]
pub struct Open {
    queue: VecDeque<Entry>,
    first: u64,
    /// End of the last hole in the server's stream.
    pub server_gap_end: u64,
}

/// A request with what is known of its response.
#[derive(Debug, Default)]
pub struct Entry {
    /// Taken when the exchange is handed on.
    pub request: Option<Box<Request>>,
    /// Whether the request has ended.
    pub request_ended: bool,
    /// The final response, once its head was read and it ended.
    pub response: Option<Box<Response>>,
    /// A response was given to this request; it may still be read.
    pub answered: bool,
    /// `HEAD`, `CONNECT` or a request without version.
    pub wants: Wants,
    /// `Expect: 100-continue`: a refusal comes in place of the body.
    pub expects: bool,
}

impl Entry {
    /// Whether this is the cut head of a request that nothing answers: its Host may be in what is missing, so it belongs to no service.
    pub fn is_fragment(&self) -> bool {
        !self.answered && self.request.as_ref().is_some_and(|request| request.weirds.contains(Weird::Http1HeadCut))
    }
}

/// What a request says about its response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wants {
    /// An ordinary response.
    #[default]
    Normal,
    /// No body.
    Head,
    /// A tunnel.
    Connect,
    /// Bytes to the end of the stream.
    Simple,
}

impl Open {
    /// A new youngest request; its number stays valid while it is open.
    pub fn push(&mut self, request: Box<Request>, wants: Wants, expects: bool) -> u64 {
        self.queue.push_back(Entry { request: Some(request), wants, expects, ..Entry::default() });
        self.first + self.queue.len() as u64 - 1
    }

    /// The request of a number, while it is open.
    pub fn get(&mut self, number: u64) -> Option<&mut Entry> {
        let at = number.checked_sub(self.first)?;
        self.queue.get_mut(usize::try_from(at).ok()?)
    }

    /// Requests that are open.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Takes the oldest request.
    pub fn pop(&mut self) -> Option<Entry> {
        let entry = self.queue.pop_front()?;
        self.first += 1;
        Some(entry)
    }

    /// Takes the oldest request if its exchange is over.
    pub fn pop_done(&mut self) -> Option<Entry> {
        let front = self.queue.front()?;
        (front.request.is_none() || (front.request_ended && front.response.is_some())).then(|| self.pop())?
    }

    /// Whether a request waits for its response.
    pub fn waits(&self) -> bool {
        self.queue.iter().any(|entry| !entry.answered)
    }

    /// What the oldest unanswered request wants.
    pub fn get_waiting(&self) -> Option<Wants> {
        self.queue.iter().find(|entry| !entry.answered).map(|entry| entry.wants)
    }

    /// The request that a response beginning at `at` answers. It is the oldest unanswered one, unless the server's stream has a hole
    /// in which the older response was: then a younger request that the client sent after it had acknowledged that hole is
    /// the one. A request of which the server had not acknowledged a byte is never answered.
    pub fn answered_by(&mut self, at: &At) -> Option<u64> {
        let waiting: Vec<usize> = (0..self.queue.len()).filter(|index| !self.queue[*index].answered).collect();
        let mut chosen = *waiting.first()?;
        for &younger in &waiting[1..] {
            let (Some(older), Some(newer)) = (&self.queue[chosen].request, &self.queue[younger].request) else { break };
            let hole_between = self.server_gap_end > older.peer_acked;
            if hole_between && newer.peer_acked > older.peer_acked && newer.peer_acked <= at.offset {
                chosen = younger;
            } else {
                break;
            }
        }
        let request = self.queue[chosen].request.as_ref()?;
        if request.offset > 0 && at.peer_acked <= request.offset && self.queue[chosen].request_ended && at.peer_acked > 0 {
            return None;
        }
        self.queue[chosen].answered = true;
        Some(self.first + chosen as u64)
    }

    /// Takes every exchange that is left, oldest first.
    pub fn drain(&mut self) -> impl Iterator<Item = Entry> {
        std::mem::take(&mut self.queue).into_iter()
    }
}
