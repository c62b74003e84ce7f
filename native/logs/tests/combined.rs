//! The common log format and what grew out of it.

use tapistry_logs::{Format, Rejection, Scratch, parse_line};

/// What is compared of a record, in one line.
fn shown(format: Format, line: &str) -> String {
    let mut scratch = Scratch::default();
    let record = match parse_line(format, line.as_bytes(), &mut scratch) {
        Ok(record) => record,
        Err(rejection) => return rejection.name().to_owned(),
    };
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut out = vec![record.method.to_string(), text(&record.path), record.status.to_string()];
    out.extend(record.query.iter().map(|query| format!("?{}", text(query))));
    out.extend(record.host.iter().map(|host| format!("host={host}")));
    out.extend(record.client.iter().map(|client| format!("client={}", text(client))));
    out.extend(record.response_bytes.iter().map(|size| format!("bytes={size}")));
    out.extend(record.duration_ms.iter().map(|duration| format!("ms={duration}")));
    out.extend(record.user.then(|| "user".to_owned()));
    out.extend(record.user_agent.iter().map(|agent| format!("user-agent={}", text(agent))));
    out.extend(record.request_fields.iter().map(|(name, value)| format!("{name}={}", text(value))));
    out.join(" ")
}

const T: &str = "[10/Oct/2000:13:55:36 -0700]";

#[test]
fn combined() {
    let cases = [
        (format!(r#"1.2.3.4 - - {T} "GET /a?b=1 HTTP/1.1" 200 12 "-" "curl/8""#), "GET /a 200 ?b=1 client=1.2.3.4 bytes=12 user-agent=curl/8"),
        (format!(r#"::1 - frank {T} "POST /a HTTP/2.0" 201 - "https://x/" "-""#), "POST /a 201 client=::1 user"),
        (format!(r#"1.2.3.4 - a b [c] {T} "GET / HTTP/1.1" 200 1 "-" "-""#), "GET / 200 client=1.2.3.4 bytes=1 user"),
        (format!(r#"1.2.3.4 - "" {T} "GET / HTTP/1.1" 200 1 "-" "-""#), "GET / 200 client=1.2.3.4 bytes=1"),
        (format!(r#"1.2.3.4 - - {T} "GET /a\x22b\" HTTP/1.1" 404 1 "-" "a\"b""#), r#"GET /a"b" 404 client=1.2.3.4 bytes=1 user-agent=a"b"#),
        (format!(r#"1.2.3.4 - - {T} "GET /a b HTTP/1.1" 400 1 "-" "-""#), "GET /a b 400 client=1.2.3.4 bytes=1"),
        (format!(r#"1.2.3.4 - - {T} "GET /old" 200 1 "-" "-""#), "GET /old 200 client=1.2.3.4 bytes=1"),
        (format!(r#"1.2.3.4 - - {T} "GET http://h.example:81/p?q HTTP/1.1" 200 1 "-" "-""#), "GET /p 200 ?q host=h.example:81 client=1.2.3.4 bytes=1"),
        (format!(r#"1.2.3.4 - - {T} "CONNECT h.example:443 HTTP/1.1" 200 1 "-" "-""#), "CONNECT h.example:443 200 client=1.2.3.4 bytes=1"),
        (format!(r#"1.2.3.4 - - {T} "OPTIONS * HTTP/1.1" - - "-" "-""#), "OPTIONS * 0 client=1.2.3.4"),
        (format!("1.2.3.4 - - {T} \"GET / HTTP/1.1\" 200 1 \"-\" \"-\"\r"), "GET / 200 client=1.2.3.4 bytes=1"),
        // More fields behind: request time, upstream time, address, host, forwarded for.
        (
            format!(r#"1.2.3.4 - - {T} "GET / HTTP/1.1" 200 1 "-" "-" 0.125 0.100 10.0.0.9:8080 "api.example.com" "9.9.9.9, 10.0.0.1""#),
            "GET / 200 host=api.example.com client=1.2.3.4 bytes=1 ms=125 x-forwarded-for=9.9.9.9, 10.0.0.1",
        ),
        (format!(r#"1.2.3.4 - - {T} "GET / HTTP/1.1" 200 1 "-" "-" rt=0.5 uct="0.1" TLSv1.3"#), "GET / 200 client=1.2.3.4 bytes=1 ms=500"),
        (format!(r#"1.2.3.4 - - {T} "GET / HTTP/1.1" 200 1 "-" "-" 1 "router@docker" "http://10.0.0.1:80" 12ms"#), "GET / 200 client=1.2.3.4 bytes=1 ms=12"),
        // A log that was cut while its writer went on where it was.
        ("\0\0\0".to_owned() + &format!(r#"1.2.3.4 - - {T} "GET / HTTP/1.1" 200 1 "-" "-""#), "GET / 200 client=1.2.3.4 bytes=1"),
        // What is not an exchange.
        (format!(r#"1.2.3.4 - - {T} "\x16\x03\x01" 400 1 "-" "-""#), "not_http"),
        (format!(r#"1.2.3.4 - - {T} "" 400 0 "-" "-""#), "not_http"),
        (format!(r#"1.2.3.4 - - {T} "-" 408 0 "-" "-""#), "not_http"),
        (format!(r#"1.2.3.4 - - {T} "GET foo HTTP/1.1" 400 1 "-" "-""#), "path_bad"),
        (format!(r#"1.2.3.4 - - {T} "GET / HTTP/1.1" 2000 1 "-" "-""#), "status_bad"),
        (r#"1.2.3.4 - - [99/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1" 200 1 "-" "-""#.to_owned(), "time_bad"),
        (format!(r#"1.2.3.4 - - {T} "GET / HT"#), "not_format"),
        ("hello".to_owned(), "not_format"),
        ("   \r".to_owned(), "blank"),
        ("#Version: 1.0".to_owned(), "comment"),
        ("a\0b".to_owned(), "nul_byte"),
        ("\0\0\0".to_owned(), "nul_byte"),
    ];
    for (line, expected) in cases {
        assert_eq!(shown(Format::Combined, &line), expected, "{line}");
    }
}

#[test]
fn virtual_host_and_common() {
    let line = format!(r#"shop.example:443 1.2.3.4 - - {T} "GET / HTTP/1.1" 200 1 "-" "-""#);
    assert_eq!(shown(Format::VCombined, &line), "GET / 200 host=shop.example client=1.2.3.4 bytes=1");
    let line = format!(r#"1.2.3.4 - - {T} "GET / HTTP/1.0" 200 1"#);
    assert_eq!(shown(Format::Common, &line), "GET / 200 client=1.2.3.4 bytes=1");
    assert_eq!(shown(Format::Har, &line), Rejection::NotFormat.name());
}

#[test]
fn latin1_in_path_and_agent() {
    let line = [b"1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET /caf\xe9 HTTP/1.1\" 200 1 \"-\" \"\xe9\"" as &[u8]].concat();
    let record = parse_line(Format::Combined, &line, &mut Scratch::default()).unwrap();
    assert_eq!(&*record.path, b"/caf\xe9");
    assert_eq!(record.time_ns, Some(971_211_336_000_000_000));
}
