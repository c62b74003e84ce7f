//! The incremental parser of one direction.

use std::marker::PhantomData;
use std::mem;

use super::chunked::Chunked;
use super::framing::ChunkFallback;
use super::role::{Requests, Responses, Role};
use super::scan::{HEAD_BYTES_MAX, Scan};
use super::sink::{MessageEnd, Sink};
use tapistry_wire::weird::Weird;

/// Parses the direction of the client.
pub type RequestParser = Parser<Requests>;
/// Parses the direction of the server.
pub type ResponseParser = Parser<Responses>;

/// Carry buffers larger than this are given back after use.
const CARRY_BYTES_KEPT: usize = 16 << 10;

/// Where in a stream the first byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// At the start of the connection: a message begins here.
    Connection,
    /// Anywhere: the parser looks for the next plausible start line.
    Midstream,
}

/// How a direction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamEnd {
    /// FIN: the sender said that this was all, so a body to close is whole.
    Fin,
    /// Anything else.
    Other,
}

/// What a hole in the stream took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hole {
    /// Part of one message, which goes on or ends with it.
    Inside,
    /// The rest of a message, and maybe others.
    Beyond,
    /// The start of a message.
    Between,
}

#[derive(Debug)]
pub(super) enum State {
    /// Between messages, or (with bytes in the carry) in a head.
    Boundary,
    /// In a line that begins no message.
    Garbage,
    /// In a body with so many bytes to come.
    Length(u64),
    /// In a chunked body.
    Chunked(Chunked, Option<ChunkFallback>),
    /// In a body that ends with the stream.
    ToClose,
    /// After the last message of HTTP/1.
    Tunnel,
}

/// Parses one direction; see [`RequestParser`] and [`ResponseParser`].
///
/// A head that lies in one slice is parsed in place; a head that is cut is carried, at most 256 KiB of it. Bodies are never held.
/// Work is linear in the bytes. Memory: the carry, and 8 bytes a line of the head.
#[derive(Debug)]
pub struct Parser<R> {
    pub(super) state: State,
    /// Synchronisation is lost: only a start line beyond doubt begins a message.
    pub(super) strict: bool,
    /// The last byte before was of a body, so what comes next may be of it too.
    pub(super) after_body: bool,
    /// White space came before the start line.
    pub(super) leading_space: bool,
    /// The next response may have no head.
    pub(super) simple_next: bool,
    /// The part of a head that came so far.
    pub(super) carry: Vec<u8>,
    pub(super) scan: Scan,
    /// Bytes of the current body in gaps.
    pub(super) missing: u64,
    /// No byte of the current body has come.
    pub(super) untouched: bool,
    role: PhantomData<R>,
}

impl<R: Role> Parser<R> {
    /// A parser that has seen nothing.
    pub fn new(start: Start) -> Self {
        let mut scan = Scan::default();
        scan.reset();
        Parser {
            state: State::Boundary,
            strict: start == Start::Midstream,
            after_body: false,
            leading_space: false,
            simple_next: false,
            carry: Vec::new(),
            scan,
            missing: 0,
            untouched: false,
            role: PhantomData,
        }
    }

    /// Bytes that are kept of a head that is not whole, with what is known of its lines.
    pub fn held_bytes(&self) -> usize {
        if self.carry.is_empty() { 0 } else { self.carry.capacity() + self.scan.lines.capacity() * size_of::<(u32, u32)>() }
    }

    /// Takes the next bytes. Any split of the input gives the same calls, except that `body` and `tunnel` slices may be cut differently.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut impl Sink) {
        if self.carry.is_empty() {
            return self.run(bytes, sink);
        }
        let held = self.carry.len();
        let room = HEAD_BYTES_MAX.saturating_sub(held).min(bytes.len());
        let mut carry = mem::take(&mut self.carry);
        carry.extend_from_slice(&bytes[..room]);
        match self.head(&carry, sink) {
            None => self.carry = carry,
            Some(used) => {
                // Mostly the head ends in the new bytes; where those showed that it had ended before, or was none, old ones begin what follows.
                let taken = if used < held {
                    self.run(&carry[used..], sink);
                    room
                } else {
                    used - held
                };
                if carry.capacity() <= CARRY_BYTES_KEPT && self.carry.is_empty() {
                    carry.clear();
                    self.carry = carry;
                }
                let rest = &bytes[taken..];
                if !rest.is_empty() {
                    self.feed(rest, sink);
                }
            }
        }
    }

    /// `length` bytes will never come. A hole inside a body of known length, or inside a chunk, or in a body to close, is part of the message;
    /// any other ends the message, and the next plausible start line is looked for.
    pub fn gap(&mut self, length: u64, sink: &mut impl Sink) -> Hole {
        let open = match &mut self.state {
            State::Tunnel => return Hole::Inside,
            State::Boundary | State::Garbage => {
                let hole = if self.cut_head(MessageEnd::Gap { missing: length }, sink) { Hole::Beyond } else { Hole::Between };
                self.lose_place();
                return hole;
            }
            State::ToClose => true,
            State::Length(left) if length <= *left => {
                *left -= length;
                self.missing = self.missing.saturating_add(length);
                if *left == 0 {
                    self.end_body(sink);
                }
                return Hole::Inside;
            }
            State::Length(left) => {
                self.missing = self.missing.saturating_add(*left);
                false
            }
            State::Chunked(chunked, _) => {
                let left = chunked.left_in_chunk();
                let inside = chunked.gap(length);
                if !inside {
                    self.missing = self.missing.saturating_add(left);
                }
                inside
            }
        };
        if open {
            self.missing = self.missing.saturating_add(length);
            return Hole::Inside;
        }
        sink.weird(Weird::Http1BodyGap);
        sink.end(MessageEnd::Gap { missing: mem::take(&mut self.missing) });
        self.lose_place();
        Hole::Beyond
    }

    /// Synchronisation is lost, and what comes may be within a line.
    fn lose_place(&mut self) {
        self.lose();
        if !self.simple_next {
            self.state = State::Garbage;
        }
    }

    /// No more bytes come; ends the open message, if any.
    pub fn finish(&mut self, how: StreamEnd, sink: &mut impl Sink) {
        if self.is_tunnel() {
            return;
        }
        if self.carry.last() == Some(&b'\r') {
            // The CR waits for what follows it; nothing does, so it is a line end.
            self.feed(b"\n", sink);
        }
        match mem::replace(&mut self.state, State::Boundary) {
            State::Boundary if self.simple_next && !self.carry.is_empty() => {
                self.begin_simple(sink);
                let carry = mem::take(&mut self.carry);
                sink.body(&carry);
                self.state = State::Boundary;
                self.end_to_close(how, sink);
            }
            State::Boundary | State::Garbage | State::Tunnel => {
                self.cut_head(MessageEnd::Cut, sink);
            }
            State::ToClose => self.end_to_close(how, sink),
            State::Chunked(chunked, _) if chunked.is_whole() => {
                sink.weird(Weird::Http1ChunkMissingCrlf);
                self.end_body(sink);
            }
            State::Length(_) | State::Chunked(..) => self.cut_body(sink),
        }
        self.lose();
    }

    /// From here on the stream is no HTTP/1 (101, or 2xx to CONNECT): the owner calls it on the request parser; the response
    /// parser switches by itself. Bytes of an unfinished head are handed to [`Sink::tunnel`].
    pub fn tunnel(&mut self, sink: &mut impl Sink) {
        if matches!(self.state, State::Length(_) | State::Chunked(..) | State::ToClose) {
            self.cut_body(sink);
        }
        self.state = State::Tunnel;
        let carry = mem::take(&mut self.carry);
        if !carry.is_empty() {
            sink.tunnel(&carry);
        }
    }

    /// Whether the next byte follows a whole message, or is the first of all.
    pub fn is_between(&self) -> bool {
        matches!(self.state, State::Boundary) && !self.strict && self.carry.is_empty()
    }

    /// Whether the parser hands bytes to [`Sink::tunnel`].
    pub fn is_tunnel(&self) -> bool {
        matches!(self.state, State::Tunnel)
    }
}

impl Parser<Requests> {
    /// The server has begun to answer: a request line without version that still waits to see whether fields follow is
    /// a simple request (HTTP/0.9) and is reported now. Cheap; the owner calls it when response bytes come and no request is open.
    pub fn settle(&mut self, sink: &mut impl Sink) {
        if self.scan.is_lone_simple() && self.scan.lines_length() == self.carry.len() {
            let carry = mem::take(&mut self.carry);
            self.report(&carry, sink);
        }
    }

    /// The server has refused the open request before any byte of its body came (a final response to `Expect: 100-continue`): clients
    /// then mostly send none, and the request ends without. Cheap, and without effect where body bytes have come.
    pub fn refused(&mut self, sink: &mut impl Sink) {
        if self.untouched && matches!(self.state, State::Length(_) | State::Chunked(..)) {
            self.end_body(sink);
        }
    }
}

impl Parser<Responses> {
    /// The request that the next message answers had no version ([`Version::Http09`]): unless it begins with a status line, all bytes
    /// to the end of the stream are its body, and its head is reported as status 0, [`Version::Http09`], no fields.
    pub fn expect_simple(&mut self) {
        self.simple_next = true;
    }
}
