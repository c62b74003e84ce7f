//! Laws of the HTTP/1 parser over arbitrary and over nearly valid bytes.

mod recorder;

use proptest::collection::vec;
use proptest::prelude::*;
use recorder::{Piece, requests, responses};
use tapistry_http::h1::{ResponseContext, Start, StreamEnd, is_request_start, is_response_start};

/// Pieces of messages, whole ones and broken ones, that random streams are put together from.
const PARTS: &[&str] = &[
    "GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
    "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
    "POST /c HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    "GET /d\r\n",
    "GET /e HTTP/0.9\n",
    "CONNECT h:1 HTTP/1.1\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    "HTTP/1.0 404 No\n\n",
    "HTTP/1.1 204\r\r\nX : y\r\r\n\r\r\n",
    "HTTP/1.1 200 OK\rA: b\r\r",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n",
    "HTTP/1.1 101 S\r\n\r\n",
    "Content-Length: 2\r\n",
    "Transfer-Encoding: x, chunked\r\n",
    " folded\r\n",
    "nocolon\r\n",
    ":novalue\r\n",
    "a\0b: c\n",
    "5;x=y\r\nhello\r\n",
    "0x3\nabc",
    " 3 \r\nabc\n",
    "ffffffffffffffffff\r\n",
    "0\r\nT: v\r\n\r\n",
    "\r\n",
    "\n",
    "\r",
    " ",
    "G",
    "H",
    "HTTP/",
    "\0",
    "zzz\r\n",
    "{\"a\":1}",
    "cdefgh",
    "PU",
    "/x HTTP/1.1",
    "HTTP/1.1 200",
];

fn stream() -> impl Strategy<Value = Vec<u8>> {
    vec(
        prop_oneof![
            8 => prop::sample::select(PARTS).prop_map(|part| part.as_bytes().to_vec()),
            1 => vec(any::<u8>(), 0..6),
        ],
        0..12,
    )
    .prop_map(|parts| parts.concat())
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    vec(prop_oneof![4 => stream().prop_map(Piece::Bytes), 1 => (1u64..10).prop_map(Piece::Gap)], 0..4)
}

fn starts() -> impl Strategy<Value = Start> {
    prop_oneof![Just(Start::Connection), Just(Start::Midstream)]
}

fn contexts() -> impl Strategy<Value = Vec<ResponseContext>> {
    let one = prop_oneof![Just(ResponseContext::Normal), Just(ResponseContext::Head), Just(ResponseContext::Connect)];
    vec(one, 0..4)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_gives_the_same_requests(pieces in pieces(), step in 1usize..9, start in starts()) {
        let whole = requests(&pieces, usize::MAX, start, Some(StreamEnd::Fin));
        let cut = requests(&pieces, step, start, Some(StreamEnd::Fin));
        prop_assert_eq!(whole.events, cut.events);
        prop_assert_eq!(whole.skipped, cut.skipped);
    }

    #[test]
    fn any_split_gives_the_same_responses(pieces in pieces(), step in 1usize..9, start in starts(), contexts in contexts()) {
        let whole = responses(&pieces, usize::MAX, start, Some(StreamEnd::Fin), &contexts);
        let cut = responses(&pieces, step, start, Some(StreamEnd::Fin), &contexts);
        prop_assert_eq!(whole.events, cut.events);
        prop_assert_eq!(whole.skipped, cut.skipped);
    }

    #[test]
    fn each_message_ends_once(pieces in pieces(), start in starts(), contexts in contexts()) {
        let sides = [requests(&pieces, 7, start, Some(StreamEnd::Other)), responses(&pieces, 7, start, Some(StreamEnd::Other), &contexts)];
        for side in sides {
            let mut open = false;
            for event in &side.events {
                match event.split(' ').next() {
                    Some("end") => {
                        prop_assert!(open, "{:?}", side.events);
                        open = false;
                    }
                    Some("body") => prop_assert!(open, "{:?}", side.events),
                    Some("start" | "weird" | "tunnel") => {}
                    _ => {
                        prop_assert!(!open, "{:?}", side.events);
                        open = true;
                    }
                }
            }
            prop_assert!(!open, "{:?}", side.events);
        }
    }

    #[test]
    fn a_probe_never_changes_its_mind(bytes in stream()) {
        for probe in [is_request_start, is_response_start] {
            let mut answer = None;
            for length in 0..=bytes.len() {
                let now = probe(&bytes[..length]);
                if let Some(before) = answer {
                    prop_assert_eq!(before, now, "{:?}", bytes[..length].escape_ascii().to_string());
                }
                answer = (now != tapistry_http::h1::Probe::Unsure).then_some(now);
            }
        }
    }
}
