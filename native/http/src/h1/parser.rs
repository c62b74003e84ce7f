//! The incremental parser of one direction.

use std::marker::PhantomData;
use std::mem;

use super::chunked::{Chunked, Progress};
use super::framing::{Body, ChunkFallback};
use super::head::with_fields;
use super::role::{Requests, Responses, Role};
use super::scan::{Found, HEAD_BYTES_MAX, Scan};
use super::sink::{MessageEnd, ResponseHead, Sink, Version};
use super::token::is_space;
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

#[derive(Debug)]
enum State {
    /// Between messages, or (with bytes in the carry) in a head.
    Boundary,
    /// In a line that begins no message.
    Garbage,
    Length(u64),
    Chunked(Chunked, Option<ChunkFallback>),
    ToClose,
    Tunnel,
}

/// Parses one direction; see [`RequestParser`] and [`ResponseParser`].
///
/// A head that lies in one slice is parsed in place; a head that is cut is carried, at most 256 KiB of it. Bodies are never held.
/// Work is linear in the bytes. Memory: the carry, and 8 bytes a line of the head.
#[derive(Debug)]
pub struct Parser<R> {
    state: State,
    /// Synchronisation is lost: only a start line beyond doubt begins a message.
    strict: bool,
    /// White space came before the start line.
    leading_space: bool,
    /// The next response may have no head.
    simple_next: bool,
    /// The part of a head that came so far.
    carry: Vec<u8>,
    scan: Scan,
    /// Bytes of the current body in gaps.
    missing: u64,
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
            leading_space: false,
            simple_next: false,
            carry: Vec::new(),
            scan,
            missing: 0,
            role: PhantomData,
        }
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
                // Mostly the head ends in the new bytes; where those showed that it had ended before, old ones begin what follows.
                if used < held {
                    self.run(&carry[used..held], sink);
                }
                if carry.capacity() <= CARRY_BYTES_KEPT && self.carry.is_empty() {
                    carry.clear();
                    self.carry = carry;
                }
                let rest = &bytes[used.saturating_sub(held)..];
                if !rest.is_empty() {
                    self.feed(rest, sink);
                }
            }
        }
    }

    /// `length` bytes will never come. One inside a body of known length, or inside a chunk, or in a body to close, is part of the message; any
    /// other ends the message, and the next plausible start line is looked for.
    pub fn gap(&mut self, length: u64, sink: &mut impl Sink) {
        let open = match &mut self.state {
            State::Tunnel => return,
            State::Boundary | State::Garbage => {
                self.cut_head(MessageEnd::Gap { missing: length }, sink);
                self.lose();
                return;
            }
            State::ToClose => true,
            State::Length(left) if length <= *left => {
                *left -= length;
                self.missing = self.missing.saturating_add(length);
                if *left == 0 {
                    self.end_body(sink);
                }
                return;
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
            return;
        }
        sink.weird(Weird::Http1BodyGap);
        sink.end(MessageEnd::Gap { missing: mem::take(&mut self.missing) });
        self.lose();
    }

    /// No more bytes come; ends the open message, if any.
    pub fn finish(&mut self, how: StreamEnd, sink: &mut impl Sink) {
        if self.is_tunnel() {
            return;
        }
        match mem::replace(&mut self.state, State::Boundary) {
            State::Boundary if self.simple_next && !self.carry.is_empty() => {
                self.begin_simple(sink);
                let carry = mem::take(&mut self.carry);
                sink.body(&carry);
                self.state = State::Boundary;
                self.end_to_close(how, sink);
            }
            State::Boundary | State::Garbage | State::Tunnel => self.cut_head(MessageEnd::Cut, sink),
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

    /// Whether the parser hands bytes to [`Sink::tunnel`].
    pub fn is_tunnel(&self) -> bool {
        matches!(self.state, State::Tunnel)
    }

    /// Goes through `bytes` while nothing is carried; leaves the start of a head that is cut in the carry.
    fn run(&mut self, mut bytes: &[u8], sink: &mut impl Sink) {
        while !bytes.is_empty() {
            let used = match &mut self.state {
                State::Boundary => match self.boundary(bytes, sink) {
                    Some(used) => used,
                    None => return,
                },
                State::Garbage => match memchr::memchr(b'\n', bytes) {
                    Some(at) => {
                        self.state = State::Boundary;
                        at + 1
                    }
                    None => return,
                },
                State::Length(left) => {
                    let count = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left -= count as u64;
                    let over = *left == 0;
                    sink.body(&bytes[..count]);
                    if over {
                        self.end_body(sink);
                    }
                    count
                }
                State::Chunked(..) => self.chunked(bytes, sink),
                State::ToClose => return sink.body(bytes),
                State::Tunnel => return sink.tunnel(bytes),
            };
            bytes = &bytes[used..];
        }
    }

    /// Skips what may stand before a start line, then reads the head. `None`: all bytes are taken.
    fn boundary(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Option<usize> {
        if self.simple_next {
            sink.start();
            return self.head_or_carry(bytes, sink);
        }
        match bytes[0] {
            b'\r' | b'\n' => {
                self.leading_space = false;
                Some(1)
            }
            byte if is_space(byte) && !self.strict => {
                self.leading_space = true;
                Some(1)
            }
            _ if self.strict && !R::could_start(&bytes[..1]) => {
                self.state = State::Garbage;
                Some(0)
            }
            _ => {
                sink.start();
                self.head_or_carry(bytes, sink)
            }
        }
    }

    fn head_or_carry(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Option<usize> {
        let used = self.head(bytes, sink);
        if used.is_none() {
            self.carry.extend_from_slice(bytes);
        }
        used
    }

    /// Reads the head that begins at `bytes`; `None` while it is not whole.
    fn head(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Option<usize> {
        if self.simple_next {
            let count = bytes.len().min(5);
            if !R::could_start(&bytes[..count]) {
                self.begin_simple(sink);
                return Some(0);
            }
            if count < 5 {
                return None;
            }
            self.simple_next = false;
        }
        match self.scan.advance::<R>(bytes, self.strict) {
            Found::More => None,
            Found::Head(length) => {
                self.report(&bytes[..length], sink);
                Some(length)
            }
            Found::Nothing(length) => {
                self.garbage(sink);
                if length == 0 {
                    self.state = State::Garbage;
                }
                Some(length)
            }
            Found::Limit => {
                let length = bytes.len().min(HEAD_BYTES_MAX);
                sink.weird(Weird::Http1HeaderLimit);
                let length = if self.scan.lines.is_empty() { length } else { self.scan.lines_length() };
                self.break_head(bytes, MessageEnd::Broken, sink);
                self.state = State::Garbage;
                Some(length)
            }
        }
    }

    fn report(&mut self, head: &[u8], sink: &mut impl Sink) {
        let mut weirds = self.scan.weirds;
        if mem::take(&mut self.leading_space) {
            weirds.insert(Weird::Http1LeadingSpace);
        }
        let outcome = with_fields(head, &self.scan.lines, &mut weirds, |start, fields, weirds| R::report(start, fields, true, weirds, sink));
        self.scan.reset();
        self.strict = outcome.lost;
        self.missing = 0;
        self.state = match outcome.body {
            Body::None => State::Boundary,
            Body::Length(length) => State::Length(length),
            Body::Chunked { fallback } => State::Chunked(Chunked::new(), fallback),
            Body::ToClose => State::ToClose,
            Body::Tunnel => State::Tunnel,
        };
        if matches!(self.state, State::Boundary | State::Tunnel) {
            sink.end(if outcome.lost { MessageEnd::Broken } else { MessageEnd::Complete });
        }
    }

    fn garbage(&mut self, sink: &mut impl Sink) {
        if !self.strict {
            sink.weird(Weird::Http1Garbage);
        }
        self.scan.reset();
        (self.strict, self.leading_space) = (true, false);
    }

    fn chunked(&mut self, bytes: &[u8], sink: &mut impl Sink) -> usize {
        let State::Chunked(chunked, fallback) = &mut self.state else { return 0 };
        let (used, progress) = chunked.feed(bytes, sink);
        match (progress, *fallback) {
            (Progress::More, _) => {}
            (Progress::Done, _) => self.end_body(sink),
            (Progress::NotChunked, Some(fallback)) => {
                let State::Chunked(chunked, _) = mem::replace(&mut self.state, State::ToClose) else { return used };
                self.unchunk(chunked.held(), fallback, sink);
            }
            (Progress::Broken | Progress::NotChunked, _) => {
                sink.end(MessageEnd::Broken);
                self.lose();
                self.state = State::Garbage;
            }
        }
        used
    }

    /// A response that called itself chunked is not: what was held back is content.
    fn unchunk(&mut self, held: &[u8], fallback: ChunkFallback, sink: &mut impl Sink) {
        self.state = match fallback {
            ChunkFallback::ToClose => {
                sink.weird(Weird::Http1BodyToClose);
                State::ToClose
            }
            ChunkFallback::Length(length) => State::Length(length),
        };
        if fallback == ChunkFallback::Length(0) {
            self.end_body(sink);
        }
        // The length may be less than what was held: then the rest is the next message's.
        self.run(held, sink);
    }

    fn end_body(&mut self, sink: &mut impl Sink) {
        let missing = mem::take(&mut self.missing);
        self.state = State::Boundary;
        if missing > 0 {
            sink.weird(Weird::Http1BodyGap);
            sink.end(MessageEnd::Gap { missing });
        } else {
            sink.end(MessageEnd::Complete);
        }
    }

    fn end_to_close(&mut self, how: StreamEnd, sink: &mut impl Sink) {
        match how {
            StreamEnd::Fin => self.end_body(sink),
            StreamEnd::Other => self.cut_body(sink),
        }
    }

    fn cut_body(&mut self, sink: &mut impl Sink) {
        sink.weird(Weird::Http1BodyCut);
        self.missing = 0;
        sink.end(MessageEnd::Cut);
    }

    /// Ends a head that will not go on.
    fn cut_head(&mut self, end: MessageEnd, sink: &mut impl Sink) {
        let carry = mem::take(&mut self.carry);
        if carry.is_empty() {
            return;
        }
        if self.scan.is_lone_simple() && self.scan.lines_length() == carry.len() {
            return self.report(&carry, sink);
        }
        sink.weird(Weird::Http1HeadCut);
        self.break_head(&carry, end, sink);
    }

    /// Reports what whole lines say of a head that has no end; its body cannot be known.
    fn break_head(&mut self, bytes: &[u8], end: MessageEnd, sink: &mut impl Sink) {
        if !self.scan.lines.is_empty() {
            let mut weirds = self.scan.weirds;
            with_fields(bytes, &self.scan.lines, &mut weirds, |start, fields, weirds| R::report(start, fields, false, weirds, sink));
            sink.end(end);
        }
        self.lose();
    }

    /// Synchronisation is lost.
    fn lose(&mut self) {
        self.scan.reset();
        self.state = State::Boundary;
        (self.strict, self.leading_space, self.missing) = (true, false, 0);
    }

    fn begin_simple(&mut self, sink: &mut impl Sink) {
        self.simple_next = false;
        self.state = State::ToClose;
        sink.response(&ResponseHead { status: 0, version: Version::Http09, fields: &[] });
        sink.weird(Weird::Http1BodyToClose);
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
}

impl Parser<Responses> {
    /// The request that the next message answers had no version ([`Version::Http09`]): unless it begins with a status line, all bytes
    /// to the end of the stream are its body, and its head is reported as status 0, [`Version::Http09`], no fields.
    pub fn expect_simple(&mut self) {
        self.simple_next = true;
    }
}
