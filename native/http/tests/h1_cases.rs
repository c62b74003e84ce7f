//! Cases of the HTTP/1 parser as data: `h1_cases.txt` has the bytes of a stream and the events that come of them.
//!
//! A case is `# name`, then `> flags` for a request stream or `< flags` for a response stream (flags: `midstream`, `open` for a stream that
//! does not end with FIN, `head`, `connect` for what was asked), then the stream in lines that begin with `|` (escapes as in Rust; a line
//! `|gap 5` is a gap), then the events. `UPDATE_CASES=1` writes the events anew: read the difference.

mod recorder;

use std::path::Path;

use recorder::{Piece, Recorder, requests, responses};
use tapistry_http::h1::{ResponseContext, Start, StreamEnd};

struct Case<'a> {
    name: &'a str,
    kind: &'a str,
    lines: Vec<&'a str>,
    events: Vec<&'a str>,
}

fn cases(text: &str) -> Vec<Case<'_>> {
    let mut cases: Vec<Case<'_>> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(name) = line.strip_prefix("# ") {
            cases.push(Case { name, kind: "", lines: Vec::new(), events: Vec::new() });
            continue;
        }
        let case = cases.last_mut().expect("a case begins with its name");
        match line.as_bytes()[0] {
            b'>' | b'<' if case.lines.is_empty() => case.kind = line,
            b'|' => case.lines.push(&line[1..]),
            _ => case.events.push(line.trim_start()),
        }
    }
    cases
}

fn unescape(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        match rest.next() {
            Some(b'r') => bytes.push(b'\r'),
            Some(b'n') => bytes.push(b'\n'),
            Some(b't') => bytes.push(b'\t'),
            Some(b'0') => bytes.push(0),
            Some(b's') => bytes.push(b' '),
            Some(b'x') => {
                let digits: String = rest.by_ref().take(2).map(char::from).collect();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap());
            }
            other => bytes.extend(other),
        }
    }
    bytes
}

fn run(case: &Case<'_>, step: usize) -> Recorder {
    let mut pieces = Vec::new();
    for line in &case.lines {
        match line.strip_prefix("gap ") {
            Some(length) => pieces.push(Piece::Gap(length.parse().unwrap())),
            None => pieces.push(Piece::Bytes(unescape(line))),
        }
    }
    let has = |flag: &str| case.kind.split(' ').any(|word| word == flag);
    let start = if has("midstream") { Start::Midstream } else { Start::Connection };
    let end = Some(if has("open") { StreamEnd::Other } else { StreamEnd::Fin });
    let context = match (has("head"), has("connect")) {
        (true, _) => ResponseContext::Head,
        (_, true) => ResponseContext::Connect,
        _ => ResponseContext::Normal,
    };
    if case.kind.starts_with('>') { requests(&pieces, step, start, end) } else { responses(&pieces, step, start, end, &[context]) }
}

#[test]
fn cases_of_the_file() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/h1_cases.txt");
    let text = std::fs::read_to_string(&path).unwrap();
    let cases = cases(&text);
    assert!(cases.len() > 80, "the file has lost its cases");
    let mut written = String::new();
    for case in &cases {
        let events = run(case, usize::MAX).events;
        for step in [1, 2, 5] {
            assert_eq!(events, run(case, step).events, "{} in pieces of {step}", case.name);
        }
        if std::env::var_os("UPDATE_CASES").is_none() {
            assert_eq!(events, case.events, "{}", case.name);
        }
        let lines: String = case.lines.iter().map(|line| format!("|{line}\n")).collect();
        let events: String = events.iter().map(|event| format!("  {event}\n")).collect();
        written.push_str(&format!("# {}\n{}\n{lines}{events}\n", case.name, case.kind));
    }
    if std::env::var_os("UPDATE_CASES").is_some() {
        std::fs::write(&path, written).unwrap();
    }
}

#[test]
fn a_head_above_the_limit_is_reported_as_far_as_it_came() {
    for (line, lines) in [("X-Long: ".to_owned() + &"a".repeat(300 << 10), 1), ("A: b\r\n".to_owned(), 20_000)] {
        let head = format!("GET /a HTTP/1.1\r\nHost: x\r\n{}\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n", line.repeat(lines));
        let pieces = [Piece::Bytes(head.into_bytes())];
        let whole = requests(&pieces, usize::MAX, Start::Connection, Some(StreamEnd::Fin));
        for step in [1000, 1460, 65_536] {
            assert_eq!(whole.events, requests(&pieces, step, Start::Connection, Some(StreamEnd::Fin)).events);
        }
        assert_eq!(whole.requests, 2);
        assert!(whole.events.contains(&"weird http1.header_limit".to_owned()));
        assert!(whole.events.contains(&"end Broken".to_owned()));
    }
}

#[test]
fn ten_thousand_fields_are_read() {
    let head = format!("GET /a HTTP/1.1\r\n{}\r\n", "Field: value\r\n".repeat(10_000));
    let found = requests(&[Piece::Bytes(head.into_bytes())], 1460, Start::Connection, None);
    assert_eq!(found.events.iter().find(|event| event.starts_with("GET")).map(|event| event.matches("[Field: value]").count()), Some(10_000));
}

#[test]
fn garbage_costs_linear_time() {
    // Each of these made some parser search the same bytes again and again.
    for unit in ["\r", "\n", "G", "GET /\r\n", "GET / HTTP/1.1\r\n ", "HTTP/1.1 200\r\n:", "a", "\0", "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n"] {
        let bytes = unit.repeat((2 << 20) / unit.len()).into_bytes();
        for start in [Start::Connection, Start::Midstream] {
            let pieces = [Piece::Bytes(bytes.clone())];
            let begin = std::time::Instant::now();
            requests(&pieces, 100, start, Some(StreamEnd::Fin));
            responses(&pieces, 100, start, Some(StreamEnd::Fin), &[]);
            assert!(begin.elapsed().as_secs() < 10, "{unit:?} {start:?}");
        }
    }
}
