//! Our own lines, as the contract has them.

use tapistry_logs::{Format, Rejection, Scratch, id_of, parse_line};

fn parse(line: &str) -> Result<tapistry_logs::ExchangeRecord<'_>, Rejection> {
    parse_line(Format::NdjsonExchange, line.as_bytes(), &mut Scratch::default())
}

#[test]
fn every_key() {
    let line = r#"{"id":"a1","ts":"2000-10-10T20:55:36.250Z","scheme":"https","host":"h:8443","method":"PUT","path":"/a","query":"b=1&c","status":201,
        "reqHeaders":{"accept":"*/*","X-Two":["1","2"],"none":null},"resHeaders":{"content-type":"application/json"},
        "reqBody":{"a": [1, "é"]},"resBody":"{\"b\":1}","client":"1.2.3.4","durationMs":1.5,"more":1,"other":{"method":"no"}}"#;
    let record = parse(line).unwrap();
    assert_eq!(record.id.as_deref(), Some("a1"));
    assert_eq!(record.time_ns, Some(971_211_336_250_000_000));
    assert_eq!(record.scheme.as_deref(), Some("https"));
    assert_eq!(record.host.as_deref(), Some("h:8443"));
    assert_eq!((&*record.method, &*record.path, record.status), ("PUT", &b"/a"[..], 201));
    assert_eq!(record.query.as_deref(), Some(&b"b=1&c"[..]));
    let fields: Vec<_> = record.request_fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(fields, [("accept", &b"*/*"[..]), ("x-two", b"1"), ("x-two", b"2")]);
    assert_eq!(record.response_fields.len(), 1);
    assert_eq!(record.request_body.as_deref(), Some(r#"{"a": [1, "é"]}"#.as_bytes()));
    assert_eq!(record.response_body.as_deref(), Some(&br#"{"b":1}"#[..]));
    assert_eq!(record.client.as_deref(), Some(&b"1.2.3.4"[..]));
    assert_eq!(record.duration_ms, Some(1.5));
    assert_eq!(record.unknown_keys, 2);
}

#[test]
fn little_is_needed() {
    let record = parse(r#"{"path":"/a?b","method":"GET","ts":971211336250,"host":null,"status":null}"#).unwrap();
    assert_eq!((&*record.path, record.query.as_deref()), (&b"/a"[..], Some(&b"b"[..])));
    assert_eq!(record.time_ns, Some(971_211_336_250_000_000));
    assert_eq!((record.status, record.host, record.unknown_keys), (0, None, 0));
    assert_eq!(record.request_body, None);
    let record = parse(r#"{"path":"/","method":"GET","reqBodyBase64":"AAEC","resBody":null}"#).unwrap();
    assert_eq!(record.request_body.as_deref(), Some(&[0, 1, 2][..]));
    assert_eq!(record.response_body.as_deref(), Some(&b"null"[..]));
}

#[test]
fn a_status_may_be_written_with_a_fraction_of_zeros() {
    let status = |text: &str| parse(&format!(r#"{{"path":"/","method":"GET","status":{text}}}"#)).map(|record| record.status);
    assert_eq!(status("200.0"), Ok(200));
    assert_eq!(status("\"404\""), Ok(404));
    assert_eq!(status("200.5"), Err(Rejection::StatusBad));
}

#[test]
fn the_id_of_a_line_that_is_no_exchange_is_read_where_it_can_be() {
    assert_eq!(id_of(br#"{"method":"GET","id":"a1"}"#).as_deref(), Some("a1"));
    assert_eq!(id_of(br#"{"id":7,"method":"#).as_deref(), Some("7"));
    assert_eq!(id_of(br#"{"method":,"id":"a1"}"#), None);
    assert_eq!(id_of(b"no json"), None);
}

#[test]
fn rejections() {
    let cases = [
        (r#"{"path":"/"}"#, Rejection::MethodMissing),
        (r#"{"method":"GET"}"#, Rejection::PathMissing),
        (r#"{"method":"GET","path":""}"#, Rejection::PathMissing),
        (r#"{"method":"GET","path":"a"}"#, Rejection::PathBad),
        (r#"{"method":1,"path":"/"}"#, Rejection::WrongType),
        (r#"{"method":"G\u0000T","path":"/"}"#, Rejection::MethodBad),
        (r#"{"method":"GET","path":"/","ts":"yesterday"}"#, Rejection::TimeBad),
        (r#"{"method":"GET","path":"/","status":1000}"#, Rejection::StatusBad),
        (r#"{"method":"GET","path":"/","status":[]}"#, Rejection::WrongType),
        (r#"{"method":"GET","path":"/","reqHeaders":[]}"#, Rejection::WrongType),
        (r#"{"method":"GET","path":"/","reqHeaders":{"a":{}}}"#, Rejection::WrongType),
        (r#"{"method":"GET","path":"/","reqBodyBase64":"*"}"#, Rejection::Base64Bad),
        (r#"{"method":"GET","path":"/","reqBody":{"a":}"#, Rejection::NotJson),
        (r#"{"method":"GET","path":"/"}{"#, Rejection::NotJson),
        (r#"null"#, Rejection::NotObject),
    ];
    for (line, expected) in cases {
        assert_eq!(parse(line).err(), Some(expected), "{line}");
    }
    let broken = parse_line(Format::NdjsonExchange, b"{\"method\":\"GET\",\"path\":\"/\xff\"}", &mut Scratch::default());
    assert_eq!(broken.err(), Some(Rejection::NotUtf8));
}
