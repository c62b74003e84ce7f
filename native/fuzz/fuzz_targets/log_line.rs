//! Any bytes as log lines in every format, as a sample that tells the format, and as a template and the lines behind it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Cursor;
use tapistry_logs::{Format, Line, LineReader, NamedFormat, parse_line, records, sniff};

fuzz_target!(|input: &[u8]| {
    let _ = sniff(input);
    let (first, rest) = input.split_at(input.iter().position(|&byte| byte == b'\n').unwrap_or(0));
    let template = std::str::from_utf8(first).ok().and_then(|first| NamedFormat::parse(first).ok());
    for named in Format::ALL.iter().copied().map(NamedFormat::from) {
        read(&named, input);
    }
    if let Some(template) = template {
        read(&template, rest);
    }
});

fn read(named: &NamedFormat, input: &[u8]) {
    let mut scratch = named.scratch();
    let mut lines = LineReader::new(Box::new(Cursor::new(input.to_vec())));
    while let Ok(Some(line)) = lines.next() {
        let (Line::Whole(line) | Line::Last(line)) = line else { continue };
        for line in records(line).unwrap_or_else(|| vec![line]) {
            match parse_line(named.format, line, &mut scratch) {
                Ok(record) => {
                    assert!(!record.method.is_empty());
                    scratch.recycle(record);
                }
                Err(rejection) => assert!(!rejection.name().is_empty()),
            }
        }
    }
    assert!(lines.position() <= input.len() as u64);
}
