//! An HTTP/1 connection: two parsers, the requests that are open, and the exchanges that come out.

mod answers;
mod asking;
mod flow;
mod going_over;
mod hearing;
mod held;

use crate::ends::Ends;
use crate::message::{Request, Response};
use crate::pairing::{Entry, Open};
use crate::protocol::Flow;
use crate::websocket::Handshake;
use crate::worker::Worker;
use asking::Asking;
use held::{Event, Held};
use tapistry_http::h1::{Hole, RequestParser, ResponseParser, Start, StreamEnd};
use tapistry_http::websocket::Deflate;
use tapistry_wire::stream::{At, Direction};
use tapistry_wire::weird::{Weird, WeirdSet};

/// State of one connection.
#[derive(Debug)]
pub struct H1 {
    requests: RequestParser,
    responses: ResponseParser,
    held: Held,
    state: State,
}

/// What the sinks of both directions share.
#[derive(Debug)]
struct State {
    ends: Ends,
    open: Open,
    /// The request that is being read.
    asking: Option<u64>,
    /// The response that is being read.
    answering: Option<Answering>,
    /// The segment in which the message begins that is being read, and where that ends, by direction.
    begun: [Option<(At, u64)>; 2],
    odd: [WeirdSet; 2],
    service: String,
    tunnel: bool,
    /// What came of the tunnel before it was noticed, by direction.
    tunnelled: [Vec<u8>; 2],
    tunnelled_at: [Option<At>; 2],
    /// The key that the last request to become WebSocket sent, and what was agreed on with it.
    socket_key: Vec<u8>,
    socket: Option<Option<Deflate>>,
    /// The exchange that did.
    handshake: Option<Handshake>,
    /// The request that asked to go on as HTTP/2, which answers it there.
    upgrading: Option<Box<Request>>,
    /// End of what was seen of the client's stream.
    asked: u64,
    /// Nothing more comes of the client.
    is_silent: bool,
    /// The request that is being read was refused before its body came.
    refused: bool,
    weirds: WeirdSet,
    is_answered_simply: bool,
}

#[derive(Debug)]
struct Answering {
    number: Option<u64>,
    is_interim: bool,
    response: Box<Response>,
}

const CLIENT: usize = 0;
const SERVER: usize = 1;
/// One segment, as large as they come.
const TUNNELLED_BYTES_MAX: usize = 64 << 10;

impl H1 {
    /// A connection whose client is known; `midstream` parsers look for the next message start.
    pub fn new(flow: &Flow, client_direction: Direction, starts: [Start; 2], weirds: WeirdSet, worker: &Worker) -> Self {
        let mut open = Open::default();
        if starts.contains(&Start::Midstream) {
            // What went by before may have been a request whose response is still to come.
            open.doubt();
        }
        H1 {
            requests: RequestParser::new(starts[CLIENT]),
            responses: ResponseParser::new(starts[SERVER]),
            held: Held::default(),
            state: State {
                ends: Ends::new(flow, client_direction, worker),
                open,
                asking: None,
                answering: None,
                begun: [None; 2],
                odd: [WeirdSet::default(); 2],
                service: String::new(),
                tunnel: false,
                tunnelled: Default::default(),
                tunnelled_at: [None; 2],
                socket_key: Vec::new(),
                socket: None,
                handshake: None,
                upgrading: None,
                asked: 0,
                is_silent: false,
                refused: false,
                weirds,
                is_answered_simply: false,
            },
        }
    }

    /// Bytes of the client.
    fn ask(&mut self, worker: &mut Worker, bytes: &[u8], at: &At) {
        self.state.asked = at.offset + bytes.len() as u64;
        if self.goes_over(worker, bytes, at) {
            return;
        }
        self.requests.feed(bytes, &mut Asking { state: &mut self.state, worker, at });
        self.catch_up(worker);
    }

    /// Bytes of the server.
    fn answer(&mut self, worker: &mut Worker, bytes: &[u8], at: &At) {
        if self.held.is_empty() && !self.is_ahead(at) {
            self.hear(worker, bytes, at);
        } else {
            self.hold(worker, at, Event::Data(bytes.into()));
        }
    }

    /// Bytes of the client that will never come.
    fn ask_gap(&mut self, worker: &mut Worker, length: u64, at: &At) {
        self.state.asked = at.offset.saturating_add(length);
        self.state.weirds.insert(Weird::TcpGap);
        match self.requests.gap(length, &mut Asking { state: &mut self.state, worker, at }) {
            Hole::Inside => {}
            Hole::Beyond => self.state.open.doubt(),
            Hole::Between => self.state.open.miss(at.offset),
        }
        self.catch_up(worker);
    }

    /// Bytes of the server that will never come.
    fn answer_gap(&mut self, worker: &mut Worker, length: u64, at: &At) {
        if self.held.is_empty() { self.hear_gap(worker, length, at) } else { self.hold(worker, at, Event::Gap(length)) }
    }

    /// The client's direction is over.
    fn ask_end(&mut self, worker: &mut Worker, how: StreamEnd, at: &At) {
        self.requests.finish(how, &mut Asking { state: &mut self.state, worker, at });
        self.state.is_silent = true;
        self.hear_all(worker);
    }

    /// The server's direction is over.
    fn answer_end(&mut self, worker: &mut Worker, how: StreamEnd, at: &At) {
        if self.held.is_empty() { self.hear_end(worker, how, at) } else { self.hold(worker, at, Event::End(how)) }
    }
}

impl State {
    fn emit(&mut self, worker: &mut Worker, request: Option<Box<Request>>, response: Option<Box<Response>>) {
        if self.socket.is_some() && response.as_ref().is_some_and(|response| response.status == 101) {
            self.handshake = Some((request, response));
            return;
        }
        self.ends.emit(&self.service, worker, request, response);
    }

    fn emit_done(&mut self, worker: &mut Worker) {
        while let Some(entry) = self.open.pop_done() {
            if entry.request.is_some() {
                self.emit(worker, entry.request, entry.response);
            }
        }
    }

    /// Something odd in a message of a side; what lies between two is told with the next exchange.
    fn weird(&mut self, side: usize, weird: Weird) {
        let odd = if weird == Weird::Http1Garbage { &mut self.weirds } else { &mut self.odd[side] };
        odd.insert(weird);
    }

    /// Nothing answers a request any more.
    fn leave(&mut self, worker: &mut Worker, entry: Entry) {
        let is_fragment = entry.is_fragment();
        match entry.request {
            Some(request) if is_fragment => worker.forget(request),
            Some(request) => self.emit(worker, Some(request), entry.response),
            None => {}
        }
    }

    /// Keeps what may be the beginning of another protocol, up to a bound.
    fn tunnelled(&mut self, side: usize, bytes: &[u8], at: &At, worker: &mut Worker) {
        worker.count("http.tunnelBytes", bytes.len() as u64);
        self.tunnelled_at[side].get_or_insert(*at);
        let kept = &mut self.tunnelled[side];
        kept.extend_from_slice(&bytes[..bytes.len().min(TUNNELLED_BYTES_MAX.saturating_sub(kept.len()))]);
    }

    /// A response has ended, or was cut off by the end of the connection.
    fn keep_answer(&mut self, worker: &mut Worker, answering: Answering) {
        let Answering { number, is_interim, response } = answering;
        if is_interim {
            return;
        }
        match number.and_then(|number| self.open.get(number)) {
            Some(entry) if entry.request_ended => {
                let request = entry.request.take();
                self.emit(worker, request, Some(response));
                self.emit_done(worker);
            }
            Some(entry) => entry.response = Some(response),
            None => self.emit(worker, None, Some(response)),
        }
    }
}
