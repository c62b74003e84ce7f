//! Answers whose `:status` stands in a part of the table that was never seen.

use super::test_frames::Said::{Client, Server, ServerGap};
use super::test_frames::{PREFACE, SETTINGS, answers, asks, data, frame, headers, in_short, lines};

/// HEADERS that begin with an entry of the table, with fields behind it.
fn refers(stream: u32, is_last: bool, more: &[(&str, &str)]) -> Vec<u8> {
    let fields = headers(stream, false, more)[9..].to_vec();
    frame(1, 4 | u8::from(is_last), stream, &[&[0xbe][..], &fields].concat())
}

#[test]
fn an_answer_with_an_unknown_status_is_an_answer() {
    let begin = [PREFACE.to_vec(), SETTINGS.to_vec(), asks(1, true, "GET", "/a")];
    let asked = [asks(5, true, "GET", "/c")];
    let html = [("content-type", "text/html")];
    let (seen, unseen) = (|answer: &str| format!("GET /c (0) -> {answer} x.example tcp.gap"), "GET /c (0) -> nothing x.example h2.request_unpaired");
    let unread = unseen.replace("h2.req", "h2.hpack_unknown,h2.req");
    let unknown = |answer: &str| format!("{},h2.hpack_unknown", seen(answer));
    let whole = headers(5, false, &html);
    type Row<'a> = (&'a str, Vec<Vec<u8>>, u64, Vec<Vec<u8>>, String);
    let rows: Vec<Row<'_>> = vec![
        ("with a body", vec![], 100, vec![refers(5, false, &[]), data(5, true, "hi")], unknown("null (2)")),
        ("without a body, with what only heads have", vec![], 100, vec![refers(5, true, &[("location", "/x")])], unknown("null (0)")),
        ("without a length of its body, as 304 may have", vec![], 100, vec![refers(5, true, &[("content-length", "9")])], unknown("null (0)")),
        ("trailers, or what may be some", vec![], 100, vec![refers(5, true, &[("grpc-status", "0")])], unread),
        ("a block that begins with another field", vec![], 100, vec![headers(5, true, &[("date", "now")])], unseen.to_owned()),
        (
            "an interim answer before the one that is known",
            vec![],
            100,
            vec![refers(5, false, &[("link", "</x>")]), answers(5, false, "200"), data(5, true, "hi")],
            unknown("200 (2)"),
        ),
        (
            "an interim answer before one that is not",
            vec![],
            100,
            vec![refers(5, false, &[("link", "</x>")]), refers(5, false, &html), data(5, true, "hi")],
            unknown("null (2)"),
        ),
        (
            "an interim answer before another one",
            vec![],
            100,
            vec![refers(5, false, &[]), answers(5, false, "103"), answers(5, true, "204")],
            unknown("204 (0)"),
        ),
        ("and trailers", vec![], 100, vec![refers(5, false, &html), data(5, false, "hi"), refers(5, true, &[])], unknown("null (2)")),
        ("and trailers behind nothing", vec![], 100, vec![refers(5, false, &html), headers(5, true, &[("x-end", "1")])], unknown("null (0)")),
        ("a block of which a part is missing", vec![whole[..15].to_vec()], whole.len() as u64 - 15, vec![data(5, true, "hi")], seen("null (2)")),
        (
            "a promise of which a part is missing is none",
            vec![frame(5, 0, 5, &[0, 0, 0, 2, 0xbe, 0xbe])[..12].to_vec()],
            3,
            vec![frame(9, 4, 5, &[0xbe]), answers(5, true, "204")],
            seen("204 (0)"),
        ),
    ];
    for (name, before, gap, after, expected) in rows {
        let said = [Client(&begin), Server(&[SETTINGS.to_vec()]), Client(&asked), Server(&before), ServerGap(gap), Server(&after)];
        let shown: Vec<_> = lines(false, &said).iter().map(|line| in_short(line)).filter(|line| line.contains("/c")).collect();
        assert_eq!(shown, [expected], "{name}");
    }
    let said = [Client(&begin), Server(&[SETTINGS.to_vec(), answers(1, true, "ok")])];
    assert_eq!(in_short(&lines(false, &said)[0]), "GET /a (0) -> null (0) x.example", "no number");
}

#[test]
fn whether_a_tunnel_was_agreed_to_is_unknown_too() {
    let socket = [(":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/chat"), (":authority", "x.example")];
    let connect = [PREFACE.to_vec(), SETTINGS.to_vec(), headers(1, false, &socket), data(1, false, "hello")];
    let refused = [refers(1, false, &[]), data(1, false, "hello")];
    let agreed = [refers(1, false, &[]), answers(1, false, "200"), data(1, false, "\u{1}\u{1}x")];
    for (answer, expected) in [
        (&refused[..], "CONNECT /chat (0?) -> null (0?) x.example tcp.gap,h2.hpack_unknown"),
        (&agreed, "CONNECT /chat (0) -> 200 (0) x.example tcp.gap,h2.hpack_unknown"),
    ] {
        let said = [Client(&connect), Server(&[SETTINGS.to_vec()]), ServerGap(100), Server(answer)];
        let shown = in_short(&lines(false, &said)[0]);
        assert!(shown.starts_with(expected), "{shown}");
    }
}

#[test]
fn an_answer_of_a_connection_that_is_joined_in_the_middle() {
    let asked = [frame(1, 5, 7, &[0x82, 0x84]), frame(1, 5, 13, &[0x82, 0x84])];
    let answered = [refers(7, true, &[]), refers(9, true, &[]), refers(11, false, &[("server", "x")]), data(11, true, "hi"), answers(3, true, "200")];
    let shown: Vec<_> = lines(true, &[Client(&asked), Server(&answered)]).iter().map(|line| in_short(line)).collect();
    // Nobody knows whether that of stream 9 is an answer, or what came after one.
    assert_eq!(
        shown,
        [
            "GET / (0) -> null (0) 10.0.0.2:81 tcp.midstream,h2.midstream,h2.hpack_unknown",
            "GET / (0) -> nothing 10.0.0.2:81 h2.request_unpaired",
            "-> null (2) 10.0.0.2:81 h2.hpack_unknown,h2.response_unpaired",
            "-> 200 (0) 10.0.0.2:81 h2.response_unpaired"
        ]
    );
}
