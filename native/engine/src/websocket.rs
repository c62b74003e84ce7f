//! A connection that went over to WebSocket: its messages are digested one by one, as what its endpoint takes and gives.

use crate::asker::Asker;
use crate::ends::Ends;
use crate::message::{Request, Response};
use crate::observation::Key;
use crate::protocol::{Flow, Protocol, Turn};
use crate::settings::Mode;
use crate::socket_facts::SocketFacts;
use crate::worker::Worker;
use tapistry_digest::operation::operation_of_message;
use tapistry_http::websocket::{Deflate, INFLATER_BYTES, Message, Opcode, Reader, Sink};
use tapistry_wire::stream::{At, Direction, End};
use tapistry_wire::weird::{Weird, WeirdSet};

/// Bytes of a message that are digested.
const DIGESTED_BYTES_MAX: usize = 64 << 10;

/// State of one connection.
#[derive(Debug)]
pub struct WebSocket {
    ends: Ends,
    service: String,
    readers: [Reader; 2],
    heard: Heard,
    /// The handshake, which `exchanges` shows with what came after it.
    handshake: Option<Handshake>,
    /// Memory for inflaters, and for messages that are not over.
    inflater_bytes: usize,
    held_bytes: usize,
}

/// The exchange that a connection begins with.
pub type Handshake = (Option<Box<Request>>, Option<Box<Response>>);

#[derive(Debug)]
struct Heard {
    /// What messages add to.
    key: Option<Key>,
    asker: Asker,
    facts: SocketFacts,
    weirds: WeirdSet,
}

impl WebSocket {
    /// Of a flow, or a stream, that went over; `handshake` is the exchange that says so.
    pub fn new(ends: Ends, (request, mut response): Handshake, deflate: Option<Deflate>, worker: &mut Worker) -> Self {
        let service = ends.service(request.as_ref().map_or("", |request| &request.service));
        if let Some(response) = &mut response {
            response.socket = Some(Box::default());
        }
        let asker = request.as_deref().map(Asker::of).unwrap_or_default();
        let inflater_bytes = if deflate.is_some() { 2 * INFLATER_BYTES } else { 0 };
        let may_inflate = worker.settings.inflaters.take(inflater_bytes);
        if !may_inflate {
            worker.count("limits.inflatersRefused", 1);
            worker.count("limits.lawLost", 1);
        }
        let deflate = deflate.filter(|_| may_inflate);
        let (key, handshake) = match worker.settings.mode {
            Mode::Exchanges => (None, Some((request, response))),
            Mode::Observations => (Some(worker.emit_keyed(&ends.origin(&service), request, response)), None),
        };
        WebSocket {
            ends,
            service,
            readers: [true, false].map(|is_client| Reader::new(is_client, deflate, DIGESTED_BYTES_MAX)),
            heard: Heard { key, asker, facts: SocketFacts::default(), weirds: WeirdSet::default() },
            handshake,
            inflater_bytes: if may_inflate { inflater_bytes } else { 0 },
            held_bytes: 0,
        }
    }

    fn side(&mut self, direction: Direction) -> (&mut Reader, usize, &mut Heard) {
        let side = usize::from(direction != self.ends.client_direction);
        (&mut self.readers[side], side, &mut self.heard)
    }

    /// Keeps to the memory for bodies: where there is none left, the messages at hand are not digested.
    fn account(&mut self, worker: &Worker) {
        let held = self.readers.iter().map(Reader::held_bytes).sum();
        let bodies = &worker.settings.bodies;
        if held > self.held_bytes && !bodies.take(held - self.held_bytes) {
            self.readers.iter_mut().for_each(Reader::forget);
            bodies.give_back(std::mem::take(&mut self.held_bytes));
            return;
        }
        bodies.give_back(self.held_bytes.saturating_sub(held));
        self.held_bytes = held;
    }
}

impl Protocol for WebSocket {
    fn data(&mut self, worker: &mut Worker, direction: Direction, bytes: &[u8], at: &At) {
        let (reader, side, heard) = self.side(direction);
        reader.feed(bytes, &mut Hearing { heard, side, time_ns: at.time(), worker });
        self.account(worker);
    }

    fn gap(&mut self, worker: &mut Worker, direction: Direction, length: u64, at: &At) {
        let (reader, side, heard) = self.side(direction);
        heard.weirds.insert(Weird::TcpGap);
        reader.gap(length, &mut Hearing { heard, side, time_ns: at.time(), worker });
        self.account(worker);
    }

    fn weird(&mut self, weird: Weird) {
        self.heard.weirds.insert(weird);
    }

    fn end(&mut self, worker: &mut Worker, direction: Direction, _how: End, at: &At) {
        let (reader, side, heard) = self.side(direction);
        reader.finish(&mut Hearing { heard, side, time_ns: at.time(), worker });
        self.account(worker);
    }

    fn turn(&mut self, _worker: &mut Worker, _flow: &Flow) -> Option<Turn> {
        None
    }

    fn service(&self) -> Option<String> {
        Some(self.service.clone())
    }

    fn close(mut self: Box<Self>, worker: &mut Worker) {
        for (side, reader) in self.readers.iter_mut().enumerate() {
            reader.finish(&mut Hearing { heard: &mut self.heard, side, time_ns: None, worker });
        }
        worker.settings.inflaters.give_back(self.inflater_bytes);
        worker.settings.bodies.give_back(self.held_bytes);
        let WebSocket { ends, service, heard: Heard { key, facts, weirds, .. }, handshake, .. } = *self;
        for counts in &facts.directions {
            worker.count("webSocket.frames", counts.frames);
            worker.count("webSocket.messages", counts.messages);
            worker.count("webSocket.bytes", counts.bytes);
        }
        if let Some(key) = &key {
            worker.observe_weirds(key, weirds);
        }
        if let Some((request, mut response)) = handshake {
            if let Some(response) = &mut response {
                response.weirds.extend(weirds);
                response.socket = Some(Box::new(facts));
            }
            ends.emit(&service, worker, request, response);
        }
    }
}

struct Hearing<'a> {
    heard: &'a mut Heard,
    side: usize,
    time_ns: Option<i64>,
    worker: &'a mut Worker,
}

impl Sink for Hearing<'_> {
    fn frame(&mut self, _opcode: Opcode, _bytes: u64) {
        self.heard.facts.directions[self.side].frames += 1;
    }

    fn message(&mut self, message: &Message<'_>) {
        let counts = &mut self.heard.facts.directions[self.side];
        counts.messages += 1;
        counts.bytes += message.bytes;
        *if message.is_text { &mut counts.text } else { &mut counts.binary } += 1;
        if message.is_text {
            let found = self.worker.observe_message(self.heard.key.as_ref(), self.side, message.prefix, message.is_whole);
            self.heard.facts.classes.extend(found.classes);
            self.heard.weirds.extend(found.weirds);
            if self.side == 0
                && let Some(operation) = operation_of_message(message.prefix, message.is_whole)
            {
                if let Some(key) = &self.heard.key {
                    self.worker.observe_operation(key, &operation, &self.heard.asker, self.time_ns, (message.prefix, message.is_whole));
                }
                self.heard.facts.operation.get_or_insert_with(|| Box::new(operation));
            }
        }
    }

    fn close(&mut self, code: Option<u16>) {
        let name = match code {
            None | Some(1000 | 1001) => "webSocket.closed",
            Some(1002 | 1003 | 1007..=1010) => "webSocket.closedByFault",
            Some(_) => "webSocket.closedOtherwise",
        };
        self.worker.count(name, 1);
    }

    fn weird(&mut self, weird: Weird) {
        self.heard.weirds.insert(weird);
    }
}

#[cfg(test)]
#[path = "websocket_tests.rs"]
mod tests;
