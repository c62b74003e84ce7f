//! What the frames of one direction tell, as requests and responses of the connection.

use super::reading::Into;
use super::stream::{Side, Wants};
use super::{CLIENT, SERVER, State};
use crate::protocol::Protocol as _;
use crate::worker::Worker;
use tapistry_http::h2::{Block, BlockEnd, FieldSink, Sink};
use tapistry_wire::stream::At;
use tapistry_wire::weird::Weird;

/// Hears one side.
pub(super) struct Hearing<'a> {
    pub state: &'a mut State,
    pub worker: &'a mut Worker,
    pub side: usize,
    pub at: &'a At,
}

impl FieldSink for Hearing<'_> {
    #[inline]
    fn field(&mut self, name: Option<&[u8]>, value: Option<&[u8]>) {
        match (name, value) {
            (Some(name), Some(value)) => self.state.reading.field(name, value, self.worker),
            _ => self.state.reading.unknown(name),
        }
    }
}

impl Sink for Hearing<'_> {
    #[inline]
    fn frame(&mut self) {
        self.state.begun[self.side] = Some(*self.at);
    }

    fn begin(&mut self, block: Block) {
        // What asks again on the number of a stream that it gave up asks for something else.
        if self.side == CLIENT && self.state.streams.get(&block.stream).is_some_and(|stream| stream.is_given_up) {
            self.state.give_up(block.stream, self.worker);
        }
        let stream = self.state.streams.get(&block.promised.unwrap_or(block.stream));
        let begun = self.state.begun[self.side].unwrap_or(*self.at);
        let into = if self.side == CLIENT || block.promised.is_some() {
            if stream.is_some_and(|stream| stream.request.is_some()) {
                Into::Trailers
            } else {
                let mut request = self.worker.new_request(begun.packet);
                request.time_ns = begun.time();
                request.scheme = self.state.ends.scheme;
                request.client = Some(self.state.ends.client_hash);
                Into::Request(request)
            }
        } else if stream.is_some_and(|stream| stream.response.is_some() && !stream.may_be_interim()) {
            Into::Trailers
        } else {
            let mut response = self.worker.new_response();
            response.time_ns = begun.time();
            Into::Response(response)
        };
        self.state.reading.clear(into);
    }

    fn end(&mut self, block: Block, end: BlockEnd) {
        match std::mem::take(&mut self.state.reading.into) {
            Into::Trailers => self.trailers(block),
            Into::Request(request) if self.state.reading.has_method() || end.is_partial => self.request(request, block),
            // Trailers of a request that was not seen, or is over.
            Into::Request(request) => self.worker.drop_request(request),
            Into::Response(response) => self.answer(response, block, end),
        }
        if end.ends_stream {
            self.state.end(block.stream, self.side, self.worker);
        }
        self.state.settle(self.at, self.worker);
        self.state.shed(self.worker);
    }

    fn data(&mut self, stream: u32, bytes: &[u8]) {
        let Some(stream) = self.state.streams.get_mut(&stream) else {
            return self.worker.count("http2.strayBytes", bytes.len() as u64);
        };
        if let Some(socket) = &mut stream.socket {
            return socket.data(self.worker, self.state.ends.direction(self.side), bytes, self.at);
        }
        if stream.wants == Wants::Tunnel {
            return self.worker.count("http.tunnelBytes", bytes.len() as u64);
        }
        match (self.side, &mut stream.request, &mut stream.response) {
            (CLIENT, Some(request), _) => self.worker.push_body(&mut request.body, bytes),
            (SERVER, _, Some(response)) => self.worker.push_body(&mut response.body, bytes),
            _ => {
                stream.sides[self.side].has_strays = true;
                self.worker.count("http2.strayBytes", bytes.len() as u64);
            }
        }
    }

    fn data_gap(&mut self, stream: u32, length: u64) {
        if let Some(stream) = self.state.streams.get_mut(&stream) {
            if let Some(socket) = &mut stream.socket {
                return socket.gap(self.worker, self.state.ends.direction(self.side), length, self.at);
            }
            stream.sides[self.side].has_gap = true;
            if let Some(weirds) = stream.weirds(self.side) {
                weirds.insert(Weird::TcpGap);
            }
        }
    }

    fn end_stream(&mut self, stream: u32) {
        self.state.end(stream, self.side, self.worker);
    }

    fn reset(&mut self, stream: u32) {
        self.state.reset(stream, self.side, self.at, self.worker);
    }

    fn go_away(&mut self, last: u32) {
        if self.side == SERVER {
            for stream in self.state.streams.range_mut(last.saturating_add(1)..).map(|(_, stream)| stream) {
                stream.is_given_up = true;
                if let Some(weirds) = stream.weirds(CLIENT) {
                    weirds.insert(Weird::H2GoAwayOpen);
                }
            }
        }
    }

    fn lost(&mut self) {
        self.state.losses[self.side] = self.state.losses[self.side].saturating_add(1);
        let direction = self.state.ends.direction(self.side);
        for socket in self.state.streams.values_mut().filter_map(|stream| stream.socket.as_mut()) {
            socket.gap(self.worker, direction, u64::MAX, self.at);
        }
    }

    fn skip(&mut self, bytes: usize) {
        if bytes > 0 {
            self.state.losses[self.side] = self.state.losses[self.side].saturating_add(1);
            self.worker.count("http2.skippedBytes", bytes as u64);
        }
    }

    fn weird(&mut self, weird: Weird) {
        let is_of_block = matches!(weird, Weird::H2HpackUnknown | Weird::H2HpackError | Weird::H2HeaderLimit);
        let into = if is_of_block { &mut self.state.reading.weirds } else { &mut self.state.weirds };
        into.insert(weird);
    }
}

impl Hearing<'_> {
    fn request(&mut self, mut request: Box<crate::message::Request>, block: Block) {
        let State { reading, ends, streams, newest, service, weirds, losses, .. } = &mut *self.state;
        reading.seal_request(&mut request, ends.server, self.worker);
        request.weirds.extend(std::mem::take(&mut reading.weirds));
        request.weirds.extend(std::mem::take(weirds));
        service.clone_from(&request.service);
        let number = block.promised.unwrap_or(block.stream);
        let stream = streams.entry(number).or_default();
        stream.wants = match reading.method() {
            b"HEAD" => Wants::Head,
            b"CONNECT" if request.asks_socket => Wants::Socket,
            b"CONNECT" => Wants::Tunnel,
            _ => Wants::Normal,
        };
        if stream.response.is_none() {
            stream.sides[SERVER].losses = losses[SERVER];
        }
        stream.sides[CLIENT] = Side { has_ended: block.promised.is_some(), expected: reading.expected, losses: losses[CLIENT], ..Side::default() };
        if block.promised.is_some() {
            request.complete = true;
        } else if number <= *newest && losses[CLIENT] == 0 {
            request.weirds.insert(Weird::H2StreamReuse);
        } else {
            *newest = number.max(*newest);
        }
        stream.request = Some(request);
        self.state.weigh(number);
        self.state.go_over(number, self.at, self.worker);
    }

    /// What comes after a body: where it names a method, the stream is used again before it is over.
    fn trailers(&mut self, block: Block) {
        let State { reading, streams, .. } = &mut *self.state;
        let Some(stream) = streams.get_mut(&block.stream) else { return };
        if let (SERVER, Some(response)) = (self.side, &mut stream.response) {
            response.grpc_status = reading.grpc_status.or(response.grpc_status);
        }
        if let Some(weirds) = stream.weirds(self.side) {
            weirds.extend(reading.weirds);
            if reading.has_method() {
                weirds.insert(Weird::H2StreamReuse);
            }
        }
    }
}
