//! One direction of a WebSocket connection: byte 0 says whose it is and what was agreed on, byte 1 how it is cut, byte 2 where a gap is. Cutting changes
//! nothing that is told, what is kept stays within its bound, and nothing is told as whole that is not.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tapistry_http::websocket::{Deflate, Message, Opcode, Reader, Sink};
use tapistry_wire::weird::Weird;

const PREFIX_BYTES_MAX: usize = 100;

#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    frames: Vec<(Opcode, u64)>,
    messages: Vec<(bool, u64, Vec<u8>, bool)>,
    closes: Vec<Option<u16>>,
}

impl Heard {
    /// How much of a damaged message comes before the damage depends on where the inflater was handed its bytes.
    fn comparable(mut self) -> Self {
        self.messages.iter_mut().filter(|message| !message.3).for_each(|message| (message.1, message.2) = (0, Vec::new()));
        self
    }
}

impl Sink for Heard {
    fn frame(&mut self, opcode: Opcode, bytes: u64) {
        self.frames.push((opcode, bytes));
    }

    fn message(&mut self, message: &Message<'_>) {
        assert!(message.prefix.len() <= PREFIX_BYTES_MAX);
        assert!(!message.is_whole || message.prefix.len() as u64 == message.bytes);
        self.messages.push((message.is_text, message.bytes, message.prefix.to_vec(), message.is_whole));
    }

    fn close(&mut self, code: Option<u16>) {
        self.closes.push(code);
    }

    fn weird(&mut self, _: Weird) {}
}

fuzz_target!(|input: &[u8]| {
    let [agreed, step, hole, stream @ ..] = input else { return };
    let deflate = (agreed & 2 != 0).then_some(Deflate { takes_over: [agreed & 4 != 0; 2] });
    let open = || Reader::new(agreed & 1 != 0, deflate, PREFIX_BYTES_MAX);
    let (mut whole, mut heard) = (open(), Heard::default());
    whole.feed(stream, &mut heard);
    let is_lost = whole.is_lost();
    whole.finish(&mut heard);
    let (mut pieces, mut again) = (open(), Heard::default());
    stream.chunks(usize::from(*step) + 1).for_each(|piece| pieces.feed(piece, &mut again));
    pieces.finish(&mut again);
    // Where frames begin again after what is none, depends on where the pieces begin.
    if !is_lost {
        assert_eq!(heard.comparable(), again.comparable());
    }
    let (before, after) = stream.split_at(usize::from(*hole).min(stream.len()));
    let (mut gapped, mut rest) = (open(), Heard::default());
    gapped.feed(before, &mut rest);
    gapped.gap(u64::from(*step), &mut rest);
    gapped.feed(after, &mut rest);
    gapped.finish(&mut rest);
});
