//! WebSocket messages out of bytes: cases of RFC 6455 and RFC 7692, and the laws that cutting changes nothing and that a gap costs what it covers.
#![allow(missing_docs)]

use flate2::{Compress, Compression, FlushCompress};
use proptest::prelude::*;
use tapistry_http::websocket::{Deflate, Message, Opcode, Reader, Sink, accepts};
use tapistry_wire::weird::Weird;

/// What was told, in words.
#[derive(Debug, Default, PartialEq, Eq)]
struct Heard {
    frames: Vec<(Opcode, u64)>,
    words: Vec<String>,
}

impl Sink for Heard {
    fn frame(&mut self, opcode: Opcode, bytes: u64) {
        self.frames.push((opcode, bytes));
    }

    fn message(&mut self, message: &Message<'_>) {
        let kind = if message.is_text { "text" } else { "binary" };
        let part = if message.is_whole { "" } else { " part" };
        self.words.push(format!("{kind}{part} {} {}", message.bytes, String::from_utf8_lossy(message.prefix)));
    }

    fn close(&mut self, code: Option<u16>) {
        self.words.push(format!("close {code:?}"));
    }

    fn weird(&mut self, weird: Weird) {
        if !self.words.iter().any(|word| word == weird.name()) {
            self.words.push(weird.name().into());
        }
    }
}

/// A frame; masked where there is a mask.
fn frame(first: u8, mask: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let masked = if mask.is_some() { 0x80 } else { 0 };
    let mut frame = match payload.len() {
        0..126 => vec![first, masked | payload.len() as u8],
        126..0x1_0000 => [&[first, masked | 126][..], &(payload.len() as u16).to_be_bytes()].concat(),
        _ => [&[first, masked | 127][..], &(payload.len() as u64).to_be_bytes()].concat(),
    };
    frame.extend(mask.unwrap_or_default().iter().take(if mask.is_some() { 4 } else { 0 }));
    frame.extend(payload.iter().enumerate().map(|(at, byte)| byte ^ mask.map_or(0, |mask| mask[at % 4])));
    frame
}

const MASK: Option<[u8; 4]> = Some([0x37, 0xfa, 0x21, 0x3d]);

fn read(is_client: bool, deflate: Option<Deflate>, pieces: &[&[u8]]) -> Heard {
    let (mut reader, mut heard) = (Reader::new(is_client, deflate, 1000), Heard::default());
    pieces.iter().for_each(|piece| reader.feed(piece, &mut heard));
    reader.finish(&mut heard);
    heard
}

fn words(heard: &Heard) -> Vec<&str> {
    heard.words.iter().map(String::as_str).collect()
}

#[test]
fn w45_frames() {
    assert_eq!(words(&read(false, None, &[&[0x81, 5, b'H', b'e', b'l', b'l', b'o']])), ["text 5 Hello"], "RFC 6455 §5.7");
    assert_eq!(words(&read(true, None, &[&[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]])), ["text 5 Hello"], "masked");
    let fragments = [frame(0x01, MASK, b"Hel"), frame(0x89, MASK, b"are you"), frame(0x8a, MASK, b""), frame(0x80, MASK, b"lo")].concat();
    let heard = read(true, None, &[&fragments]);
    assert_eq!(words(&heard), ["text 5 Hello"], "control frames between fragments");
    assert_eq!(heard.frames, [(Opcode::Text, 3), (Opcode::Ping, 7), (Opcode::Pong, 0), (Opcode::Continuation, 2)]);
    for length in [0, 125, 126, 0xffff, 0x1_0000] {
        let heard = read(false, None, &[&frame(0x82, None, &vec![b'x'; length])]);
        let part = if length > 1000 { " part" } else { "" };
        assert!(heard.words[0].starts_with(&format!("binary{part} {length} ")), "{length}: {:?}", heard.words[0].get(..30));
    }
    assert_eq!(words(&read(false, None, &[&frame(0x88, None, &[3, 0xe9, b'b', b'y', b'e'])])), ["close Some(1001)"]);
    assert_eq!(words(&read(false, None, &[&frame(0x88, None, b"")])), ["close None"]);
    let oversize = [&[3, 0xf1][..], &[b'x'; 198]].concat();
    assert_eq!(words(&read(false, None, &[&frame(0x88, None, &oversize)])), ["ws.close_oversize", "close Some(1009)"]);
    assert_eq!(words(&read(true, None, &[&frame(0x81, None, b"bare")])), ["ws.mask_missing", "text 4 bare"]);
    assert_eq!(words(&read(false, None, &[&frame(0x81, MASK, b"worn")])), ["ws.mask_by_server", "text 4 worn"]);
    assert_eq!(words(&read(false, None, &[&frame(0x01, None, b"cut"), &frame(0x81, None, b"next")])), ["text part 3 cut", "text 4 next"]);
    assert_eq!(words(&read(false, None, &[&frame(0x80, None, b"rest")])), ["binary part 4 rest"], "without a beginning");
    assert_eq!(words(&read(false, None, &[&frame(0x81, None, b"four")[..4]])), ["text part 2 fo"], "cut by the end");
}

#[test]
fn w45_accept() {
    assert!(accepts(b"dGhlIHNhbXBsZSBub25jZQ==", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "RFC 6455 §1.3");
    assert!(!accepts(b"dGhlIHNhbXBsZSBub25jZQ==", b"s3pPLMBiTxaQ9kYGzzhZRbK+xOp="));
}

fn agreed(parameters: &str) -> Option<Deflate> {
    Deflate::agreed(format!("permessage-deflate{parameters}").as_bytes())
}

/// Messages as frames of one direction, each compressed.
fn compressed(messages: &[&[u8]], takes_over: bool, mask: Option<[u8; 4]>) -> Vec<Vec<u8>> {
    let mut state = Compress::new(Compression::default(), false);
    let compress = |message: &&[u8]| {
        let mut out = Vec::with_capacity(message.len() + 100);
        assert!(state.compress_vec(message, &mut out, FlushCompress::Sync).is_ok());
        if !takes_over {
            state.reset();
        }
        out.truncate(out.len() - 4);
        frame(0xc1, mask, &out)
    };
    messages.iter().map(compress).collect()
}

#[test]
fn w45_deflate() {
    let hello = [0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let again = [0xc1, 5, 0xf2, 0x00, 0x11, 0x00, 0x00];
    assert_eq!(words(&read(false, agreed(""), &[&hello, &again])), ["text 5 Hello", "text 5 Hello"], "RFC 7692 §7.2.3.2");
    let fragments = [&[0x41, 3, 0xf2, 0x48, 0xcd][..], &[0x89, 0], &[0x80, 4, 0xc9, 0xc9, 0x07, 0x00]].concat();
    assert_eq!(words(&read(false, agreed(""), &[&fragments])), ["text 5 Hello"], "in fragments");
    let stored = [0xc1, 0x0b, 0x00, 0x05, 0x00, 0xfa, 0xff, 0x48, 0x65, 0x6c, 0x6c, 0x6f, 0x00];
    assert_eq!(words(&read(false, agreed(""), &[&stored])), ["text 5 Hello"], "stored");
    let last = [0xc1, 0x08, 0xf3, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00, 0x00];
    assert_eq!(words(&read(false, agreed(""), &[&last])), ["text 5 Hello"], "a final block");
    let twice = [&[0xc1, 14][..], &last[2..9], &last[2..9]].concat();
    let pieces: Vec<&[u8]> = twice.chunks(1).collect();
    assert_eq!(words(&read(false, agreed(""), &[&twice])), ["text 10 HelloHello"], "two final blocks");
    assert_eq!(read(false, agreed(""), &pieces), read(false, agreed(""), &[&twice]));
    let mixed = [&hello[..], &frame(0x81, None, b"plain"), &again].concat();
    assert_eq!(words(&read(false, agreed(""), &[&mixed])), ["text 5 Hello", "text 5 plain", "text 5 Hello"]);
    assert_eq!(words(&read(false, None, &[&hello])), ["ws.deflate_desync", "text part 0 "], "not agreed on");
    for (parameters, takes_over) in [
        ("", [true, true]),
        ("; client_no_context_takeover", [false, true]),
        ("; Server_No_Context_Takeover ;client_max_window_bits=12", [true, false]),
        (", permessage-deflate; client_no_context_takeover", [true, true]),
    ] {
        assert_eq!(agreed(parameters), Some(Deflate { takes_over }), "{parameters}");
    }
    assert_eq!(Deflate::agreed(b"permessage-bzip2"), None);
}

#[test]
fn w45_gaps() {
    let messages: [&[u8]; 4] = [b"{\"a\":1}", b"{\"b\":22}", b"{\"c\":333}", b"{\"d\":4444}"];
    let plain: Vec<Vec<u8>> = messages.iter().map(|message| frame(0x81, MASK, message)).collect();
    let with_gap = |frames: &[Vec<u8>], deflate, before: &[u8], length: u64, after: &[u8]| {
        let (mut reader, mut heard) = (Reader::new(true, deflate, 1000), Heard::default());
        reader.feed(&frames[0], &mut heard);
        reader.feed(before, &mut heard);
        reader.gap(length, &mut heard);
        reader.feed(after, &mut heard);
        heard
    };
    let two = plain[2..].concat();
    let inside = with_gap(&plain, None, &plain[1][..8], 3, &[&plain[1][11..], &two].concat());
    assert_eq!(words(&inside), ["text 7 {\"a\":1}", "text part 5 {\"22}", "text 9 {\"c\":333}", "text 10 {\"d\":4444}"], "inside a payload");
    let between = with_gap(&plain, None, b"", 14, &two);
    assert_eq!(words(&between), ["text 7 {\"a\":1}", "text 9 {\"c\":333}", "text 10 {\"d\":4444}"], "a whole frame");
    let across = with_gap(&plain, None, &plain[1][..3], 13, &[&plain[2][2..], &plain[3], &plain[3], &plain[3]].concat());
    assert_eq!(words(&across)[1..], ["text 10 {\"d\":4444}"; 3], "behind a rest of a frame");
    let garbage = with_gap(&plain, None, b"", 99, &[0xff; 2000]);
    assert_eq!(words(&garbage).len(), 1);
    let lost = with_gap(&plain, None, b"", 99, &vec![0xff; (1 << 20) + 1]);
    assert_eq!(words(&lost)[1..], ["ws.lost"], "given up");
    for (takes_over, rest) in
        [(true, ["ws.deflate_desync", "text part 0 ", "text part 0 "].as_slice()), (false, ["text 9 {\"c\":333}", "text 10 {\"d\":4444}"].as_slice())]
    {
        let frames = compressed(&messages, takes_over, MASK);
        let heard = with_gap(&frames, Some(Deflate { takes_over: [takes_over; 2] }), b"", frames[1].len() as u64, &frames[2..].concat());
        assert_eq!(words(&heard)[1..], *rest, "compressed, takeover {takes_over}");
    }
}

#[test]
fn w45_a_bomb_ends_inflating() {
    let zeros = vec![b'0'; 20 << 20];
    let frames = compressed(&[&zeros, b"after"], true, None);
    let heard = read(false, agreed(""), &[&frames.concat()]);
    assert_eq!((heard.words[0].as_str(), heard.words.len()), ("coding.bomb", 4));
    assert!(heard.words[2].starts_with("text part 167"), "{}", &heard.words[2][..30]);
}

proptest! {
    #[test]
    fn cutting_anywhere_changes_nothing(
        messages in prop::collection::vec((0usize..3, prop::collection::vec(any::<u8>(), 0..300), 1usize..4), 1..8),
        cuts in prop::collection::vec(1usize..40, 0..60),
        masked: bool,
        takes_over: bool,
    ) {
        let mask = if masked { MASK } else { None };
        let mut stream = Vec::new();
        let mut expected = Vec::new();
        let mut state = Compress::new(Compression::default(), false);
        for (kind, bytes, fragments) in &messages {
            let mut payload = bytes.clone();
            if *kind == 2 {
                payload = Vec::with_capacity(bytes.len() + 100);
                prop_assert!(state.compress_vec(bytes, &mut payload, FlushCompress::Sync).is_ok());
                if !takes_over {
                    state.reset();
                }
                // The encoder flushes nothing twice: a second empty message is an empty block by itself (RFC 7692 §7.2.3.6).
                payload.truncate(payload.len().max(4) - 4);
                if payload.is_empty() {
                    payload.push(0);
                }
            }
            let pieces: Vec<&[u8]> = if payload.is_empty() { vec![&[]] } else { payload.chunks(payload.len().div_ceil(*fragments)).collect() };
            for (at, piece) in pieces.iter().enumerate() {
                let opcode = if at > 0 { 0 } else if *kind == 0 { 1 } else { 2 };
                let first = opcode | if at + 1 == pieces.len() { 0x80 } else { 0 } | if *kind == 2 && at == 0 { 0x40 } else { 0 };
                stream.extend(frame(first, mask, piece));
                stream.extend(frame(0x89, mask, b"ping"));
            }
            expected.push(format!("{} {} {}", if *kind == 0 { "text" } else { "binary" }, bytes.len(), String::from_utf8_lossy(bytes)));
        }
        let deflate = Some(Deflate { takes_over: [takes_over; 2] });
        prop_assert_eq!(&read(masked, deflate, &[&stream]).words, &expected);
        let (mut pieces, mut rest) = (Vec::new(), &stream[..]);
        for cut in cuts {
            let (piece, after) = rest.split_at(cut.min(rest.len()));
            pieces.push(piece);
            rest = after;
        }
        pieces.push(rest);
        prop_assert_eq!(read(masked, deflate, &pieces), read(masked, deflate, &[&stream]));
    }

    #[test]
    fn any_bytes_and_gaps_are_taken(pieces in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..60), 0u64..100), 0..40), is_client: bool) {
        let (mut reader, mut heard) = (Reader::new(is_client, agreed(""), 64), Heard::default());
        for (bytes, gap) in pieces {
            reader.feed(&bytes, &mut heard);
            if gap < 30 {
                reader.gap(gap * gap, &mut heard);
            }
        }
        reader.finish(&mut heard);
    }
}
