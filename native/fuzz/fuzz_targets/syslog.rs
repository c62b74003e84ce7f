//! Any bytes as a stream of syslog: however it is cut, the same messages come out, and their headers are read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tapistry_logs::Rejection;
use tapistry_logs::syslog::{Frames, MESSAGE_BYTES_MAX, parse};

fn read(stream: &[u8], step: usize) -> Vec<Result<Vec<u8>, Rejection>> {
    let mut frames = Frames::default();
    let mut out = Vec::new();
    let mut take = |frame: Result<&[u8], Rejection>| out.push(frame.map(<[u8]>::to_vec));
    stream.chunks(step).for_each(|piece| frames.push(piece, &mut take));
    frames.end(&mut take);
    out
}

fuzz_target!(|input: &[u8]| {
    let Some((&step, stream)) = input.split_first() else { return };
    let frames = read(stream, usize::MAX);
    assert_eq!(read(stream, usize::from(step) + 1), frames);
    for frame in frames.iter().flatten() {
        assert!(frame.len() <= MESSAGE_BYTES_MAX);
        match parse(frame) {
            Ok(message) => assert!(message.content.len() <= frame.len()),
            Err(rejection) => assert_eq!(rejection, Rejection::SyslogBad),
        }
    }
    let _ = parse(stream);
});
