//! The inside of the parser: from bytes to calls of the sink.

use std::mem;

use super::chunked::{Chunked, Progress};
use super::framing::{Body, ChunkFallback};
use super::head::with_fields;
use super::parser::{Parser, State, StreamEnd};
use super::resync::Resume;
use super::role::Role;
use super::scan::{Found, HEAD_BYTES_MAX};
use super::sink::{MessageEnd, ResponseHead, Sink, Version};
use super::token::is_space;
use tapistry_wire::weird::Weird;

impl<R: Role> Parser<R> {
    /// Goes through `bytes` while nothing is carried; leaves the start of a head that is cut in the carry.
    pub(super) fn run(&mut self, mut bytes: &[u8], sink: &mut impl Sink) {
        while !bytes.is_empty() {
            let used = match &mut self.state {
                State::Boundary => match self.boundary(bytes, sink) {
                    Some(used) => used,
                    None => return,
                },
                State::Garbage => self.garbage(bytes, sink),
                State::Length(left) => {
                    let count = usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len());
                    *left -= count as u64;
                    let over = *left == 0;
                    self.untouched = false;
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
    pub(super) fn boundary(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Option<usize> {
        if self.simple_next {
            sink.start();
            return self.head_or_carry(bytes, sink);
        }
        match bytes[0] {
            b'\r' | b'\n' => {
                (self.leading_space, self.after_body) = (false, false);
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

    pub(super) fn head_or_carry(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Option<usize> {
        let used = self.head(bytes, sink);
        if used.is_none() {
            self.carry.extend_from_slice(bytes);
        }
        used
    }

    /// Reads the head that begins at `bytes`; `None` while it is not whole.
    pub(super) fn head(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Option<usize> {
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
            Found::Head(length) => Some(self.report(&bytes[..length], sink)),
            Found::Nothing(length) => {
                self.find_none(sink);
                match length {
                    0 => self.state = State::Garbage,
                    _ => sink.skip(length),
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

    /// Reports a whole head; returns how much of it was one. The rest is the body's.
    pub(super) fn report(&mut self, head: &[u8], sink: &mut impl Sink) -> usize {
        if (self.strict || self.after_body)
            && let Some((0, end)) = self.scan.lines.first()
            && let leftover @ 1.. = R::leftover(&head[..*end as usize])
        {
            self.find_none(sink);
            sink.skip(leftover);
            return leftover;
        }
        let mut weirds = self.scan.weirds;
        if self.leading_space {
            weirds.insert(Weird::Http1LeadingSpace);
        }
        let lines = &self.scan.lines;
        let outcome = with_fields(head, lines, &mut weirds, |start, fields, weirds| match R::breaks_at(head, lines, *weirds) {
            Some(line) => Err(line),
            None => Ok(R::report(start, fields, true, weirds, sink)),
        });
        let outcome = match outcome {
            Ok(outcome) => outcome,
            Err(line) => {
                let length = self.scan.break_off(line);
                let used = self.report(&head[..length], sink);
                // Where the body ends, is anybody's guess.
                self.strict = true;
                return used;
            }
        };
        (self.leading_space, self.after_body) = (false, false);
        self.untouched = true;
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
        head.len()
    }

    /// Passes over what belongs to no message, up to where one may begin.
    pub(super) fn garbage(&mut self, bytes: &[u8], sink: &mut impl Sink) -> usize {
        let skipped = match R::resume(bytes) {
            Resume::Nowhere => bytes.len(),
            Resume::Line(at) => {
                self.state = State::Boundary;
                at
            }
            Resume::Inside(at) => {
                (self.state, self.scan.is_inside) = (State::Boundary, true);
                at
            }
        };
        sink.skip(skipped);
        skipped
    }

    pub(super) fn find_none(&mut self, sink: &mut impl Sink) {
        if !self.strict {
            sink.weird(Weird::Http1Garbage);
        }
        self.scan.reset();
        (self.strict, self.after_body, self.leading_space) = (true, false, false);
    }

    pub(super) fn chunked(&mut self, bytes: &[u8], sink: &mut impl Sink) -> usize {
        let State::Chunked(chunked, fallback) = &mut self.state else { return 0 };
        let (used, progress) = chunked.feed(bytes, sink);
        self.untouched = false;
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
    pub(super) fn unchunk(&mut self, held: &[u8], fallback: ChunkFallback, sink: &mut impl Sink) {
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

    pub(super) fn end_body(&mut self, sink: &mut impl Sink) {
        let missing = mem::take(&mut self.missing);
        self.after_body = matches!(self.state, State::Length(_));
        self.state = State::Boundary;
        if missing > 0 {
            sink.weird(Weird::Http1BodyGap);
            sink.end(MessageEnd::Gap { missing });
        } else {
            sink.end(MessageEnd::Complete);
        }
    }

    pub(super) fn end_to_close(&mut self, how: StreamEnd, sink: &mut impl Sink) {
        match how {
            StreamEnd::Fin => self.end_body(sink),
            StreamEnd::Other => self.cut_body(sink),
        }
    }

    pub(super) fn cut_body(&mut self, sink: &mut impl Sink) {
        sink.weird(Weird::Http1BodyCut);
        self.missing = 0;
        sink.end(MessageEnd::Cut);
    }

    /// Ends a head that will not go on; says whether enough of it came to report it.
    pub(super) fn cut_head(&mut self, end: MessageEnd, sink: &mut impl Sink) -> bool {
        let carry = mem::take(&mut self.carry);
        if carry.is_empty() {
            return false;
        }
        if self.scan.is_inside && self.scan.lines.is_empty() {
            sink.skip(carry.len());
            self.lose();
            return false;
        }
        if self.scan.is_lone_simple() && self.scan.lines_length() == carry.len() {
            self.report(&carry, sink);
            return true;
        }
        sink.weird(Weird::Http1HeadCut);
        if self.scan.lines.is_empty()
            && matches!(end, MessageEnd::Gap { .. })
            && let Some(line) = R::mend(&carry)
        {
            self.scan.lines.push((0, line.len() as u32));
            self.break_head(&line, end, sink);
            return true;
        }
        let is_known = !self.scan.lines.is_empty();
        if !is_known {
            sink.skip(carry.len());
        }
        self.break_head(&carry, end, sink);
        is_known
    }

    /// Reports what whole lines say of a head that has no end; its body cannot be known.
    pub(super) fn break_head(&mut self, bytes: &[u8], end: MessageEnd, sink: &mut impl Sink) {
        if !self.scan.lines.is_empty() {
            let mut weirds = self.scan.weirds;
            with_fields(bytes, &self.scan.lines, &mut weirds, |start, fields, weirds| R::report(start, fields, false, weirds, sink));
            sink.end(end);
        }
        self.lose();
    }

    /// Synchronisation is lost.
    pub(super) fn lose(&mut self) {
        self.scan.reset();
        self.state = State::Boundary;
        (self.strict, self.after_body, self.leading_space, self.missing) = (true, false, false, 0);
    }

    pub(super) fn begin_simple(&mut self, sink: &mut impl Sink) {
        self.simple_next = false;
        self.state = State::ToClose;
        sink.response(&ResponseHead { status: 0, version: Version::Http09, fields: &[] });
        sink.weird(Weird::Http1BodyToClose);
    }
}
