//! An HTTP/1 connection: two parsers, the requests that are open, and the exchanges that come out.

use crate::head::{read_request, read_response};
use crate::message::{Request, Response};
use crate::pairing::{Open, Wants};
use crate::worker::{Origin, Worker};
use std::net::SocketAddr;
use tapistry_http::h1::{MessageEnd, RequestHead, RequestParser, ResponseContext, ResponseHead, ResponseParser, Sink, Start, StreamEnd, Version};
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
                refused: false,
                weirds,
                is_answered_simply: false,
            },
        }
    }

    /// Bytes of the client.
    pub fn ask(&mut self, worker: &mut Worker, bytes: &[u8], at: &At) {
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

    /// Keeps what may be the beginning of another protocol, up to a bound.
    fn tunnelled(&mut self, side: usize, bytes: &[u8], worker: &mut Worker) {
        worker.count("http.tunnelBytes", bytes.len() as u64);
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

/// Hears of the client's messages.
struct Asking<'a> {
    state: &'a mut State,
    worker: &'a mut Worker,
    at: &'a At,
}

impl Sink for Asking<'_> {
    fn start(&mut self) {
        self.state.begun[CLIENT] = Some(*self.at);
        self.state.odd[CLIENT] = WeirdSet::default();
    }

    fn request(&mut self, head: &RequestHead<'_>) {
        let begun = self.state.begun[CLIENT].take().unwrap_or(*self.at);
        let mut request = self.worker.new_request(begun.packet);
        request.time_ns = Some(begun.time_ns);
        request.offset = begun.offset;
        request.peer_acked = begun.peer_acked;
        request.client = Some(self.state.client_hash);
        request.weirds.extend(std::mem::take(&mut self.state.odd[CLIENT]));
        request.weirds.extend(std::mem::take(&mut self.state.weirds));
        let settings = self.worker.settings.clone();
        read_request(head, Some((self.state.server.ip(), self.state.server.port())), &mut request, &settings, &mut self.worker.credentials);
        self.state.service.clone_from(&request.service);
        let wants = match head.method {
            b"HEAD" => Wants::Head,
            b"CONNECT" => Wants::Connect,
            _ if head.version == Version::Http09 && head.fields.is_empty() => Wants::Simple,
            _ => Wants::Normal,
        };
        let expects = head.fields.iter().any(|field| field.name.eq_ignore_ascii_case(b"expect") && field.value.eq_ignore_ascii_case(b"100-continue"));
        self.state.asking = Some(self.state.open.push(request, wants, expects));
        if self.state.open.len() > self.worker.settings.limits.open_requests_max
            && let Some(oldest) = self.state.open.pop()
        {
            self.worker.count("http.openRequestsShed", 1);
            self.state.emit(self.worker, oldest.request, oldest.response);
        }
    }

    fn response(&mut self, _head: &ResponseHead<'_>) -> ResponseContext {
        ResponseContext::Normal
    }

    fn body(&mut self, bytes: &[u8]) {
        let entry = self.state.asking.and_then(|number| self.state.open.get(number));
        if let Some(request) = entry.and_then(|entry| entry.request.as_mut()) {
            self.worker.push_body(&mut request.body, bytes);
        }
    }

    fn end(&mut self, end: MessageEnd) {
        let Some(number) = self.state.asking.take() else { return };
        let odd = std::mem::take(&mut self.state.odd[CLIENT]);
        let Some(entry) = self.state.open.get(number) else { return };
        entry.request_ended = true;
        if let Some(request) = &mut entry.request {
            request.complete = end == MessageEnd::Complete;
            request.weirds.extend(odd);
        }
        self.state.emit_done(self.worker);
        if let Some(entry) = self.state.open.get(number)
            && entry.response.is_some()
        {
            let (request, response) = (entry.request.take(), entry.response.take());
            self.state.emit(self.worker, request, response);
        }
    }

    fn weird(&mut self, weird: Weird) {
        self.state.odd[CLIENT].insert(weird);
    }

    fn tunnel(&mut self, bytes: &[u8]) {
        self.state.tunnelled(CLIENT, bytes, self.worker);
    }
}

/// Hears of the server's messages.
struct Answers<'a> {
    state: &'a mut State,
    worker: &'a mut Worker,
    at: &'a At,
}

impl Sink for Answers<'_> {
    fn start(&mut self) {
        self.state.begun[SERVER] = Some(*self.at);
        self.state.odd[SERVER] = WeirdSet::default();
    }

    fn request(&mut self, _head: &RequestHead<'_>) {}

    fn response(&mut self, head: &ResponseHead<'_>) -> ResponseContext {
        let begun = self.state.begun[SERVER].take().unwrap_or(*self.at);
        let is_interim = (100..200).contains(&head.status) && head.status != 101;
        let number = if is_interim { None } else { self.state.open.answered_by(&begun) };
        let mut response = self.worker.new_response();
        response.time_ns = Some(begun.time_ns);
        read_response(head, &mut response);
        let mut context = ResponseContext::Normal;
        match number.and_then(|number| self.state.open.get(number)) {
            Some(entry) => {
                if !entry.request_ended {
                    response.weirds.insert(Weird::Http1EarlyResponse);
                    self.state.refused = entry.expects && head.status >= 300;
                }
                context = match entry.wants {
                    Wants::Head => ResponseContext::Head,
                    Wants::Connect => ResponseContext::Connect,
                    Wants::Normal | Wants::Simple => ResponseContext::Normal,
                };
            }
            None if !is_interim => response.place = self.worker.begin(begun.packet),
            None => {}
        }
        self.state.tunnel |= head.status == 101 || (context == ResponseContext::Connect && (200..300).contains(&head.status));
        self.state.answering = Some(Answering { number, is_interim, response });
        context
    }

    fn body(&mut self, bytes: &[u8]) {
        if let Some(answering) = &mut self.state.answering {
            self.worker.push_body(&mut answering.response.body, bytes);
        }
    }

    fn end(&mut self, end: MessageEnd) {
        let Some(mut answering) = self.state.answering.take() else { return };
        answering.response.complete = end == MessageEnd::Complete;
        answering.response.weirds.extend(std::mem::take(&mut self.state.odd[SERVER]));
        answering.response.weirds.extend(std::mem::take(&mut self.state.weirds));
        self.state.keep_answer(self.worker, answering);
    }

    fn weird(&mut self, weird: Weird) {
        self.state.odd[SERVER].insert(weird);
    }

    fn tunnel(&mut self, bytes: &[u8]) {
        self.state.tunnelled(SERVER, bytes, self.worker);
    }
}
