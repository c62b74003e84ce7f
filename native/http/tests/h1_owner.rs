//! What the owner of the two parsers of a connection tells them, and how it finds out that there is HTTP.

mod recorder;

use recorder::Recorder;
use tapistry_http::h1::{Probe, RequestParser, ResponseParser, Start, StreamEnd, is_request_start, is_response_start};

fn events(run: impl FnOnce(&mut Recorder)) -> Vec<String> {
    let mut recorder = Recorder::default();
    run(&mut recorder);
    recorder.flush();
    recorder.events.retain(|event| event != "start");
    recorder.events
}

#[test]
fn a_simple_request_is_reported_when_the_server_answers() {
    let mut parser = RequestParser::new(Start::Connection);
    let before = events(|sink| parser.feed(b"GET /a\r\n", sink));
    assert!(before.is_empty(), "fields may follow");
    let settled = events(|sink| parser.settle(sink));
    assert_eq!(settled, ["weird http1.version_missing", "GET /a Http09", "end Complete"]);
    assert!(events(|sink| parser.settle(sink)).is_empty());
    assert!(events(|sink| parser.finish(StreamEnd::Fin, sink)).is_empty());
}

#[test]
fn settling_disturbs_nothing_else() {
    let mut parser = RequestParser::new(Start::Connection);
    let found = events(|sink| {
        for byte in b"GET /a\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n" {
            parser.feed(&[*byte], sink);
            if *byte != b'\n' {
                parser.settle(sink);
            }
        }
    });
    assert_eq!(found.iter().filter(|event| event.starts_with("GET")).count(), 2);
}

#[test]
fn the_answer_to_a_simple_request() {
    for step in [1, 100] {
        let answer = |bytes: &[u8], end| {
            events(|sink| {
                let mut parser = ResponseParser::new(Start::Connection);
                parser.expect_simple();
                bytes.chunks(step).for_each(|piece| parser.feed(piece, sink));
                parser.finish(end, sink);
            })
        };
        let bare = answer(b"\r\n<html>hello", StreamEnd::Fin);
        assert_eq!(bare, ["0 Http09", "weird http1.body_to_close", "body \\r\\n<html>hello", "end Complete"]);
        let short = answer(b"HTT", StreamEnd::Fin);
        assert_eq!(short, ["0 Http09", "weird http1.body_to_close", "body HTT", "end Complete"]);
        let cut = answer(b"hello", StreamEnd::Other);
        assert_eq!(cut[2..], ["weird http1.body_cut", "body hello", "end Cut"]);
        let full = answer(b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", StreamEnd::Fin);
        assert_eq!(full, ["200 Http10 [Content-Length: 2]", "body hi", "end Complete"]);
    }
}

#[test]
fn a_refused_request_has_no_body() {
    let head = b"PUT /a HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
    let mut parser = RequestParser::new(Start::Connection);
    let found = events(|sink| {
        parser.feed(head, sink);
        parser.refused(sink);
        parser.refused(sink);
        parser.feed(b"GET /b HTTP/1.0\r\n\r\n", sink);
        parser.refused(sink);
    });
    assert_eq!(found.iter().filter(|event| *event == "end Complete").count(), 2);
    let mut parser = RequestParser::new(Start::Connection);
    let sent = events(|sink| {
        parser.feed(head, sink);
        parser.feed(b"he", sink);
        parser.refused(sink);
        parser.feed(b"llo", sink);
    });
    assert_eq!(sent[1..], ["body hello", "end Complete"]);
}

#[test]
fn after_an_upgrade_the_client_speaks_something_else() {
    let mut parser = RequestParser::new(Start::Connection);
    let found = events(|sink| {
        parser.feed(b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n", sink);
        parser.feed(b"AB", sink);
        parser.tunnel(sink);
        parser.feed(b"CD", sink);
        parser.gap(5, sink);
        parser.feed(b"EF", sink);
        parser.finish(StreamEnd::Fin, sink);
    });
    assert!(parser.is_tunnel());
    assert_eq!(found[2..], ["tunnel ABCDEF"]);
    let mut parser = RequestParser::new(Start::Connection);
    let open = events(|sink| {
        parser.feed(b"POST /ws HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhi", sink);
        parser.tunnel(sink);
    });
    assert_eq!(open[1..], ["weird http1.body_cut", "body hi", "end Cut"]);
}

#[test]
fn requests_are_told_by_content() {
    use Probe::{No, Unsure, Yes};
    let cases: &[(&[u8], Probe)] = &[
        (b"", Unsure),
        (b"\r\n\r\n", Unsure),
        (b"G", Unsure),
        (b"GET", Unsure),
        (b"GET /", Unsure),
        (b"GET / HTTP/1.1", Unsure),
        (b"GET / HTTP/1.1\r", Yes),
        (b"GET / HTTP/1.1\n", Yes),
        (b"\r\n GET /a b HTTP/1.0\r\n", Yes),
        (b"GET /\r\n", Yes),
        (b"BREW /pot HTTP/1.1\r\n", Yes),
        (b"BREW /pot\r\n", No),
        (b"get / http/1.1\r\n", Yes),
        (b"OPTIONS * HTTP/1.1\r\n", Yes),
        (b"CONNECT a:443 HTTP/1.1\r\n", Yes),
        (b"M-SEARCH * HTTP/1.1\r\n", Yes),
        (b"GET http://x/ HTTP/1.1\r\n", Yes),
        (b"PRI * HTTP/2.0\r\n", No),
        (b"GET / HTTP/2.0\r\n", No),
        (b"OPTIONS sip:a@b SIP/2.0\r\n", No),
        (b"OPTIONS sip:a", No),
        (b"OPTIONS /a SIP/2.0\r\n", No),
        (b"INVITE sip:a@b SIP/2.0\r\n", No),
        (b"DESCRIBE rtsp://x/a RTSP/1.0\r\n", No),
        (b"OPTIONS * RTSP/1.0\r\n", No),
        (b"REQMOD icap://x/a ICAP/1.0\r\n", No),
        (b"OPTIONS icap://x/a ICAP/1.0\r\n", No),
        (b"\x16\x03\x01\x02\x00", No),
        (b"SSH-2.0-OpenSSH_9.7\r\n", No),
        (b"EHLO mail.example.com\r\n", No),
        (b"USER anonymous\r\n", No),
        (b"* OK IMAP4rev1\r\n", No),
        (b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n", No),
        (b"GET me a coffee\r\n", No),
        (b"get key\r\n", No),
        (b"*1\r\n$4\r\nPING\r\n", No),
        (b"\0\0\0\x01", No),
    ];
    for (bytes, probe) in cases {
        assert_eq!(is_request_start(bytes), *probe, "{}", bytes.escape_ascii());
    }
    let long = format!("GET /{}", "a".repeat(9000));
    assert_eq!(is_request_start(long.as_bytes()), Yes);
    let long = format!("GETS /{}", "a".repeat(9000));
    assert_eq!(is_request_start(long.as_bytes()), No);
}

#[test]
fn responses_are_told_by_content() {
    use Probe::{No, Unsure, Yes};
    let cases: &[(&[u8], Probe)] = &[
        (b"", Unsure),
        (b"HTTP", Unsure),
        (b"HTTP/", Unsure),
        (b"HTTP/1", Yes),
        (b"http/1.0 200 ok\r\n", Yes),
        (b"\r\n HTTP/1.1 200", Yes),
        (b"HTTP/x", No),
        (b"SIP/2.0 200 OK\r\n", No),
        (b"RTSP/1.0 200 OK\r\n", No),
        (b"ICAP/1.0 204 No\r\n", No),
        (b"SSH-2.0-x\r\n", No),
        (b"220 mail ESMTP\r\n", No),
        (b"\x16\x03\x03", No),
    ];
    for (bytes, probe) in cases {
        assert_eq!(is_response_start(bytes), *probe, "{}", bytes.escape_ascii());
    }
}
