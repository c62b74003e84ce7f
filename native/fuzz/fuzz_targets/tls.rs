//! Any bytes of both sides of a TLS connection, with a key log, in pieces and with holes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tapistry_tls::{ClientHello, Facts, KeyLog, Keys, Session, Sink};
use tapistry_wire::stream::At;

/// Where content ended, by side.
struct Ends([u64; 2]);

impl Sink for Ends {
    fn begin(&mut self, facts: &Facts) {
        assert!(facts.suite.is_some(), "content needs keys, and keys a suite");
    }

    fn data(&mut self, side: usize, bytes: &[u8], at: &At) {
        assert!(!bytes.is_empty() && at.offset >= self.0[side]);
        self.0[side] = at.offset + bytes.len() as u64;
    }

    fn gap(&mut self, side: usize, length: u64, at: &At) {
        assert!(length > 0 && at.offset >= self.0[side]);
    }
}

// The first piece is a key log; then each piece goes to the side that its first byte names, or is a hole.
fuzz_target!(|input: &[u8]| {
    ClientHello::read(input);
    let mut pieces = input.split(|byte| *byte == 0xfe);
    let (keys, mut log) = (Keys::new(input.len().is_multiple_of(2)), KeyLog::default());
    keys.push(&mut log, pieces.next().unwrap_or_default());
    let (mut session, mut ends, mut offsets) = (Session::default(), Ends([0; 2]), [0u64; 2]);
    for (number, piece) in pieces.enumerate() {
        let Some((first, bytes)) = piece.split_first().filter(|(_, bytes)| !bytes.is_empty()) else { continue };
        let side = usize::from(first & 1);
        let at = At { time_ns: 1, packet: number as u64, offset: offsets[side], peer_acked: offsets[1 - side], peer_seen: true, input: 0 };
        offsets[side] += bytes.len() as u64;
        if first & 0x80 == 0 {
            session.data(side, bytes, &at, &keys, &mut ends);
        } else {
            session.gap(side, bytes.len() as u64, &at, &keys, &mut ends);
        }
    }
    session.close(&keys, &mut ends);
});
