//! WebSocket over streams of HTTP/2, and the lines that come of it.

use super::test_frames::Said::{self, Client, ClientGap, Server, ServerGap};
use super::test_frames::{PREFACE, SETTINGS, answers, asks, frame, headers, lines};

/// `Hello` as a client says it.
const HELLO: [u8; 11] = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
const MAIL: &[u8] = b"\x81\x18{\"mail\":\"a@example.org\"}";

fn connects(protocol: &str) -> Vec<u8> {
    let fields = [(":method", "CONNECT"), (":protocol", protocol), (":scheme", "https"), (":path", "/chat"), (":authority", "x.example")];
    headers(1, false, &fields)
}

fn says(is_last: bool, payload: &[u8]) -> Vec<u8> {
    frame(0, u8::from(is_last), 1, payload)
}

fn counts(frames: u64, messages: u64, bytes: u64, text: u64) -> String {
    format!("{{frames:{frames},messages:{messages},bytes:{bytes},text:{text},binary:{}}}", messages - text)
}

/// What a line tells of the request, of the response, and of what came after.
fn shown(said: &[Said<'_>]) -> Vec<[String; 3]> {
    lines(false, said)
        .iter()
        .map(|line| {
            let line = line.replace('"', "");
            let (request, rest) = line.split_once(",response:").unwrap();
            let (response, socket) = rest.split_once(",webSocket:").unwrap();
            let in_short = |message: &str| {
                let wanted = ["method:", "path:", "status:", "bodyBytes:", "complete:"];
                message.split([',', '{', '}']).filter(|part| wanted.iter().any(|name| part.starts_with(name))).collect::<Vec<_>>().join(" ")
            };
            [in_short(request), in_short(response), socket.replace(",tls:null,auth:[]", "")]
        })
        .collect()
}

#[test]
fn streams_that_go_over_to_websocket() {
    let begin = [PREFACE.to_vec(), SETTINGS.to_vec()].concat();
    let asked = [begin, connects("websocket")];
    let agreed = [SETTINGS.to_vec(), answers(1, false, "200")];
    let deflates = [headers(1, false, &[(":status", "200"), ("sec-websocket-extensions", "permessage-deflate")])];
    let compressed = [0xc1, 7, 0xf2, 0x48, 0xcd, 0xc9, 0xc9, 0x07, 0x00];
    let handshake = ["method:CONNECT path:/chat bodyBytes:0 complete:true".to_owned(), "status:200 bodyBytes:0 complete:true".to_owned()];
    let (none, one) = (counts(0, 0, 0, 0), counts(1, 1, 5, 1));
    let other = asks(3, true, "GET", "/other");
    type Row<'a> = (&'a str, Vec<Said<'a>>, String, String, &'a str);
    let (hello, mail) = ([says(false, &HELLO)], [says(false, MAIL)]);
    let (two_frames, pieces) = ([says(false, &HELLO[..4]), other.clone(), says(true, &HELLO[4..])], [says(true, MAIL)]);
    let padded = [frame(0, 8, 1, &[&[4][..], MAIL, &[0; 4]].concat())];
    let early = [says(false, &HELLO)];
    let squeezed = [says(false, &compressed)];
    let (beginning, reset) = ([says(false, MAIL)[..20].to_vec()], [frame(3, 0, 1, &[0, 0, 0, 8])]);
    let rest = [MAIL[16..].to_vec(), says(false, MAIL)];
    let rows: [Row<'_>; 9] = [
        ("both ways", vec![Client(&asked), Server(&agreed), Client(&hello), Server(&mail)], one.clone(), counts(1, 1, 24, 1), "[email],weirds:["),
        (
            "frames over pieces, other streams between",
            vec![Client(&asked), Server(&agreed), Client(&two_frames), Server(&pieces)],
            one.clone(),
            counts(1, 1, 24, 1),
            "[email],weirds:[",
        ),
        ("padding is none of it", vec![Client(&asked), Server(&agreed), Server(&padded)], none.clone(), counts(1, 1, 24, 1), "[email],weirds:["),
        ("said before the answer", vec![Client(&asked), Client(&early), Server(&agreed)], one.clone(), none.clone(), "[],weirds:["),
        (
            "the answer was captured first",
            vec![Client(&asked[..1]), Server(&agreed), Server(&mail), Client(&asked[1..])],
            none.clone(),
            counts(1, 1, 24, 1),
            "[email],weirds:[",
        ),
        ("compressed", vec![Client(&asked), Server(&deflates), Server(&squeezed)], none.clone(), one.clone(), "[],weirds:["),
        (
            "compressed, and not agreed on",
            vec![Client(&asked), Server(&agreed), Server(&squeezed)],
            none.clone(),
            counts(1, 1, 0, 1),
            "[],weirds:[ws.deflate_desync",
        ),
        (
            "a hole in a frame, and the stream given up",
            vec![Client(&asked), Server(&agreed), Server(&beginning), ServerGap(5), Server(&rest), Client(&reset)],
            none.clone(),
            counts(2, 2, 43, 2),
            "[email],weirds:[tcp.gap,h2.reset",
        ),
        ("a hole over frames of the connection", vec![Client(&asked), Server(&agreed), ClientGap(99), Client(&hello)], one, none, "[],weirds:[tcp.gap"),
    ];
    for (name, said, client, server, rest) in rows {
        let lines = shown(&said);
        let socket = format!("{{client:{client},server:{server}}},classes:{rest}]}}");
        let [asked, answered] = handshake.clone();
        assert_eq!(lines[0], [asked, answered, socket], "{name}");
    }
}

#[test]
fn what_is_no_websocket_stays_what_it_was() {
    let begin = [PREFACE.to_vec(), SETTINGS.to_vec()].concat();
    let refused = [Client(&[begin.clone(), connects("websocket")]), Server(&[SETTINGS.to_vec(), answers(1, false, "403"), says(true, b"no")])];
    assert_eq!(
        shown(&refused),
        [["method:CONNECT path:/chat bodyBytes:0 complete:false", "status:403 bodyBytes:2 complete:true", "null,classes:[],weirds:[]}"]]
    );
    let other = [Client(&[begin, connects("webtransport")]), Server(&[SETTINGS.to_vec(), answers(1, false, "200"), says(false, MAIL)])];
    assert_eq!(
        shown(&other),
        [["method:CONNECT path:/chat bodyBytes:0 complete:false", "status:200 bodyBytes:0 complete:false", "null,classes:[],weirds:[]}"]]
    );
}
