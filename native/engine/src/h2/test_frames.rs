//! What is said on connections of tests, and the lines that come of it.

use crate::connection::Connection;
use crate::options::Options;
use crate::settings::{Mode, Settings};
use crate::worker::Worker;
use std::sync::Arc;
use tapistry_wire::link::LayerSet;
use tapistry_wire::stream::{Application, At, Direction, End, FlowInfo};

pub(super) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
pub(super) const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];

/// What a side says next, or fails to.
pub(super) enum Said<'a> {
    Client(&'a [Vec<u8>]),
    Server(&'a [Vec<u8>]),
    ClientGap(u64),
    ServerGap(u64),
}

pub(super) fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = payload.len() as u32;
    [&length.to_be_bytes()[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// HEADERS with literals that the table keeps.
pub(super) fn headers(stream: u32, is_last: bool, fields: &[(&str, &str)]) -> Vec<u8> {
    let text = |text: &str| [&[text.len() as u8], text.as_bytes()].concat();
    let block: Vec<u8> = fields.iter().flat_map(|(name, value)| [vec![0x40], text(name), text(value)].concat()).collect();
    frame(1, 4 | u8::from(is_last), stream, &block)
}

pub(super) fn data(stream: u32, is_last: bool, payload: &str) -> Vec<u8> {
    frame(0, u8::from(is_last), stream, payload.as_bytes())
}

pub(super) fn asks(stream: u32, is_last: bool, method: &str, path: &str) -> Vec<u8> {
    headers(stream, is_last, &[(":method", method), (":scheme", "http"), (":path", path), (":authority", "x.example")])
}

pub(super) fn answers(stream: u32, is_last: bool, status: &str) -> Vec<u8> {
    headers(stream, is_last, &[(":status", status)])
}

/// The lines of one flow.
pub(super) fn lines(midstream: bool, said: &[Said<'_>]) -> Vec<String> {
    String::from_utf8(heard(midstream, said).take_lines()).unwrap().lines().map(str::to_owned).collect()
}

/// What has read one flow.
pub(super) fn heard(midstream: bool, said: &[Said<'_>]) -> Worker {
    let mut worker = Worker::new(Arc::new(Settings::new(&Options { mode: Mode::Exchanges, digests: true, ..Options::default() })));
    let ends = [("10.0.0.1".parse().unwrap(), 5000), ("10.0.0.2".parse().unwrap(), 81)];
    let mut flow = Connection::open(&mut worker, &FlowInfo { endpoints: ends, vlans: vec![], networks: vec![], layers: LayerSet::default(), midstream });
    let mut at = At { time_ns: 1, packet: 0, offset: 0, peer_acked: 0, peer_seen: true, input: 0 };
    let mut offsets = [0u64; 2];
    for said in said {
        at.packet += 1;
        at.time_ns += 1_000_000;
        let direction = if matches!(said, Said::Client(_) | Said::ClientGap(_)) { Direction::Forward } else { Direction::Backward };
        let offset = &mut offsets[direction.index()];
        at.offset = *offset;
        match said {
            Said::Client(frames) | Said::Server(frames) => {
                let bytes = frames.concat();
                *offset += bytes.len() as u64;
                flow.data(&mut worker, direction, &bytes, &at);
            }
            Said::ClientGap(length) | Said::ServerGap(length) => {
                *offset += length;
                flow.gap(&mut worker, direction, *length, &at);
            }
        }
    }
    flow.close(&mut worker, End::Input);
    worker.finish();
    assert!(worker.settings.buffers.take(worker.settings.limits.buffers_bytes_max), "memory of what was not whole is given back");
    worker
}

/// A line in short, with its oddities.
pub(super) fn in_short(line: &str) -> String {
    let value = |text: &str, name: &str| {
        let Some((_, rest)) = text.split_once(&format!("\"{name}\":")) else { return String::new() };
        rest.trim_start_matches('"').split(if rest.starts_with('"') { &['"'][..] } else { &[',', '}'] }).next().unwrap_or_default().to_owned()
    };
    let (request, response) = line.split_once(",\"response\":").unwrap();
    let body = |message: &str| format!("{}{}", value(message, "bodyBytes"), if message.contains("\"complete\":false") { "?" } else { "" });
    let asked = if request.contains("\"request\":null") {
        String::new()
    } else {
        format!("{} {} ({})", value(request, "method"), value(request, "path"), body(request))
    };
    let answered = if response.starts_with("null") {
        "nothing".into()
    } else {
        format!("{} ({})", value(response, "status"), body(response.split(",\"grpc\"").next().unwrap()))
    };
    let weirds = line.rsplit_once("\"weirds\":[").unwrap().1.trim_end_matches(['}', ']']).replace('"', "");
    [&asked, "->", &answered, &value(line, "service"), &weirds]
        .iter()
        .filter(|part| !part.is_empty())
        .map(|part| part.to_string())
        .collect::<Vec<_>>()
        .join(" ")
}
