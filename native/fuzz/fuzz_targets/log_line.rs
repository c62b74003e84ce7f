//! Any bytes as log lines in every format, and as a sample that tells the format.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use tapistry_logs::{Format, Line, LineReader, Scratch, parse_line, sniff};

fuzz_target!(|input: &[u8]| {
    let _ = sniff(input);
    let mut scratch = Scratch::default();
    for &format in Format::ALL {
        let mut lines = LineReader::new(Box::new(Cursor::new(input.to_vec())));
        while let Ok(Some(line)) = lines.next() {
            let (Line::Whole(line) | Line::Last(line)) = line else { continue };
            match parse_line(format, line, &mut scratch) {
                Ok(record) => {
                    assert!(!record.method.is_empty());
                    scratch.recycle(record);
                }
                Err(rejection) => assert!(!rejection.name().is_empty()),
            }
        }
        assert!(lines.position() <= input.len() as u64);
    }
});
