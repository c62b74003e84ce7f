//! Writes down what a parser says, in a form that does not depend on how bodies were cut.
#![allow(dead_code, reason = "every test file uses its part")]

use tapistry_http::h1::{MessageEnd, RequestHead, RequestParser, ResponseContext, ResponseHead, ResponseParser, Sink, Start, StreamEnd};
use tapistry_wire::weird::Weird;

/// A sink that keeps everything as lines of text; weirds once a message, in the order of their names.
#[derive(Default)]
pub struct Recorder {
    pub events: Vec<String>,
    pub requests: usize,
    pub responses: usize,
    /// Bytes that belong to no message.
    pub skipped: usize,
    /// What `response` answers.
    pub contexts: Vec<ResponseContext>,
    body: Vec<u8>,
    tunnel: Vec<u8>,
}

impl Recorder {
    pub fn flush(&mut self) {
        for (name, bytes) in [("body", std::mem::take(&mut self.body)), ("tunnel", std::mem::take(&mut self.tunnel))] {
            if !bytes.is_empty() {
                self.events.push(format!("{name} {}", bytes.escape_ascii()));
            }
        }
    }

    /// A start at the end was none.
    fn finish(&mut self) {
        self.flush();
        self.events.pop_if(|last| last == "start");
    }

    fn push(&mut self, event: String) {
        self.flush();
        self.events.push(event);
    }
}

impl Sink for Recorder {
    fn start(&mut self) {
        // What looked like a start may turn out to be none.
        if self.events.last().is_none_or(|last| last != "start") {
            self.push("start".to_owned());
        }
    }

    fn request(&mut self, head: &RequestHead<'_>) {
        self.requests += 1;
        let fields: Vec<String> = head.fields.iter().map(|field| format!(" [{}: {}]", field.name.escape_ascii(), field.value.escape_ascii())).collect();
        self.push(format!("{} {} {:?}{}", head.method.escape_ascii(), head.target.escape_ascii(), head.version, fields.concat()));
    }

    fn response(&mut self, head: &ResponseHead<'_>) -> ResponseContext {
        self.responses += 1;
        let fields: Vec<String> = head.fields.iter().map(|field| format!(" [{}: {}]", field.name.escape_ascii(), field.value.escape_ascii())).collect();
        self.push(format!("{} {:?}{}", head.status, head.version, fields.concat()));
        if self.contexts.is_empty() { ResponseContext::Normal } else { self.contexts.remove(0) }
    }

    fn body(&mut self, bytes: &[u8]) {
        assert!(!bytes.is_empty(), "a body slice is never empty");
        self.body.extend_from_slice(bytes);
    }

    fn end(&mut self, end: MessageEnd) {
        self.push(format!("end {end:?}"));
    }

    fn weird(&mut self, weird: Weird) {
        // Oddities of framing lie between pieces of a body; where exactly is told by no cut of it.
        self.events.push(format!("weird {}", weird.name()));
    }

    fn skip(&mut self, bytes: usize) {
        self.skipped += bytes;
    }

    fn tunnel(&mut self, bytes: &[u8]) {
        self.tunnel.extend_from_slice(bytes);
    }
}

/// One piece of a stream.
#[derive(Clone, Debug)]
pub enum Piece {
    Bytes(Vec<u8>),
    Gap(u64),
}

/// The events of a request stream fed in pieces of at most `step` bytes.
pub fn requests(pieces: &[Piece], step: usize, start: Start, end: Option<StreamEnd>) -> Recorder {
    let mut parser = RequestParser::new(start);
    let mut recorder = Recorder::default();
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => bytes.chunks(step.max(1)).for_each(|bytes| parser.feed(bytes, &mut recorder)),
            Piece::Gap(length) => {
                parser.gap(*length, &mut recorder);
            }
        }
    }
    if let Some(end) = end {
        parser.finish(end, &mut recorder);
    }
    recorder.finish();
    recorder
}

/// The events of a response stream fed in pieces of at most `step` bytes.
pub fn responses(pieces: &[Piece], step: usize, start: Start, end: Option<StreamEnd>, contexts: &[ResponseContext]) -> Recorder {
    let mut parser = ResponseParser::new(start);
    let mut recorder = Recorder { contexts: contexts.to_vec(), ..Recorder::default() };
    for piece in pieces {
        match piece {
            Piece::Bytes(bytes) => bytes.chunks(step.max(1)).for_each(|bytes| parser.feed(bytes, &mut recorder)),
            Piece::Gap(length) => {
                parser.gap(*length, &mut recorder);
            }
        }
    }
    if let Some(end) = end {
        parser.finish(end, &mut recorder);
    }
    recorder.finish();
    recorder
}
