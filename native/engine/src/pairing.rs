//! Which response answers which request of a connection, by order and by acknowledgements, so that a lost one shifts nothing.
//!
//! Responses come in the order of their requests (RFC 9112 §9.3.2), so while every message was seen, order is all it takes. Where one may
//! have gone by unseen, acknowledgements tell, as long as the client waits for each response before it asks again: then the answer to
//! a request begins behind what the client had acknowledged when it asked, before what it had acknowledged when it asked again, and
//! the server had the request then and none younger. A client that pipelines tells no such thing: its responses stay alone.

use crate::message::{Request, Response};
use std::collections::VecDeque;
use tapistry_wire::stream::At;
use tapistry_wire::weird::Weird;

/// The requests of one connection that are not over, oldest first; those that have an answer come before those that wait for one.
#[derive(Debug, Default)]
pub struct Open {
    queue: VecDeque<Entry>,
    first: u64,
    /// A message may have gone by unseen, so that order proves nothing.
    is_unsure: bool,
    /// The client has asked again before it had the response.
    pipelines: bool,
    /// A request was in the hole before the next one.
    is_behind_hole: bool,
    /// What the client had acknowledged when it asked last.
    last_acked: Option<u64>,
    /// Where the answer to its last request begins.
    last_answer: Option<u64>,
    /// End of the last answer to a request that was seen.
    answered: u64,
}

/// Requests that wait on a connection without being counted: of most there are no more.
const FREE_REQUESTS: usize = 4;

/// A request with what is known of its response.
#[derive(Debug, Default)]
pub struct Entry {
    /// Taken when the exchange is handed on.
    pub request: Option<Box<Request>>,
    /// Whether the request has ended.
    pub request_ended: bool,
    /// End of the segment in which it has, where that is known.
    pub end: Option<u64>,
    /// The final response, once its head was read and it ended.
    pub response: Option<Box<Response>>,
    /// A response was given to this request; it may still be read.
    pub answered: bool,
    /// `HEAD`, `CONNECT` or a request without version.
    pub wants: Wants,
    /// `Expect: 100-continue`: a refusal comes in place of the body.
    pub expects: bool,
    /// Start of the segment with its first byte.
    offset: u64,
    /// How much of the server's stream the client had acknowledged when it began.
    acked: u64,
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

/// Whom a response answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// The request of this number.
    Request(u64),
    /// None that was seen.
    Nobody,
    /// Nobody can tell.
    Unsure,
}

impl Open {
    /// Bytes of the heads of requests that wait, where there are many.
    pub fn held_bytes(&self) -> usize {
        if self.queue.len() <= FREE_REQUESTS {
            return 0;
        }
        self.queue.iter().filter_map(|entry| entry.request.as_ref()).map(|request| request.head_bytes()).sum()
    }

    /// A new youngest request, which began at `at`; its number stays valid while it is open.
    pub fn push(&mut self, request: Box<Request>, wants: Wants, expects: bool, at: &At) -> u64 {
        let acked = at.peer_acked;
        let is_early = self.last_acked.is_some_and(|last| acked <= last) || self.last_answer.is_some_and(|start| acked <= start);
        // Whoever waits, has acknowledged the answer to what is in the hole.
        self.pipelines |= is_early || (self.is_behind_hole && acked <= self.answered);
        (self.is_behind_hole, self.last_acked, self.last_answer) = (false, Some(acked), None);
        self.queue.push_back(Entry { request: Some(request), wants, expects, offset: at.offset, acked, ..Entry::default() });
        self.first + self.queue.len() as u64 - 1
    }

    /// Messages may have gone by unseen.
    pub fn doubt(&mut self) {
        self.is_unsure = true;
    }

    /// A request has gone by unseen, at `offset` or behind it.
    pub fn miss(&mut self, offset: u64) {
        if let Some(youngest) = self.queue.back_mut() {
            youngest.end.get_or_insert(offset);
        }
        (self.is_unsure, self.is_behind_hole, self.last_answer) = (true, true, None);
    }

    /// The last answer to a request that was seen ends at `offset`, or in the segment before it.
    pub fn end_answer(&mut self, offset: u64) {
        self.answered = offset;
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

    /// Takes the oldest request if it is older than `number`.
    pub fn pop_before(&mut self, number: u64) -> Option<Entry> {
        (self.first < number).then(|| self.pop())?
    }

    /// Takes the oldest request if its exchange is over.
    pub fn pop_done(&mut self) -> Option<Entry> {
        let front = self.queue.front()?;
        (front.request.is_none() || (front.request_ended && front.response.is_some())).then(|| self.pop())?
    }

    /// Whether a request waits for its response.
    pub fn waits(&self) -> bool {
        self.queue.back().is_some_and(|entry| !entry.answered)
    }

    /// Takes the youngest request, which asks for WebSocket, where nothing has answered it.
    pub fn pop_socket(&mut self) -> Option<Entry> {
        let is_open = |entry: &Entry| !entry.answered && entry.request_ended && entry.request.as_ref().is_some_and(|request| request.asks_socket);
        self.queue.back().is_some_and(is_open).then(|| self.queue.pop_back())?
    }

    /// What the oldest unanswered request wants.
    pub fn get_waiting(&self) -> Option<Wants> {
        self.queue.iter().find(|entry| !entry.answered).map(|entry| entry.wants)
    }

    /// Whom a response answers that begins in the segment of `at`, which ends at `end`; `asked` is the end of what was seen of the client's
    /// stream. Requests older than the one that is told are answered by nothing any more.
    pub fn answered_by(&mut self, at: &At, end: u64, asked: u64) -> Answers {
        let Some(oldest) = self.queue.iter().position(|entry| !entry.answered) else { return Answers::Nobody };
        let entry = &self.queue[oldest];
        if entry.acked >= end || entry.is_unheard(at) {
            return Answers::Nobody;
        }
        let chosen = if self.is_unsure { self.choose(oldest, at, asked) } else { Answers::Request(self.first + oldest as u64) };
        if let Answers::Request(number) = chosen {
            let index = (number - self.first) as usize;
            self.queue[index].answered = true;
            match self.queue.get(index + 1) {
                Some(younger) => self.pipelines |= younger.acked <= at.offset,
                // All that waited are accounted for.
                None => (self.is_unsure, self.last_answer) = (false, Some(at.offset)),
            }
        }
        chosen
    }

    /// The youngest request that the client can have sent before the response, if the server's acknowledgement agrees.
    fn choose(&mut self, oldest: usize, at: &At, asked: u64) -> Answers {
        let younger = self.queue.iter().skip(oldest + 1).take_while(|entry| entry.acked <= at.offset).count();
        let chosen = oldest + younger;
        let entry = &self.queue[chosen];
        self.pipelines |= entry.is_unheard(at);
        let next = self.queue.get(chosen + 1).map(|next| next.offset);
        match at.peer_acked > entry.end.or(next).unwrap_or(asked) {
            _ if self.pipelines => Answers::Unsure,
            // The server had heard more than this request.
            true => Answers::Nobody,
            false => Answers::Request(self.first + chosen as u64),
        }
    }

    /// Takes every exchange that is left, oldest first.
    pub fn drain(&mut self) -> impl Iterator<Item = Entry> {
        std::mem::take(&mut self.queue).into_iter()
    }
}

impl Entry {
    /// Whether the server had not a byte of this when it sent what begins at `at`; an acknowledgement of nothing may be none.
    fn is_unheard(&self, at: &At) -> bool {
        (1..=self.offset).contains(&at.peer_acked)
    }
}
