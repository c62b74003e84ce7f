//! Recorded connections of TLS with their keys, of which a segment is lost.

use crate::connection::Connection;
use crate::options::Options;
use crate::settings::{Mode, Settings};
use crate::worker::Worker;
use std::path::Path;
use std::sync::Arc;
use tapistry_tls::KeyLog;
use tapistry_wire::link::LayerSet;
use tapistry_wire::stream::{Application, At, Direction, End, FlowInfo};

const NAMES: [&str; 3] = ["tls13_six_answers", "tls12_gcm_six_answers", "tls12_cbc_six_answers"];

/// The keys, and what each direction sent, segment by segment.
fn recording(name: &str) -> (String, Vec<(Direction, Vec<u8>)>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../tls/tests/exchanges/{name}.txt"));
    let text = std::fs::read_to_string(path).unwrap();
    let bytes = |digits: &str| (0..digits.len() / 2).map(|at| u8::from_str_radix(&digits[at * 2..at * 2 + 2], 16).unwrap()).collect();
    let keys = text.lines().filter_map(|line| line.strip_prefix("K ")).fold(String::new(), |keys, line| format!("{keys}{line}\n"));
    let segments = text.lines().filter_map(|line| match line.split_at(2) {
        ("C ", digits) => Some((Direction::Forward, bytes(digits))),
        ("S ", digits) => Some((Direction::Backward, bytes(digits))),
        _ => None,
    });
    (keys, segments.collect())
}

/// What is told where a segment is lost, which turns out with what its direction says so many segments later: of each line the number of the item asked for, and that of the answer, 0 where it was not seen.
fn told_without(name: &str, lost: usize, delay: usize) -> Vec<(u64, u64, bool)> {
    let (keys, segments) = recording(name);
    told(&keys, &segments, lost, delay)
}

fn told(keys: &str, segments: &[(Direction, Vec<u8>)], lost: usize, delay: usize) -> Vec<(u64, u64, bool)> {
    let mut worker = Worker::new(Arc::new(Settings::new(&Options { mode: Mode::Exchanges, digests: true, ..Options::default() })));
    worker.settings.keys.push(&mut KeyLog::default(), keys.as_bytes());
    let ends = [("10.0.0.1".parse().unwrap(), 5000), ("10.0.0.2".parse().unwrap(), 443)];
    let mut flow = Connection::open(&mut worker, &FlowInfo { endpoints: ends, vlans: vec![], networks: vec![], layers: LayerSet::default(), midstream: false });
    let (mut offsets, mut behind_hole) = ([0u64; 2], Vec::new());
    for (number, (direction, bytes)) in segments.iter().enumerate() {
        let (own, other) = (direction.index(), direction.reverse().index());
        let at = At { time_ns: number as i64 + 1, packet: number as u64, offset: offsets[own], peer_acked: offsets[other], peer_seen: true, input: 0 };
        offsets[own] += bytes.len() as u64;
        if (lost..lost.saturating_add(delay)).contains(&number) && *direction == segments[lost].0 {
            behind_hole.push((*direction, bytes, at));
            continue;
        }
        for (at_hole, (direction, bytes, at)) in std::mem::take(&mut behind_hole).into_iter().chain([(*direction, bytes, at)]).enumerate() {
            if number >= lost && at_hole == 0 && at.packet == lost as u64 {
                flow.gap(&mut worker, direction, bytes.len() as u64, &at);
            } else {
                flow.data(&mut worker, direction, bytes, &at);
            }
        }
    }
    flow.close(&mut worker, End::Input);
    worker.finish();
    assert!(worker.counters.iter().all(|(name, _)| name != "tls.garbage"), "what is no TLS was told apart");
    let number = |line: &str, before: &str| {
        let digits = line.split_once(before).map_or("", |(_, rest)| rest);
        digits.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0)
    };
    let text = String::from_utf8(worker.take_lines()).unwrap();
    let whole = |line: &str| line.matches("\"complete\":true").count() == 2;
    text.lines().map(|line| (number(line, "\"queryKeys\":[\"q"), number(line, "\"status\":20"), whole(line))).collect()
}

#[test]
fn a_lost_segment_costs_the_exchanges_that_it_touches() {
    for name in NAMES {
        let whole: Vec<_> = (1..=6).map(|item| (item, item, true)).collect();
        let count = recording(name).1.len();
        assert_eq!(told_without(name, usize::MAX, 0), whole, "{name}");
        // The first six are of handshakes; of what lies behind the last one nothing turns out.
        for (lost, delay) in (6..count).flat_map(|lost| [(lost, 0), (lost, 1), (lost, 12)]).filter(|(lost, delay)| lost + delay < count) {
            let told = told_without(name, lost, delay);
            assert!(told.iter().all(|(asked, answered, _)| [0, *asked].contains(answered) || *asked == 0), "{name}, {lost}: {told:?}");
            let paired = told.iter().filter(|(asked, answered, whole)| asked == answered && *whole).count();
            assert!(paired >= 5, "{name}, segment {lost} of {count}, {delay} later: {told:?}");
        }
    }
}

#[test]
fn tls_behind_something_else() {
    let (asks, answers) = (Direction::Forward, Direction::Backward);
    let exchange = (1, 1, true);
    type Row<'a> = (&'a str, &'a [(Direction, &'a [u8])], Option<(u64, u64, bool)>);
    let rows: [Row<'_>; 6] = [
        ("PostgreSQL", &[(asks, &[0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f]), (answers, b"S")], None),
        ("SMTP", &[(answers, b"220 x\r\n"), (asks, b"EHLO y\r\n"), (answers, b"250 x\r\n"), (asks, b"STARTTLS\r\n"), (answers, b"220 go\r\n")], None),
        ("SOCKS 4", &[(asks, &[4, 1, 1, 0xbb, 10, 0, 0, 2, b'u', 0]), (answers, &[0, 0x5a, 0, 0, 0, 0, 0, 0])], None),
        ("CONNECT", &[(asks, b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n"), (answers, b"HTTP/1.1 200 OK\r\n\r\n")], Some((0, 0, true))),
        (
            "an upgrade",
            &[(asks, b"GET /?q1=1 HTTP/1.1\r\nHost: x\r\nUpgrade: TLS/1.2\r\n\r\n"), (answers, b"HTTP/1.1 101 OK\r\nUpgrade: TLS/1.2\r\n\r\n")],
            Some((1, 0, true)),
        ),
        ("an exchange", &[(asks, b"GET /?q1=1 HTTP/1.1\r\nHost: x\r\n\r\n"), (answers, b"HTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n")], Some(exchange)),
    ];
    for (name, before, own) in rows {
        let (keys, segments) = recording("tls12_gcm_six_answers");
        let all: Vec<_> = before.iter().map(|(direction, bytes)| (*direction, bytes.to_vec())).chain(segments).collect();
        let expected: Vec<_> = own.into_iter().chain((1..=6).map(|item| (item, item, true))).collect();
        assert_eq!(told(&keys, &all, usize::MAX, 0), expected, "{name}");
    }
}
