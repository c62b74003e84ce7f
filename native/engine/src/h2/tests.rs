//! Connections of HTTP/2 by what is said on them, and the lines that come of it.

use super::test_frames::Said::{self, Client, ClientGap, Server, ServerGap};
use super::test_frames::{PREFACE, SETTINGS, answers, asks, data, frame, headers, in_short, lines};

/// The lines of one flow, each in short, with its oddities.
fn shown(midstream: bool, said: &[Said<'_>]) -> Vec<String> {
    lines(midstream, said).iter().map(|line| in_short(line)).collect()
}

#[test]
fn exchanges_by_stream() {
    let begin = [PREFACE.to_vec(), SETTINGS.to_vec()].concat();
    let rows: [(&str, &[Said<'_>], &[&str]); 17] = [
        (
            "two streams, answered in another order",
            &[
                Client(&[begin.clone(), asks(1, true, "GET", "/a"), asks(3, false, "POST", "/b"), data(3, true, "{}")]),
                Server(&[SETTINGS.to_vec(), answers(3, true, "204"), answers(1, false, "200"), data(1, true, "hi")]),
            ],
            &["GET /a (0) -> 200 (2) x.example", "POST /b (2) -> 204 (0) x.example"],
        ),
        (
            "the server first",
            &[Server(&[SETTINGS.to_vec()]), Client(&[begin.clone(), asks(1, true, "GET", "/a")]), Server(&[answers(1, true, "200")])],
            &["GET /a (0) -> 200 (0) x.example"],
        ),
        (
            "interim answers and trailers",
            &[
                Client(&[begin.clone(), asks(1, true, "GET", "/a")]),
                Server(&[answers(1, false, "103"), answers(1, false, "200"), data(1, false, "hi"), headers(1, true, &[("x-end", "1")])]),
            ],
            &["GET /a (0) -> 200 (2) x.example"],
        ),
        (
            "an answer that was captured before its request",
            &[Client(std::slice::from_ref(&begin)), Server(&[SETTINGS.to_vec(), answers(1, true, "200")]), Client(&[asks(1, true, "GET", "/a")])],
            &["GET /a (0) -> 200 (0) x.example"],
        ),
        (
            "a stream that is given up",
            &[
                Client(&[begin.clone(), asks(1, false, "POST", "/a"), data(1, false, "ab")]),
                Server(&[answers(1, false, "200")]),
                Client(&[frame(3, 0, 1, &[0, 0, 0, 8])]),
            ],
            &["POST /a (2?) -> 200 (0?) x.example h2.reset"],
        ),
        (
            "a number that is used again",
            &[
                Client(&[begin.clone(), asks(1, true, "GET", "/a")]),
                Server(&[answers(1, true, "200")]),
                Client(&[asks(1, true, "GET", "/b")]),
                Server(&[answers(1, true, "404")]),
            ],
            &["GET /a (0) -> 200 (0) x.example", "GET /b (0) -> 404 (0) x.example h2.stream_reuse"],
        ),
        (
            "a length that is not the body's",
            &[
                Client(&[begin.clone(), asks(1, true, "GET", "/a")]),
                Server(&[headers(1, false, &[(":status", "200"), ("content-length", "9")]), data(1, true, "hi")]),
            ],
            &["GET /a (0) -> 200 (2) x.example h2.cl_mismatch"],
        ),
        (
            "the length of a body that HEAD does not ask for",
            &[Client(&[begin.clone(), asks(1, true, "HEAD", "/a")]), Server(&[headers(1, true, &[(":status", "200"), ("content-length", "9")])])],
            &["HEAD /a (0) -> 200 (0) x.example"],
        ),
        (
            "a promise",
            &[
                Client(&[begin.clone(), asks(1, true, "GET", "/a")]),
                Server(&[
                    SETTINGS.to_vec(),
                    frame(5, 4, 1, &[&[0, 0, 0, 2][..], &asks(2, true, "GET", "/style")[9..]].concat()),
                    answers(1, true, "200"),
                    answers(2, true, "200"),
                ]),
            ],
            &["GET /a (0) -> 200 (0) x.example", "GET /style (0) -> 200 (0) x.example"],
        ),
        (
            "authority and host that differ",
            &[Client(&[begin.clone(), headers(1, true, &[(":method", "GET"), (":path", "/a"), (":authority", "x.example"), ("host", "y.example")])])],
            &["GET /a (0) -> nothing x.example h2.host_conflict,h2.request_unpaired"],
        ),
        (
            "a tunnel, whose bytes are none of HTTP's",
            &[
                Client(&[begin.clone(), headers(1, false, &[(":method", "CONNECT"), (":authority", "x.example:443")]), data(1, false, "secret")]),
                Server(&[answers(1, false, "200")]),
            ],
            &["CONNECT / (0?) -> 200 (0?) x.example"],
        ),
        (
            "extended CONNECT keeps its path",
            &[
                Client(&[
                    begin.clone(),
                    headers(1, false, &[(":method", "CONNECT"), (":protocol", "webtransport"), (":path", "/chat"), (":authority", "x.example")]),
                ]),
                Server(&[answers(1, false, "200")]),
            ],
            &["CONNECT /chat (0?) -> 200 (0?) x.example"],
        ),
        (
            "a hole in a body costs that body",
            &[
                Client(&[begin.clone(), asks(1, true, "GET", "/a"), asks(3, true, "GET", "/b")]),
                Server(&[answers(1, false, "200"), data(1, true, "0123456789")[..12].to_vec()]),
                ServerGap(5),
                Server(&[b"89".to_vec(), answers(3, true, "204")]),
            ],
            &["GET /a (0) -> 200 (5?) x.example tcp.gap", "GET /b (0) -> 204 (0) x.example"],
        ),
        (
            "a hole over an answer shifts nothing",
            &[
                Client(&[begin.clone(), asks(1, true, "GET", "/a"), asks(3, true, "GET", "/b"), asks(5, true, "GET", "/c")]),
                Server(&[answers(1, true, "201")]),
                ServerGap(100),
                Server(&[answers(5, true, "203")]),
            ],
            &["GET /a (0) -> 201 (0) x.example", "GET /b (0) -> nothing x.example h2.request_unpaired", "GET /c (0) -> 203 (0) x.example tcp.gap"],
        ),
        (
            "a hole over a request: its answer stays alone",
            &[
                Client(&[begin.clone(), asks(1, true, "GET", "/a")]),
                ClientGap(50),
                Client(&[asks(5, true, "GET", "/c")]),
                Server(&[answers(1, true, "201"), answers(3, true, "202"), answers(5, true, "203")]),
            ],
            &["GET /a (0) -> 201 (0) x.example", "GET /c (0) -> 203 (0) x.example tcp.gap", "-> 202 (0) x.example h2.response_unpaired"],
        ),
        ("only the client", &[Client(&[begin.clone(), asks(1, true, "GET", "/a")])], &["GET /a (0) -> nothing x.example h2.request_unpaired"]),
        ("only the server", &[Server(&[SETTINGS.to_vec(), answers(1, true, "200")])], &["-> 200 (0) 10.0.0.2:81 h2.response_unpaired"]),
    ];
    for (name, said, expected) in rows {
        assert_eq!(shown(false, said), expected, "{name}");
    }
}

#[test]
fn a_path_that_is_not_known_is_not_made_up() {
    // A request whose path is an entry of a table that was filled before.
    let asks = frame(1, 5, 7, &[0x83, 0x86, 0xbe]);
    let said = [Client(&[asks.clone(), frame(1, 5, 9, &[0x82, 0x84])]), Server(&[answers(7, true, "200"), answers(9, true, "200")])];
    let expected = ["POST {unknown} (0) -> 200 (0) 10.0.0.2:81 tcp.midstream,h2.midstream,h2.hpack_unknown", "GET / (0) -> 200 (0) 10.0.0.2:81"];
    assert_eq!(shown(true, &said), expected);
}

#[test]
fn an_upgrade_answers_its_request_on_stream_1() {
    let request = b"GET /a HTTP/1.1\r\nHost: x.example\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n".to_vec();
    let switch = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n".to_vec();
    let said = [
        Client(&[request]),
        Server(&[switch, SETTINGS.to_vec(), answers(1, false, "200"), data(1, true, "hi")]),
        Client(&[PREFACE.to_vec(), SETTINGS.to_vec(), asks(3, true, "GET", "/b")]),
        Server(&[answers(3, true, "204")]),
    ];
    assert_eq!(shown(false, &said), ["GET /a (0) -> 200 (2) x.example", "GET /b (0) -> 204 (0) x.example"]);
}

#[test]
fn streams_that_nobody_ends_are_bounded() {
    let streams: Vec<_> = (0..1100).map(|number| asks(2 * number + 1, false, "GET", "/a")).collect();
    let lines = shown(false, &[Client(&[PREFACE.to_vec()]), Client(&streams)]);
    assert_eq!(lines.len(), 1100);
    assert!(lines.iter().all(|line| line.starts_with("GET /a (0?) -> nothing")));
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut encoder, bytes).unwrap();
    encoder.finish().unwrap()
}

/// A message of gRPC behind its prefix.
fn message(flags: u8, bytes: &[u8]) -> Vec<u8> {
    [&[flags][..], &(bytes.len() as u32).to_be_bytes(), bytes].concat()
}

fn calls(stream: u32, more: &[(&str, &str)]) -> Vec<u8> {
    let fields = [(":method", "POST"), (":path", "/shop.Orders/List"), (":authority", "x.example"), ("content-type", "application/grpc+proto")];
    headers(stream, false, &[&fields[..], more].concat())
}

fn replies(stream: u32, is_last: bool, more: &[(&str, &str)]) -> Vec<u8> {
    headers(stream, is_last, &[&[(":status", "200"), ("content-type", "application/grpc")][..], more].concat())
}

#[test]
fn calls_of_grpc_and_what_is_in_their_messages() {
    let begin = [PREFACE.to_vec(), SETTINGS.to_vec()].concat();
    // Field 1 is a text, in field 2 again.
    let protobuf = [&[10, 15][..], b"ana@example.com", &[18, 17, 10, 15], b"bob@example.com"].concat();
    let gzipped = gzipped(&protobuf);
    let asks = |bytes: Vec<u8>| frame(0, 1, 1, &bytes);
    let status = |status: &str| headers(1, true, &[("grpc-status", status), ("grpc-message", "secret%20words")]);
    let two = [message(0, &protobuf), message(0, &protobuf)].concat();
    type Row<'a> = (&'a str, Vec<Vec<u8>>, Vec<Vec<u8>>, &'a str, &'a str);
    let rows: [Row<'_>; 5] = [
        (
            "a message each way, the prefix split over frames",
            vec![calls(1, &[]), frame(0, 0, 1, &message(0, &protobuf)[..3]), asks(message(0, &protobuf)[3..].to_vec())],
            vec![replies(1, false, &[]), frame(0, 0, 1, &message(0, b"")), status("0")],
            r#"{"service":"shop.Orders","method":"List","requestMessages":1,"responseMessages":1,"status":0}"#,
            r#"["email"]"#,
        ),
        (
            "a stream of messages, some compressed",
            vec![calls(1, &[("grpc-encoding", "gzip")]), asks([message(1, &gzipped), message(0, b""), message(1, &gzipped)].concat())],
            vec![replies(1, false, &[]), frame(0, 0, 1, &two), status("0")],
            r#"{"service":"shop.Orders","method":"List","requestMessages":3,"responseMessages":2,"status":0}"#,
            r#"["email"]"#,
        ),
        (
            "compressed in a way that nobody names",
            vec![calls(1, &[]), asks(message(1, &gzipped))],
            vec![replies(1, false, &[]), status("0")],
            r#"{"service":"shop.Orders","method":"List","requestMessages":1,"responseMessages":0,"status":0}"#,
            "[]",
        ),
        (
            "trailers only",
            vec![calls(1, &[]), asks(message(0, b""))],
            vec![replies(1, true, &[("grpc-status", "5")])],
            r#"{"service":"shop.Orders","method":"List","requestMessages":1,"responseMessages":0,"status":5}"#,
            "[]",
        ),
        (
            "no answer",
            vec![calls(1, &[]), asks(message(0, b""))],
            vec![],
            r#"{"service":"shop.Orders","method":"List","requestMessages":1,"responseMessages":null,"status":null}"#,
            "[]",
        ),
    ];
    for (name, asked, answered, grpc, classes) in rows {
        let lines = lines(false, &[Client(std::slice::from_ref(&begin)), Client(&asked), Server(&[SETTINGS.to_vec()]), Server(&answered)]);
        assert!(lines.len() == 1 && !lines[0].contains("secret"), "{name}: {lines:?}");
        assert!(lines[0].contains(&format!("\"grpc\":{grpc}")), "{name}: {}", lines[0]);
        assert!(lines[0].contains(&format!("\"classes\":{classes}")), "{name}: {}", lines[0]);
    }
}

#[test]
fn grpc_web_over_http_1_says_its_status_in_the_body() {
    let head = |first: &str, kind: &str, length: usize| {
        format!("{first}\r\nHost: x.example\r\nContent-Type: application/grpc-web{kind}\r\nContent-Length: {length}\r\n\r\n").into_bytes()
    };
    let binary = [message(0, b"\x08\x01"), message(0x80, b"grpc-status: 7\r\n")].concat();
    let text = b"AAAAAAIIAQ==gAAAABBncnBjLXN0YXR1czogNw0K".to_vec();
    let compressed = [message(0, b"\x08\x01"), message(0x81, &gzipped(b"grpc-status: 7\r\n"))].concat();
    for (kind, body) in [("+proto", binary), ("-text", text), ("+proto\r\nGrpc-Encoding: gzip", compressed)] {
        let asked = [head("POST /shop.Orders/List HTTP/1.1", kind, body.len()), body.clone()].concat();
        let answered = [head("HTTP/1.1 200 OK", kind, body.len()), body].concat();
        let lines = lines(false, &[Client(&[asked]), Server(&[answered])]);
        let expected = r#""grpc":{"service":"shop.Orders","method":"List","requestMessages":1,"responseMessages":1,"status":7}"#;
        assert!(lines.len() == 1 && lines[0].contains(expected), "{kind}: {lines:?}");
    }
}

#[test]
fn grpc_over_http_1_says_its_status_in_trailers() {
    let body = message(0, b"\x08\x01");
    let head = |first: &str| format!("{first}\r\nHost: x.example\r\nContent-Type: application/grpc\r\nTransfer-Encoding: chunked\r\n\r\n7\r\n").into_bytes();
    let chunked = |first: &str, trailers: &str| [head(first), body.clone(), format!("\r\n0\r\n{trailers}\r\n").into_bytes()].concat();
    let long = "x".repeat(5000);
    for (trailers, status) in [
        ("Grpc-Status: 7\r\ngrpc-message: no\r\n".to_owned(), "7"),
        ("grpc-status:13\n".to_owned(), "13"),
        (format!("x: {long}\r\ngrpc-status: 5 \r\n"), "5"),
        (format!("grpc-status: 5{long}\r\n"), "null"),
        ("grpc-statuses: 5\r\ngrpc-status\r\n".to_owned(), "null"),
        (String::new(), "null"),
    ] {
        let (asked, answered) = (chunked("POST /shop.Orders/List HTTP/1.1", "grpc-status: 3\r\n"), chunked("HTTP/1.1 200 OK", &trailers));
        for pieces in [vec![answered.clone()], answered.iter().map(|byte| vec![*byte]).collect()] {
            let mut said = vec![Client(std::slice::from_ref(&asked))];
            said.extend(pieces.iter().map(|piece| Server(std::slice::from_ref(piece))));
            let lines = lines(false, &said);
            let expected = format!(r#""requestMessages":1,"responseMessages":1,"status":{status}}}"#);
            assert!(lines.len() == 1 && lines[0].contains(&expected), "{trailers:.30}: {lines:?}");
        }
    }
}
