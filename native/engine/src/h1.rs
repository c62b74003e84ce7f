//! An HTTP/1 connection: two parsers, the requests that are open, and the exchanges that come out.

mod answers;
mod asking;

use crate::message::{Request, Response};
use crate::pairing::{Open, Wants};
use crate::worker::{Origin, Worker};
use answers::Answers;
use asking::Asking;
use std::collections::VecDeque;
use std::net::SocketAddr;
use tapistry_http::h1::{RequestParser, ResponseParser, Start, StreamEnd};
use tapistry_wire::stream::At;
use tapistry_wire::weird::{Weird, WeirdSet};

/// State of one connection.
#[derive(Debug)]
pub struct H1 {
    requests: RequestParser,
    responses: ResponseParser,
    state: State,
}

/// What the sinks of both directions share.
#[derive(Debug)]
struct State {
    client: SocketAddr,
    server: SocketAddr,
    vlans: Box<[u16]>,
    open: Open,
    /// The request that is being read.
    asking: Option<u64>,
    /// The response that is being read.
    answering: Option<Answering>,
    begun: [Option<At>; 2],
    odd: [WeirdSet; 2],
    client_hash: u64,
    service: String,
    tunnel: bool,
    /// What came of the tunnel before it was noticed, by direction.
    tunnelled: [Vec<u8>; 2],
    /// End of what was seen of the client's stream.
    asked: u64,
    /// Responses to what the server had and the capture had not yet: packets of two taps may be merged in another order.
    early: VecDeque<Answering>,
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
    /// How much of the client's stream the server had acknowledged when it began, and how much had been seen.
    acked: u64,
    asked: u64,
}

impl Answering {
    /// Whether this came early, and a request at `offset` is the one: it begins with what was next then, and the server had it.
    fn answers(&self, offset: u64) -> bool {
        self.asked > 0 && offset <= self.asked && offset < self.acked && self.asked < self.acked
    }
}

const CLIENT: usize = 0;
const SERVER: usize = 1;
/// One segment, as large as they come.
const TUNNELLED_BYTES_MAX: usize = 64 << 10;
/// Responses that wait for their request.
const EARLY_MAX: usize = 4;

impl H1 {
    /// A connection whose client is known; `midstream` parsers look for the next message start.
    pub fn new(client: SocketAddr, server: SocketAddr, vlans: &[u16], starts: [Start; 2], weirds: WeirdSet, worker: &Worker) -> Self {
        let address = match client.ip().to_canonical() {
            std::net::IpAddr::V4(v4) => worker.settings.hash.hash(&v4.octets()),
            std::net::IpAddr::V6(v6) => worker.settings.hash.hash(&v6.octets()),
        };
        H1 {
            requests: RequestParser::new(starts[CLIENT]),
            responses: ResponseParser::new(starts[SERVER]),
            state: State {
                client,
                server,
                vlans: vlans.into(),
                open: Open::default(),
                asking: None,
                answering: None,
                begun: [None; 2],
                odd: [WeirdSet::default(); 2],
                client_hash: address,
                service: String::new(),
                tunnel: false,
                tunnelled: Default::default(),
                asked: 0,
                early: VecDeque::new(),
                refused: false,
                weirds,
                is_answered_simply: false,
            },
        }
    }

    /// Bytes of the client.
    pub fn ask(&mut self, worker: &mut Worker, bytes: &[u8], at: &At) {
        self.state.asked = at.offset + bytes.len() as u64;
        self.requests.feed(bytes, &mut Asking { state: &mut self.state, worker, at });
    }

    /// Bytes of the server.
    pub fn answer(&mut self, worker: &mut Worker, bytes: &[u8], at: &At) {
        if !self.state.open.waits() {
            self.requests.settle(&mut Asking { state: &mut self.state, worker, at });
        }
        if !self.state.is_answered_simply && self.state.open.get_waiting() == Some(Wants::Simple) {
            self.state.is_answered_simply = true;
            self.responses.expect_simple();
        }
        self.responses.feed(bytes, &mut Answers { state: &mut self.state, worker, at });
        if std::mem::take(&mut self.state.refused) {
            self.requests.refused(&mut Asking { state: &mut self.state, worker, at });
        }
        if self.state.tunnel && !self.requests.is_tunnel() {
            self.requests.tunnel(&mut Asking { state: &mut self.state, worker, at });
        }
    }

    /// Bytes of the client that will never come.
    pub fn ask_gap(&mut self, worker: &mut Worker, length: u64, at: &At) {
        self.state.asked = at.offset + length;
        self.state.weirds.insert(Weird::TcpGap);
        self.requests.gap(length, &mut Asking { state: &mut self.state, worker, at });
    }

    /// Bytes of the server that will never come.
    pub fn answer_gap(&mut self, worker: &mut Worker, length: u64, at: &At) {
        self.state.weirds.insert(Weird::TcpGap);
        self.responses.gap(length, &mut Answers { state: &mut self.state, worker, at });
        self.state.open.server_gap_end = at.offset + length;
    }

    /// Something odd about the flow, told with the next exchange.
    pub fn weird(&mut self, weird: Weird) {
        self.state.weirds.insert(weird);
    }

    /// The client's direction is over.
    pub fn ask_end(&mut self, worker: &mut Worker, how: StreamEnd, at: &At) {
        self.requests.finish(how, &mut Asking { state: &mut self.state, worker, at });
    }

    /// The server's direction is over.
    pub fn answer_end(&mut self, worker: &mut Worker, how: StreamEnd, at: &At) {
        self.responses.finish(how, &mut Answers { state: &mut self.state, worker, at });
    }

    /// The service of the last request, else the server's address.
    pub fn service(&self) -> String {
        if self.state.service.is_empty() { self.state.server.to_string() } else { self.state.service.clone() }
    }

    /// Whether the connection went over to another protocol.
    pub fn is_tunnel(&self) -> bool {
        self.state.tunnel
    }

    /// Bytes of the tunnel that were already taken, by client and server.
    pub fn take_tunnelled(&mut self) -> [Vec<u8>; 2] {
        std::mem::take(&mut self.state.tunnelled)
    }

    /// Nothing comes any more: what is open goes out as it is.
    pub fn close(mut self, worker: &mut Worker) {
        if let Some(answering) = self.state.answering.take() {
            self.state.keep_answer(worker, answering);
        }
        while let Some(early) = self.state.early.pop_front() {
            self.state.emit(worker, None, Some(early.response));
        }
        for entry in self.state.open.drain().collect::<Vec<_>>() {
            let is_fragment = entry.is_fragment();
            match entry.request {
                Some(request) if is_fragment => worker.forget(request),
                Some(request) => self.state.emit(worker, Some(request), entry.response),
                None => {}
            }
        }
    }
}

impl State {
    fn emit(&self, worker: &mut Worker, request: Option<Box<Request>>, response: Option<Box<Response>>) {
        let server = self.server.to_string();
        let service = if self.service.is_empty() { &server } else { &self.service };
        let origin = Origin { source: 0, flow: Some((self.client, self.server)), vlans: &self.vlans, id: None, service };
        worker.emit(&origin, request, response);
    }

    fn emit_done(&mut self, worker: &mut Worker) {
        while let Some(entry) = self.open.pop_done() {
            if entry.request.is_some() {
                self.emit(worker, entry.request, entry.response);
            }
        }
    }

    /// Gives a request that begins at `offset` the response that came before it, which may still be read.
    fn answer_early(&mut self, number: u64, offset: u64, worker: &mut Worker) {
        let Some(entry) = self.open.get(number) else { return };
        if let Some(early) = self.early.front() {
            if early.answers(offset)
                && let Some(early) = self.early.pop_front()
            {
                worker.give_up(early.response.place);
                (entry.answered, entry.response) = (true, Some(early.response));
            }
        } else if let Some(answering) = &mut self.answering
            && !answering.is_interim
            && answering.number.is_none()
            && answering.answers(offset)
        {
            worker.give_up(answering.response.place);
            (entry.answered, answering.number) = (true, Some(number));
        }
    }

    /// Keeps what may be the beginning of another protocol, up to a bound.
    fn tunnelled(&mut self, side: usize, bytes: &[u8], worker: &mut Worker) {
        worker.count("http.tunnelBytes", bytes.len() as u64);
        let kept = &mut self.tunnelled[side];
        kept.extend_from_slice(&bytes[..bytes.len().min(TUNNELLED_BYTES_MAX.saturating_sub(kept.len()))]);
    }

    /// A response has ended, or was cut off by the end of the connection.
    fn keep_answer(&mut self, worker: &mut Worker, answering: Answering) {
        let Answering { number, is_interim, response, acked, asked } = answering;
        if is_interim {
            return;
        }
        if number.is_none() && asked > 0 && acked > asked {
            self.early.push_back(Answering { number, is_interim, response, acked, asked });
            if self.early.len() > EARLY_MAX
                && let Some(early) = self.early.pop_front()
            {
                self.emit(worker, None, Some(early.response));
            }
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
