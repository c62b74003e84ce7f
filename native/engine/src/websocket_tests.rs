//! Connections that go over to WebSocket: the lines that come of them.

use crate::connection::Connection;
use crate::options::Options;
use crate::settings::{Mode, Settings};
use crate::worker::Worker;
use std::sync::Arc;
use tapistry_wire::link::LayerSet;
use tapistry_wire::stream::{Application, At, Direction, End, FlowInfo};

const ASKS: &str = "GET /chat HTTP/1.1\r\nHost: x.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
const AGREES: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

enum Said<'a> {
    Client(&'a [u8]),
    Server(&'a [u8]),
    ServerGap(u64),
}
use Said::{Client, Server, ServerGap};

/// From `webSocket` on, of each line.
fn shown(said: &[Said<'_>]) -> Vec<String> {
    let mut worker = Worker::new(Arc::new(Settings::new(&Options { mode: Mode::Exchanges, ..Options::default() })));
    let endpoints = [("10.0.0.1".parse().unwrap(), 5000), ("10.0.0.2".parse().unwrap(), 81)];
    let mut flow = Connection::open(&mut worker, &FlowInfo { endpoints, vlans: vec![], networks: vec![], layers: LayerSet::default(), midstream: false });
    let mut at = At { time_ns: 1, packet: 0, offset: 0, peer_acked: 0, peer_seen: true, input: 0 };
    let mut offsets = [0u64; 2];
    for said in said {
        at.packet += 1;
        let direction = if matches!(said, Client(_)) { Direction::Forward } else { Direction::Backward };
        at.offset = offsets[direction.index()];
        at.peer_acked = offsets[direction.reverse().index()];
        let length = match said {
            Client(bytes) | Server(bytes) => {
                flow.data(&mut worker, direction, bytes, &at);
                bytes.len() as u64
            }
            ServerGap(length) => {
                flow.gap(&mut worker, direction, *length, &at);
                *length
            }
        };
        offsets[direction.index()] += length;
    }
    flow.close(&mut worker, End::Input);
    worker.finish();
    assert!(worker.settings.inflaters.take(worker.settings.limits.inflaters_bytes_max), "memory of inflaters is given back");
    assert!(worker.settings.bodies.take(worker.settings.limits.bodies_kept_bytes_max), "memory of messages is given back");
    let lines = String::from_utf8(worker.take_lines()).unwrap();
    lines.lines().map(|line| line.split_once("\"webSocket\":").unwrap().1.trim_end_matches('}').replace('"', "")).collect()
}

fn counts(frames: u64, messages: u64, bytes: u64, text: u64) -> String {
    format!("{{frames:{frames},messages:{messages},bytes:{bytes},text:{text},binary:{}}}", messages - text)
}

fn check(name: &str, said: &[Said<'_>], client: &str, server: &str, rest: &str) {
    assert_eq!(shown(said), [format!("{{client:{client},server:{server}}},tls:null,auth:[],{rest}]")], "{name}");
}

#[test]
fn connections() {
    let plain = format!("{AGREES}\r\n");
    let (asks, agrees) = (|| Client(ASKS.as_bytes()), || Server(plain.as_bytes()));
    let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    let mail = b"\x81\x18{\"mail\":\"a@example.org\"}";
    let (none, one) = (counts(0, 0, 0, 0), counts(1, 1, 5, 1));
    check(
        "both ways",
        &[asks(), agrees(), Client(&hello), Server(mail), Server(b"\x89\x00"), Server(b"\x82\x01x")],
        &one,
        &counts(3, 2, 25, 1),
        "classes:[email],weirds:[",
    );
    let with_frame = [plain.as_bytes(), mail].concat();
    check("a frame behind the handshake", &[asks(), Server(&with_frame), Client(&hello)], &one, &counts(1, 1, 24, 1), "classes:[email],weirds:[");
    check("nothing said", &[asks(), agrees()], &none, &none, "classes:[],weirds:[");
    let wrong = plain.replace("s3pP", "S3pP");
    check("another accept", &[asks(), Server(wrong.as_bytes())], &none, &none, "classes:[],weirds:[ws.accept_mismatch");
    let deflates = format!("{AGREES}Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
    let compressed = [0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    check("compressed", &[asks(), Server(deflates.as_bytes()), Server(&compressed)], &none, &one, "classes:[],weirds:[");
    check("compressed, and not agreed on", &[asks(), agrees(), Server(&compressed)], &none, &counts(1, 1, 0, 1), "classes:[],weirds:[ws.deflate_desync");
    check("a gap over a frame", &[asks(), agrees(), Server(mail), ServerGap(26), Server(mail)], &none, &counts(2, 2, 48, 2), "classes:[email],weirds:[tcp.gap");
    check("cut by the end", &[asks(), agrees(), Server(&mail[..9])], &none, &counts(1, 1, 7, 1), "classes:[],weirds:[digest.truncated");
    check("no WebSocket at all", &[asks(), agrees(), Server(&[0xff; 300])], &none, &none, "classes:[],weirds:[ws.frame_invalid");
}

#[test]
fn frames_show_that_an_unseen_server_agreed() {
    let hello = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    let mail = b"\x81\x18{\"mail\":\"a@example.org\"}";
    let (none, one) = (counts(0, 0, 0, 0), counts(1, 1, 5, 1));
    let asks = || Client(ASKS.as_bytes());
    check("nothing of it was captured", &[asks(), Client(&hello)], &one, &none, "classes:[],weirds:[");
    let lost = [asks(), ServerGap(129), Client(&hello), Server(mail), Server(mail)];
    check("its answer was lost", &lost, &one, &counts(2, 2, 48, 2), "classes:[email],weirds:[tcp.gap");
    let not_asked = ASKS.replace("Sec-WebSocket-Key", "X-Key");
    let refused = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
    for said in [&[Client(not_asked.as_bytes()), Client(&hello)][..], &[asks(), Server(refused), Client(&hello)], &[asks(), Client(&hello[2..])]] {
        assert!(shown(said)[0].starts_with("null,"), "no WebSocket: {:?}", shown(said));
    }
}
