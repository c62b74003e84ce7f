//! Both parsers of HTTP/1. Byte 0 chooses the parser and how it starts and ends, byte 1 the size of the pieces; `\xffGAP` and a byte stand for a gap.
//! Checks that any cut gives the same events, and that each head has its end.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tapistry_http::coding::Codings;
use tapistry_http::h1::{
    MessageEnd, RequestHead, RequestParser, ResponseContext, ResponseHead, ResponseParser, Sink, Start, StreamEnd, is_request_start, is_response_start,
};
use tapistry_wire::weird::Weird;

#[derive(Debug, Default, PartialEq, Eq)]
struct Events {
    list: Vec<String>,
    body: Vec<u8>,
    tunnel: Vec<u8>,
    /// Bytes that belong to no message.
    skipped: usize,
    is_open: bool,
    /// What the next response answers.
    context: u8,
}

impl Events {
    fn push(&mut self, event: String) {
        for (name, bytes) in [("body", std::mem::take(&mut self.body)), ("tunnel", std::mem::take(&mut self.tunnel))] {
            if !bytes.is_empty() {
                self.list.push(format!("{name} {}", bytes.escape_ascii()));
            }
        }
        self.list.push(event);
    }

    fn drop_start(&mut self) {
        if self.list.last().is_some_and(|event| event == "start") {
            self.list.pop();
        }
    }
}

impl Sink for Events {
    fn start(&mut self) {
        // Bytes that come one by one may look like a start for longer: only that of a message counts.
        self.drop_start();
        self.push("start".into());
    }

    fn request(&mut self, head: &RequestHead<'_>) {
        assert!(!std::mem::replace(&mut self.is_open, true), "the message before has ended");
        let _ = Codings::of(head.fields).weirds();
        self.push(format!("{head:?}"));
    }

    fn response(&mut self, head: &ResponseHead<'_>) -> ResponseContext {
        assert!(!std::mem::replace(&mut self.is_open, true), "the message before has ended");
        self.push(format!("{head:?}"));
        match self.context {
            1 => ResponseContext::Head,
            2 => ResponseContext::Connect,
            _ => ResponseContext::Normal,
        }
    }

    fn body(&mut self, bytes: &[u8]) {
        assert!(!bytes.is_empty() && self.is_open);
        self.body.extend_from_slice(bytes);
    }

    fn end(&mut self, end: MessageEnd) {
        assert!(std::mem::replace(&mut self.is_open, false), "a message ends once");
        self.push(format!("{end:?}"));
    }

    fn weird(&mut self, weird: Weird) {
        // Where between the pieces of a body it is told depends on the cut.
        self.list.push(weird.name().into());
    }

    fn skip(&mut self, bytes: usize) {
        self.skipped += bytes;
    }

    fn tunnel(&mut self, bytes: &[u8]) {
        self.tunnel.extend_from_slice(bytes);
    }
}

const GAP: &[u8] = b"\xffGAP";

/// What both parsers can do.
macro_rules! drive {
    ($parser:expr, $stream:expr, $step:expr, $end:expr, $context:expr) => {{
        let mut parser = $parser;
        let mut events = Events { context: $context, ..Events::default() };
        let mut rest = $stream;
        while !rest.is_empty() {
            let (bytes, gap, next) = until_gap(rest);
            for piece in bytes.chunks($step) {
                parser.feed(piece, &mut events);
            }
            if let Some(length) = gap {
                parser.gap(length, &mut events);
            }
            rest = next;
        }
        parser.finish($end, &mut events);
        assert!(!events.is_open || parser.is_tunnel(), "finish ends the open message");
        events.drop_start();
        events.push("finished".into());
        events
    }};
}

fn until_gap(stream: &[u8]) -> (&[u8], Option<u64>, &[u8]) {
    let Some(at) = stream.windows(GAP.len() + 1).position(|window| window.starts_with(GAP)) else { return (stream, None, &[]) };
    let length = stream[at + GAP.len()];
    // Small gaps mostly, and some larger than any body.
    let length = if length < 250 { u64::from(length) + 1 } else { 1 << (u32::from(length - 250) * 12) };
    (&stream[..at], Some(length), &stream[at + GAP.len() + 1..])
}

fuzz_target!(|input: &[u8]| {
    let [how, step, stream @ ..] = input else { return };
    let start = if how & 1 == 0 { Start::Connection } else { Start::Midstream };
    let end = if how & 4 == 0 { StreamEnd::Fin } else { StreamEnd::Other };
    let step = usize::from(*step) + 1;
    let _ = (is_request_start(stream), is_response_start(stream));
    if how & 8 == 0 {
        let whole = drive!(RequestParser::new(start), stream, usize::MAX, end, 0);
        assert_eq!(whole, drive!(RequestParser::new(start), stream, step, end, 0));
    } else {
        let context = how >> 4 & 3;
        let new = || {
            let mut parser = ResponseParser::new(start);
            if how & 0x40 != 0 {
                parser.expect_simple();
            }
            parser
        };
        let whole = drive!(new(), stream, usize::MAX, end, context);
        assert_eq!(whole, drive!(new(), stream, step, end, context));
    }
});
