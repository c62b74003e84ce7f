//! Any bytes whatever: no panic, no lost line, bounded memory.

use std::io::{BufReader, Cursor};

use proptest::prelude::*;
use tapistry_logs::lines::LINE_BYTES_MAX;
use tapistry_logs::{Format, Line, LineReader, NamedFormat, Scratch, har, parse_line, sniff};

fn reader(bytes: Vec<u8>) -> LineReader {
    LineReader::new(Box::new(BufReader::with_capacity(7, Cursor::new(bytes))))
}

/// Text that looks like what is parsed, so that random bytes reach deep.
fn likely() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "\\",
        "\\u",
        "d83d",
        "\\x22",
        "method",
        "\"method\":\"GET\"",
        "\"path\":\"/a\"",
        "\"status\":200",
        "request",
        "headers",
        "reqBody",
        "GET / HTTP/1.1",
        "1.2.3.4 - - ",
        "[10/Oct/2000:13:55:36 -0700]",
        "-",
        " ",
        "/",
        "?",
        "200",
        "0.1",
        "1e9",
        "é",
        "\"log\"",
        "\"entries\"",
        "null",
        "\t",
        "2000-10-10T20:55:36Z ",
        "[2000-10-10T20:55:36Z] ",
        "haproxy[7]: 1.2.3.4:5 [10/Oct/2000:13:55:36.250] a~ b/c 0/0/0/0/0 200 12 - - ---- 1/1/1/1/1 0/0 ",
        "{a.example|b} ",
        "\"- - HTTP/1.1\" ",
        "-1 ",
        "cs-method",
        "cs(Host) ",
        "$request",
        "$status ",
        "${a}",
        "%REQ(:METHOD)%",
        "%r",
        "%{+Q}ci",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_line_panics(bytes in prop::collection::vec(any::<u8>(), 0..300), text in likely()) {
        let mut scratch = Scratch::default();
        for line in [bytes.as_slice(), text.as_bytes()] {
            sniff(line);
            for format in Format::ALL {
                if let Ok(record) = parse_line(*format, line, &mut scratch) {
                    prop_assert!(!record.method.is_empty() && !record.path.is_empty());
                    scratch.recycle(record);
                }
            }
            let mut entries = 0;
            let summary = har::entries(line, 0, |_, _| entries += 1).unwrap();
            prop_assert_eq!(entries, summary.entries);
        }
    }

    #[test]
    fn no_head_and_no_template_panics(head in likely(), line in likely()) {
        for format in [Format::W3c, Format::CloudFront, Format::Zeek] {
            let mut scratch = Scratch::default();
            for head in [format!("#Fields: {head}"), format!("#fields\t{head}"), format!("#separator {head}")] {
                prop_assert!(parse_line(format, head.as_bytes(), &mut scratch).is_err());
                let _ = parse_line(format, line.as_bytes(), &mut scratch);
            }
        }
        if let Ok(named) = NamedFormat::parse(&head) {
            let _ = parse_line(named.format, line.as_bytes(), &mut named.scratch());
        }
    }

    #[test]
    fn a_line_says_the_same_after_any_other(before in likely(), line in likely()) {
        let mut scratch = Scratch::default();
        for format in Format::ALL {
            if let Ok(record) = parse_line(*format, before.as_bytes(), &mut scratch) {
                scratch.recycle(record);
            }
            let warm = format!("{:?}", parse_line(*format, line.as_bytes(), &mut scratch));
            let cold = format!("{:?}", parse_line(*format, line.as_bytes(), &mut Scratch::default()));
            prop_assert_eq!(warm, cold);
        }
    }

    #[test]
    fn lines_are_what_split_gives(bytes in prop::collection::vec(prop::sample::select(vec![b'\n', b'a', b'\r', 0]), 0..200)) {
        let mut lines = reader(bytes.clone());
        let mut expected: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        let last = expected.pop().unwrap();
        for (number, line) in expected.iter().enumerate() {
            prop_assert_eq!(lines.next().unwrap(), Some(Line::Whole(line)));
            prop_assert_eq!(lines.number(), number as u64 + 1);
        }
        prop_assert_eq!(lines.position(), (bytes.len() - last.len()) as u64);
        prop_assert_eq!(lines.next().unwrap(), (!last.is_empty()).then_some(Line::Last(last)));
        prop_assert_eq!(lines.next().unwrap(), None);
        prop_assert_eq!(lines.position(), (bytes.len() - last.len()) as u64);
    }

    #[test]
    fn exchanges_round_trip(method in "[A-Z]{1,10}", path in "/[ -~é]{0,30}", query in prop::option::of("[ -~]{0,20}"), status in 0u16..1000, body in "\\PC{0,40}") {
        let path = path.replace('?', "");
        let quote = |text: &str| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
        let query_text = query.as_ref().map(|query| format!(",\"query\":\"{}\"", quote(query))).unwrap_or_default();
        let line = format!("{{\"method\":\"{method}\",\"path\":\"{}\",\"status\":{status},\"resBody\":\"{}\"{query_text}}}", quote(&path), quote(&body));
        let record = parse_line(Format::NdjsonExchange, line.as_bytes(), &mut Scratch::default()).unwrap();
        prop_assert_eq!(&*record.method, method.as_str());
        prop_assert_eq!(&*record.path, path.as_bytes());
        prop_assert_eq!(record.query.as_deref(), query.as_ref().map(|query| query.as_bytes()));
        prop_assert_eq!(record.status, status);
        prop_assert_eq!(record.response_body.as_deref(), Some(body.as_bytes()));
    }
}

#[test]
fn a_line_over_the_cap_is_passed_over() {
    let long = vec![b'x'; LINE_BYTES_MAX * 3];
    let exact = vec![b'y'; LINE_BYTES_MAX];
    let mut lines = LineReader::new(Box::new(BufReader::new(Cursor::new([b"a\n", &long[..], b"\nb\n", &exact[..], b"\n", &long[..]].concat()))));
    assert_eq!(lines.next().unwrap(), Some(Line::Whole(b"a")));
    assert_eq!(lines.next().unwrap(), Some(Line::TooLong));
    assert_eq!(lines.next().unwrap(), Some(Line::Whole(b"b")));
    assert_eq!(lines.next().unwrap(), Some(Line::Whole(&exact)));
    assert_eq!(lines.position() as usize, 2 + long.len() + 3 + exact.len() + 1);
    assert_eq!(lines.next().unwrap(), Some(Line::TooLong));
    assert_eq!(lines.number(), 5);
    assert_eq!(lines.next().unwrap(), None);
    assert_eq!(lines.position() as usize, 2 + long.len() + 3 + exact.len() + 1);
}
