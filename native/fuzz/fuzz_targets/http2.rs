//! One direction of HTTP/2. Byte 0 says how it starts, byte 1 the size of the pieces; `\xffGAP` and a byte stand for a hole.
//! Checks that each block ends, that what is skipped is counted, and that any cut gives the same events until frames are lost.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tapistry_http::h2::{Block, BlockEnd, FieldSink, Half, Sink, Start, opening};
use tapistry_wire::weird::Weird;

#[derive(Debug, Default)]
struct Events {
    list: Vec<String>,
    body: Option<(u32, Vec<u8>)>,
    skipped: usize,
    is_open: bool,
    is_lost: bool,
}

impl Events {
    fn push(&mut self, event: String) {
        if self.is_lost {
            return;
        }
        if let Some((stream, body)) = self.body.take() {
            self.list.push(format!("{stream} data {}", body.escape_ascii()));
        }
        self.list.push(event);
    }
}

impl FieldSink for Events {
    fn field(&mut self, name: Option<&[u8]>, value: Option<&[u8]>) {
        assert!(self.is_open);
        self.push(format!("{name:?} {value:?}"));
    }
}

impl Sink for Events {
    fn begin(&mut self, block: Block) {
        assert!(!std::mem::replace(&mut self.is_open, true));
        self.push(format!("{block:?}"));
    }

    fn end(&mut self, _block: Block, end: BlockEnd) {
        assert!(std::mem::replace(&mut self.is_open, false));
        self.push(format!("{end:?}"));
    }

    fn data(&mut self, stream: u32, bytes: &[u8]) {
        assert!(!bytes.is_empty() && !self.is_open);
        if self.is_lost {
            return;
        }
        if self.body.as_ref().is_some_and(|(open, _)| *open != stream) {
            self.push("other".into());
            self.list.pop();
        }
        self.body.get_or_insert_with(|| (stream, Vec::new())).1.extend_from_slice(bytes);
    }

    fn data_gap(&mut self, stream: u32, length: u64) {
        self.push(format!("{stream} hole {length}"));
    }

    fn end_stream(&mut self, stream: u32) {
        self.push(format!("{stream} end"));
    }

    fn reset(&mut self, stream: u32) {
        self.push(format!("{stream} reset"));
    }

    fn go_away(&mut self, last: u32) {
        self.push(format!("go away {last}"));
    }

    fn lost(&mut self) {
        self.push("lost".into());
        self.is_lost = true;
    }

    fn skip(&mut self, bytes: usize) {
        self.skipped += bytes;
    }

    fn weird(&mut self, weird: Weird) {
        self.push(weird.name().into());
    }
}

const GAP: &[u8] = b"\xffGAP";

fn events(start: Start, stream: &[u8], step: usize) -> Events {
    let (mut half, mut events) = (Half::new(start), Events::default());
    let mut rest = stream;
    while !rest.is_empty() {
        let gap = rest.windows(GAP.len() + 1).position(|window| window.starts_with(GAP));
        let (bytes, after) = rest.split_at(gap.unwrap_or(rest.len()));
        bytes.chunks(step).for_each(|piece| half.feed(piece, &mut events));
        rest = after;
        if gap.is_some() {
            let length = u64::from(rest[GAP.len()]);
            half.gap(if length < 250 { length + 1 } else { 1 << (length - 245) }, &mut events);
            rest = &rest[GAP.len() + 1..];
        }
    }
    half.finish(&mut events);
    assert!(!events.is_open && events.skipped <= stream.len());
    if !events.is_lost {
        events.push("finished".into());
    }
    events
}

fuzz_target!(|input: &[u8]| {
    let [how, step, stream @ ..] = input else { return };
    let _ = opening(stream, how & 1 == 1);
    let step = usize::from(*step) + 1;
    if how & 1 == 1 {
        // Where a frame begins is told by what comes together, so that cuts differ.
        events(Start::Midstream, stream, step);
        events(Start::Midstream, stream, usize::MAX);
        return;
    }
    assert_eq!(events(Start::Connection, stream, usize::MAX).list, events(Start::Connection, stream, step).list);
});
