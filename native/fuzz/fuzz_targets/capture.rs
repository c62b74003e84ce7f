//! Any bytes as a capture: it is read, cut or refused, and its counters add up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use tapistry_capture::input::from_reader_with;
use tapistry_capture::{Content, End, Options};

/// Decompressed bytes beyond which a run is stopped: bombs are for the time limit of the whole program, not for each of ten thousand runs.
const BYTES_MAX: u64 = 32 << 20;

fuzz_target!(|input: &[u8]| {
    let options = Options { hashed: input.len() % 2 == 0, ..Options::default() };
    let Ok(opened) = from_reader_with("fuzz", Box::new(Cursor::new(input.to_vec())), options) else { return };
    let Content::Capture(mut reader) = opened.content else { return };
    let (mut packets, mut bytes) = (0, 0);
    let problem = loop {
        match reader.next() {
            Ok(Some(packet)) => {
                assert!(packet.original_length as usize >= packet.data.len());
                packets += 1;
                bytes += packet.data.len() as u64;
                if packet.end > BYTES_MAX {
                    return;
                }
            }
            Ok(None) => break false,
            Err(problem) => {
                assert!(!problem.to_string().is_empty());
                break true;
            }
        }
    };
    assert_eq!((reader.counters().packets, reader.counters().packet_bytes), (packets, bytes));
    assert_eq!(matches!(reader.end(), End::Broken { .. }), problem);
    assert_ne!(reader.end(), End::Open);
    assert!(matches!(reader.next(), Ok(None)), "nothing comes after the end");
    assert_eq!(reader.digest().is_some(), options.hashed);
});
