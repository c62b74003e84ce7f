//! Export requests of OTLP: those of `otlp/make.py`, and any bytes.

use std::borrow::Cow;

use proptest::prelude::*;
use tapistry_logs::otlp::{Form, Signal, read};
use tapistry_logs::{ExchangeRecord, Rejection, Scratch};

const FORMS: [Form; 2] = [Form::Protobuf, Form::Json];

/// What a request gave, a line each.
fn told(signal: Signal, form: Form, body: &[u8]) -> Result<Vec<String>, Rejection> {
    let mut lines = Vec::new();
    read(signal, form, body, &mut Scratch::default(), &mut |parsed, service, scratch| match parsed {
        Ok(record) => {
            lines.push(format!("{} {}", service.unwrap_or("-"), shown(&record)));
            scratch.recycle(record);
        }
        Err(rejection) => lines.push(rejection.name().to_owned()),
    })?;
    Ok(lines)
}

fn shown(record: &ExchangeRecord<'_>) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let fields = |fields: &[(Cow<'_, str>, Cow<'_, [u8]>)]| -> String { fields.iter().map(|(name, value)| format!(" {name}:{}", text(value))).collect() };
    let mut out = format!("{} {}", record.method, text(&record.path));
    out += &record.query.as_ref().map(|query| format!("?{}", text(query))).unwrap_or_default();
    out += &format!(" {} {} {}", record.status, record.host.as_deref().unwrap_or("-"), record.scheme.as_deref().unwrap_or("-"));
    out += &if record.protocol.is_empty() { String::new() } else { format!(" {}", record.protocol) };
    out += &record.time_ns.map(|time_ns| format!(" at {}", time_ns / 1_000_000_000 - 1_790_000_000)).unwrap_or_default();
    out += &record.duration_ms.map(|duration| format!(" {duration}ms")).unwrap_or_default();
    out += &record.client.as_ref().map(|client| format!(" by {}", text(client))).unwrap_or_default();
    out += &record.user_agent.as_ref().map(|agent| format!(" {}", text(agent))).unwrap_or_default();
    out += &record.request_bytes.map(|bytes| format!(" {bytes}>")).unwrap_or_default();
    out += &record.response_bytes.map(|bytes| format!(" <{bytes}")).unwrap_or_default();
    out + &fields(&record.request_fields) + &fields(&record.response_fields)
}

#[test]
fn spans_of_servers_are_exchanges_by_old_and_new_conventions() {
    let expected = [
        "checkout POST /orders/17?expand=lines 201 shop.example.com:8443 https h2 at 0 12.5ms by 203.0.113.7 curl/8 512> <64 content-type:application/json content-type:application/json",
        "checkout GET /carts/9?full=1 404 old.example.com:8080 http http/1.1 at 1 12.5ms by 203.0.113.9 okhttp/4 5> <6 x-api-key:k",
        "checkout GET /of/a/name 0 - - at 2 12.5ms",
        "checkout GET /v6 0 [2001:db8::1]:80 - at 3 12.5ms",
        "checkout PURGE /a?b=c 0 cdn.example.com https at 4 12.5ms",
        "client_span",
        "other_event",
        "other_event",
        "path_missing",
        "status_bad",
    ];
    for (form, body) in FORMS.into_iter().zip([&include_bytes!("otlp/traces.pb")[..], include_bytes!("otlp/traces.json")]) {
        assert_eq!(told(Signal::Traces, form, body).unwrap(), expected, "{form:?}");
    }
}

#[test]
fn log_records_are_lines_or_attributes() {
    let expected = [
        "edge GET /lines/17 200 - - http/1.1 at -800 by 10.0.0.1 curl/8 <3",
        "edge GET /json/17 200 json.example.com - at 1",
        "edge GET /attributes/17?a=1 200 nginx.example.com - at 2 250ms",
        "edge PUT /map/17 204 - - at 3",
        "edge GET /events/17 0 events.example.com - at 4",
        "other_event",
        "other_event",
    ];
    for (form, body) in FORMS.into_iter().zip([&include_bytes!("otlp/logs.pb")[..], include_bytes!("otlp/logs.json")]) {
        assert_eq!(told(Signal::Logs, form, body).unwrap(), expected, "{form:?}");
    }
}

/// A request of one span with these members, and a resource behind it.
fn one_span(members: &str) -> String {
    format!(
        r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{{{members}}}]}}],
        "resource":{{"attributes":[{{"value":{{"stringValue":"late"}},"key":"service.name"}}]}}}}],"unknown":null}}"#
    )
}

#[test]
fn json_has_numbers_as_texts_or_not_and_keys_in_any_order() {
    for (kind, status) in [("2", "200"), ("\"2\"", "\"200\""), ("\"SPAN_KIND_SERVER\"", "200")] {
        let body = one_span(&format!(
            r#""attributes":[{{"value":{{"stringValue":"GET"}},"key":"http.method"}},{{"value":{{"stringValue":"/"}},"key":"http.target"}},
            {{"key":"http.status_code","value":{{"intValue":{status}}}}}],"kind":{kind},"x":[{{}}]"#
        ));
        assert_eq!(told(Signal::Traces, Form::Json, body.as_bytes()).unwrap(), ["late GET / 200 - -"], "{kind}");
    }
    for empty in ["{}", "{\"resourceSpans\":null}", "{\"resourceSpans\":[{\"scopeSpans\":[null,{\"spans\":{}}]}]}"] {
        assert_eq!(told(Signal::Traces, Form::Json, empty.as_bytes()), Ok(Vec::new()), "{empty}");
    }
    let nulls = one_span(r#""kind":null,"attributes":null"#);
    assert_eq!(told(Signal::Traces, Form::Json, nulls.as_bytes()).unwrap(), ["other_event"]);
    assert_eq!(told(Signal::Traces, Form::Protobuf, b""), Ok(Vec::new()));
}

#[test]
fn the_host_is_that_of_the_request_and_a_port_that_is_none_is_left_out() {
    let host = |attributes: &[(&str, &str)]| {
        let all = [&[("http.method", "GET"), ("http.target", "/")], attributes].concat();
        let pairs: Vec<_> = all.iter().map(|(key, value)| format!(r#"{{"key":"{key}","value":{{"stringValue":"{value}"}}}}"#)).collect();
        let line = told(Signal::Traces, Form::Json, one_span(&format!(r#""kind":2,"attributes":[{}]"#, pairs.join(","))).as_bytes()).unwrap().concat();
        line.split(' ').nth(4).unwrap_or_default().to_owned()
    };
    assert_eq!(host(&[("server.address", "a.example"), ("server.port", "8443")]), "a.example:8443");
    for port in ["0", "-1", "70000", "x"] {
        assert_eq!(host(&[("server.port", port), ("server.address", "a.example")]), "a.example", "{port}");
    }
    assert_eq!(host(&[("net.host.name", "::1")]), "[::1]");
    assert_eq!(host(&[("net.host.name", "10.0.0.1"), ("http.request.header.host", "b.example")]), "b.example");
    assert_eq!(host(&[("net.host.port", "80")]), "-");
}

#[test]
fn a_name_that_could_be_no_host_names_no_service() {
    for name in ["", "two words", "unknown (x)", &"x".repeat(64), "é"] {
        let body = format!(
            r#"{{"resourceLogs":[{{"resource":{{"attributes":[{{"key":"service.name","value":{{"stringValue":"{name}"}}}}]}},
            "scopeLogs":[{{"logRecords":[{{"body":{{"stringValue":"{{\"method\":\"GET\",\"uri\":\"/\"}}"}}}}]}}]}}]}}"#
        );
        assert_eq!(told(Signal::Logs, Form::Json, body.as_bytes()).unwrap(), ["- GET / 0 - -"], "{name}");
    }
}

/// A field with a message.
fn message(number: u8, inside: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = inside.len();
    while length > 0x7f {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    out.extend_from_slice(inside);
    out
}

#[test]
fn what_is_no_request_is_named() {
    let cases: [(Form, &[u8], Rejection); 9] = [
        (Form::Protobuf, b"\x0a\x05abc", Rejection::ProtobufBad),
        (Form::Protobuf, b"{}", Rejection::ProtobufBad),
        (Form::Json, b"", Rejection::NotJson),
        (Form::Json, b"{} {}", Rejection::NotJson),
        (Form::Json, b"{\"a\":\"\xff\"}", Rejection::NotUtf8),
        (Form::Json, b"{\"resourceSpans\":[{]}", Rejection::NotJson),
        (Form::Json, b"[1]", Rejection::NotObject),
        (Form::Json, b"null", Rejection::NotObject),
        (Form::Json, b"{\"resourceSpans\":{}}", Rejection::WrongType),
    ];
    for (form, body, rejection) in cases {
        assert_eq!(told(Signal::Traces, form, body), Err(rejection), "{body:?}");
    }
    let mut value = message(1, b"x");
    for _ in 0..10_000 {
        value = message(5, &message(1, &value));
    }
    let attribute = [message(1, b"http.method"), message(2, &value)].concat();
    let body = message(1, &message(2, &message(2, &message(9, &attribute))));
    assert_eq!(told(Signal::Traces, Form::Protobuf, &body), Err(Rejection::TooDeep));
    let deep = format!("{{\"resourceSpans\":{}", "[".repeat(100_000));
    assert_eq!(told(Signal::Traces, Form::Json, deep.as_bytes()), Err(Rejection::TooDeep));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_change_to_a_request_gives_records_or_a_name(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>()) {
        for (signal, form, body) in [
            (Signal::Traces, Form::Protobuf, &include_bytes!("otlp/traces.pb")[..]),
            (Signal::Traces, Form::Json, include_bytes!("otlp/traces.json")),
            (Signal::Logs, Form::Protobuf, include_bytes!("otlp/logs.pb")),
            (Signal::Logs, Form::Json, include_bytes!("otlp/logs.json")),
        ] {
            let mut changed = body.to_vec();
            changed[at.index(body.len())] = byte;
            let _ = told(signal, form, &changed);
            let _ = told(signal, form, &changed[..cut.index(body.len())]);
        }
    }

    #[test]
    fn any_bytes_give_records_or_a_name(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for signal in [Signal::Traces, Signal::Logs] {
            for form in FORMS {
                let _ = told(signal, form, &bytes);
            }
            let _ = told(signal, Form::Protobuf, &message(1, &message(2, &message(2, &bytes))));
        }
    }
}
