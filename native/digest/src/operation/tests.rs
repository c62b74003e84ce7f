//! Bodies and queries with the operation that they name, in one table.

use super::*;
use crate::body::media_kind;
use proptest::prelude::*;

fn read(content_type: &str, path: &str, query: &str, fields: &[(&str, &str)], body: &str, whole: bool) -> Operation {
    read_bytes(content_type, path, query, fields, body.as_bytes(), whole)
}

fn read_bytes(content_type: &str, path: &str, query: &str, fields: &[(&str, &str)], body: &[u8], whole: bool) -> Operation {
    let (essence, media) = media_kind(content_type.as_bytes());
    let (path, query) = (path.as_bytes(), query.as_bytes());
    if !may_name_operation(media, &essence, path, query, body) {
        return Operation::default();
    }
    let header = |wanted: &str| fields.iter().find(|(name, _)| *name == wanted).map(|(_, value)| value.as_bytes());
    operation_of(&Asked { media, essence: &essence, content_type: content_type.as_bytes(), path, query, body, whole, header })
}

fn shown(found: &Operation) -> String {
    format!("{} {}", found.kind, found.name).trim().to_owned()
}

const JSON: &str = "application/json";

#[test]
fn bodies_of_json() {
    let rows = [
        // GraphQL
        (r#"{"query":"query GetUser($id: ID!) { user(id: $id) { name } }","variables":{"id":7}}"#, "graphql query GetUser"),
        (r#"{"operationName":null,"variables":{},"query":"{ user(id: \"7\") { name } }"}"#, "graphql query user"),
        (r#"{"query":"mutation { me: createUser(input: {name: \"x\"}) { id } }"}"#, "graphql mutation createUser"),
        (r#"{"query":"{ ...F second } fragment F on Query { first }"}"#, "graphql query second"),
        (r#"{"query":"{ ... on Query @include(if: true) { first } }"}"#, "graphql query"),
        (r#"{"query":"fragment F on User @a(b: 1) { id } subscription OnUser @live(x: [1]) { user { ...F } }"}"#, "graphql subscription OnUser"),
        (r#"{"query":"query A { a } query B { b }","operationName":"B"}"#, "graphql query B"),
        (r#"{"query":"query A { a } query B { b }"}"#, "graphql query A"),
        (r##"{"query":"# {\n query Q { a(text: \"\"\"}\\\"\"\" \"\"\", b: \"}\") }"}"##, "graphql query Q"),
        (r#"{"query":"{ __schema { types { name } } }"}"#, "graphql query __schema"),
        (r#"{"operationName":"GetUser","extensions":{"persistedQuery":{"version":1,"sha256Hash":"ab"}}}"#, "graphql persisted GetUser"),
        (r#"{"id":"41c2e7ab","operationName":"GetUser","variables":{}}"#, "graphql persisted GetUser"),
        (r#"[{"query":"query A { a }"},{"query":"query A { a }"}]"#, "graphql query A"),
        (r#"[{"query":"query A { a }"},{"query":"query B { b }"}]"#, "graphql batch"),
        // What only has a member `query`
        (r#"{"query":"shoes"}"#, ""),
        (r#"{"query":"query"}"#, ""),
        (r#"{"query":"query of the day"}"#, ""),
        (r#"{"query":"SELECT * FROM users"}"#, ""),
        (r#"{"query":"{ \"match\": ; }"}"#, ""),
        (r#"{"query":{"match":{"title":"x"}}}"#, ""),
        (r#"{"query":"query A { a "}"#, ""),
        (r#"{"query":"query A { a }""#, ""),
        (r#"{"query":"query A { a } trailing"}"#, ""),
        (r#"{"id":"41c2e7ab","name":"x"}"#, ""),
        (r#"{"id":"7","operationName":"x","amount":1}"#, ""),
        // JSON-RPC
        (r#"{"jsonrpc":"2.0","method":"eth_getBalance","params":["0x407d73d8a49eeb85d32cf465507dd71d507100c1"],"id":1}"#, "json-rpc eth_getBalance"),
        (r#"{"id":1,"jsonrpc":"2.0","method":"system.listMethods"}"#, "json-rpc system.listMethods"),
        (r#"{"method":"textDocument/didOpen","jsonrpc":"2.0","params":{}}"#, "json-rpc textDocument/didOpen"),
        (r#"{"jsonrpc":"1.0","id":"curltest","method":"getblockcount","params":[]}"#, "json-rpc getblockcount"),
        (r#"{"method":"getinfo","params":[],"id":1}"#, "json-rpc getinfo"),
        (r#"{"jsonrpc":"2.0","result":19,"id":3}"#, "json-rpc"),
        (r#"[{"jsonrpc":"2.0","method":"sum","id":1},{"jsonrpc":"2.0","method":"sum","id":2}]"#, "json-rpc sum"),
        (r#"[{"jsonrpc":"2.0","method":"sum","id":1},{"jsonrpc":"2.0","method":"get"}]"#, "json-rpc batch"),
        (r#"{"jsonrpc":"3.0","method":"sum","id":1}"#, ""),
        (r#"{"method":"card","params":{"a":1},"id":1}"#, ""),
        (r#"{"method":"card","params":[1],"id":1,"amount":2}"#, ""),
        (r#"[{"jsonrpc":"2.0","method":"sum"},{"name":"x"}]"#, ""),
        // MCP
        (r#"{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"get_weather","arguments":{"city":"Oslo"}}}"#, "mcp tools/call/get_weather"),
        (r#"{"jsonrpc":"2.0","id":2,"method":"prompts/get","params":{"name":"code_review"}}"#, "mcp prompts/get/code_review"),
        (
            r#"{"jsonrpc":"2.0","id":2,"method":"resources/read","params":{"uri":"file:///docs/482913/readme.md?token=x"}}"#,
            "mcp resources/read/file:///docs/{int}/readme.md",
        ),
        (r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-06-18"}}"#, "mcp initialize"),
        (r#"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"rootUri":null}}"#, "json-rpc initialize"),
        (r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#, "mcp notifications/initialized"),
        (r#"{"jsonrpc":"2.0","id":9,"method":"tools/list"}"#, "mcp tools/list"),
        // Neither
        (r#"{"amount":1}"#, ""),
        ("{}", ""),
        ("[]", ""),
        ("{", ""),
        (r#"{"method":"#, ""),
    ];
    for (body, operation) in rows {
        assert_eq!(shown(&read(JSON, "/api", "", &[], body, true)), operation, "{body}");
    }
    let ping = r#"{"jsonrpc":"2.0","id":9,"method":"ping"}"#;
    assert_eq!(shown(&read(JSON, "/mcp", "", &[("mcp-session-id", "x")], ping, true)), "mcp ping");
    assert_eq!(shown(&read(JSON, "/rpc", "", &[], ping, true)), "json-rpc ping");
    let other = r#"{"tag":1,"query":"query A { a }"}"#;
    assert_eq!(shown(&read(JSON, "/v1/graphql", "", &[], other, true)), "graphql query A", "the path says so");
    assert_eq!(shown(&read("", "/", "", &[], ping, true)), "json-rpc ping", "without a media type");
    assert_eq!(shown(&read("application/graphql", "/", "", &[], "query A { a }", true)), "graphql query A");
    assert_eq!(shown(&read("text/plain", "/", "", &[], ping, true)), "json-rpc ping");
    assert_eq!(shown(&read("application/octet-stream", "/", "", &[], ping, true)), "");
}

#[test]
fn bodies_that_were_cut_off() {
    let rows = [
        (r#"{"query":"query GetUser($id: ID!) { user(id: $id) { na"#, "graphql query GetUser"),
        (r#"{"query":"query GetUser($id: "#, ""),
        (r#"{"query":"shoes and "#, ""),
        (r#"{"jsonrpc":"2.0","method":"sum","params":[1,"#, "json-rpc sum"),
        (r#"{"jsonrpc":"2.0","params":[1,"#, "json-rpc"),
    ];
    for (body, operation) in rows {
        assert_eq!(shown(&read(JSON, "/api", "", &[], body, false)), operation, "{body}");
    }
}

#[test]
fn queries_of_urls() {
    let rows = [
        ("query=query+GetUser%7Buser%7Bname%7D%7D", "graphql query GetUser"),
        ("query=%7B+user+%7B+name+%7D+%7D&variables=%7B%7D", "graphql query user"),
        ("operationName=B&query=query%20A%7Ba%7D%20query%20B%7Bb%7D", "graphql query B"),
        ("operationName=GetUser&extensions=%7B%22persistedQuery%22%3A%7B%22version%22%3A1%7D%7D", "graphql persisted GetUser"),
        ("query=shoes", ""),
        ("query=", ""),
        ("query", ""),
        ("operationName=GetUser", ""),
        ("page=1", ""),
    ];
    for (query, operation) in rows {
        assert_eq!(shown(&read("", "/graphql", query, &[], "", true)), operation, "{query}");
    }
}

/// Media type, fields of the head, body and the operation.
type Row<'r> = (&'r str, &'r [(&'r str, &'r str)], String, &'r str);

#[test]
fn bodies_of_xml() {
    let soap = |version: &str, body: &str| {
        format!("<?xml version=\"1.0\"?>\n<s:Envelope xmlns:s=\"{version}\"><s:Header><a:To>x</a:To></s:Header>{body}</s:Envelope>")
    };
    let (one, two) = ("http://schemas.xmlsoap.org/soap/envelope/", "http://www.w3.org/2003/05/soap-envelope");
    let action = [("soapaction", "\"urn:shop#GetPrice\"")];
    let rows: [Row<'_>; 13] = [
        ("text/xml", &[], soap(one, "<s:Body><m:GetPrice xmlns:m=\"x\"><m:Item>Apples</m:Item></m:GetPrice></s:Body>"), "soap GetPrice"),
        ("application/soap+xml", &[], soap(two, "<s:Body><GetPrice/></s:Body>"), "soap GetPrice"),
        ("text/xml", &action, soap(one, "<s:Body/>"), "soap GetPrice"),
        ("application/soap+xml; action=\"http://shop/GetPrice\"", &[], soap(two, "<s:Body/>"), "soap GetPrice"),
        ("text/xml", &[], soap(one, "<s:Body/>"), "soap"),
        ("text/xml; charset=UTF-16LE", &action, "<\0s\0".to_owned(), "soap GetPrice"),
        ("text/xml; charset=UTF-16LE", &[], "<\0s\0".to_owned(), ""),
        ("text/xml", &[], soap("urn:other", "<s:Body><Order/></s:Body>"), ""),
        ("text/xml", &[], "<order><Body><x/></Body></order>".to_owned(), ""),
        ("text/xml", &[], "<methodCall><methodName>examples.getStateName</methodName><params/></methodCall>".to_owned(), "xml-rpc examples.getStateName"),
        ("text/xml", &[], "<methodCall><params/></methodCall>".to_owned(), ""),
        ("application/json", &[], "<methodCall><methodName>a</methodName></methodCall>".to_owned(), ""),
        ("text/html", &[], "<!-- x --><html><Envelope/></html>".to_owned(), ""),
    ];
    for (content_type, fields, body, operation) in rows {
        assert_eq!(shown(&read(content_type, "/ws", "", fields, &body, true)), operation, "{body}");
    }
}

#[test]
fn what_is_asked_with_never_crosses() {
    let secret = "s3cr3t-Tok3n-482913";
    let bodies = [
        format!(r#"{{"query":"query A($s: String = \"{secret}\") @d(s: \"{secret}\") {{ a(s: \"{secret}\") }}","variables":{{"s":"{secret}"}}}}"#),
        format!(r#"{{"query":"{{ a(s: \"{secret}\") }}"}}"#),
        format!(r#"{{"operationName":"{secret}","extensions":{{"persistedQuery":{{"sha256Hash":"{secret}"}}}}}}"#),
        format!(r#"{{"jsonrpc":"2.0","method":"{secret}","params":["{secret}"],"id":"{secret}"}}"#),
        format!(r#"{{"jsonrpc":"2.0","method":"rpc/{secret}","params":{{"name":"{secret}"}},"id":"{secret}"}}"#),
        format!(r#"{{"jsonrpc":"2.0","method":"tools/call","params":{{"name":"{secret}","arguments":{{"s":"{secret}"}}}}}}"#),
        format!(r#"{{"jsonrpc":"2.0","method":"resources/read","params":{{"uri":"{secret}://{secret}/{secret}?{secret}#{secret}"}}}}"#),
        format!("<methodCall><methodName>{secret}</methodName><params>{secret}</params></methodCall>"),
        format!("<Envelope xmlns=\"http://www.w3.org/2003/05/soap-envelope\"><Body><{secret}>{secret}</{secret}></Body></Envelope>"),
        "<Envelope xmlns=\"http://www.w3.org/2003/05/soap-envelope\"><Body></Body></Envelope>".to_owned(),
    ];
    for body in bodies {
        let found = read(if body.starts_with('<') { "text/xml" } else { JSON }, "/", "", &[("soapaction", secret)], &body, true);
        assert!(!found.kind.is_empty(), "{body}");
        assert!(!found.name.contains(secret) && !found.name.contains("482913"), "{body} gave {}", found.name);
    }
}

#[test]
fn what_is_hostile_is_bounded_and_said() {
    let deep = format!("query A {{ {} }}", "a{".repeat(200_000));
    let text = |query: &str| format!(r#"{{"query":"{query}"}}"#);
    assert_eq!(shown(&read(JSON, "/", "", &[], &text(&deep), true)), "graphql query A", "only its beginning is looked at");
    let aliases = format!("query A {{ {} }}", "x: a ".repeat(10_000));
    assert_eq!(shown(&read(JSON, "/", "", &[], &text(&aliases), true)), "graphql query A");
    let fragments = format!("{} query A {{ a }}", "fragment F on A { a } ".repeat(10_000));
    let found = read(JSON, "/", "", &[], &text(&fragments), true);
    assert_eq!((found.kind, &*found.name, found.is_limited), ("graphql", "", true));
    let many = format!("[{}]", vec![r#"{"jsonrpc":"2.0","method":"sum"}"#; BATCH_MAX + 1].join(","));
    let found = read(JSON, "/", "", &[], &many, true);
    assert_eq!((&*found.name, found.is_limited), ("batch", true));
    let nested = format!(r#"{{"jsonrpc":"2.0","params":{}1{},"method":"sum"}}"#, "[".repeat(50_000), "]".repeat(50_000));
    assert_eq!(shown(&read(JSON, "/", "", &[], &nested, true)), "json-rpc sum");
    let long = format!(r#"{{"jsonrpc":"2.0","params":"{}","method":"sum"}}"#, "x".repeat(BODY_BYTES_MAX));
    let found = read(JSON, "/", "", &[], &long, true);
    assert_eq!((found.kind, &*found.name, found.is_limited), ("json-rpc", "", true), "the method is not seen");
    let headers = format!("<Envelope xmlns=\"http://www.w3.org/2003/05/soap-envelope\"><Header>{}</Header><Body><Get/></Body></Envelope>", "<a/>".repeat(600));
    let found = read("text/xml", "/", "", &[], &headers, true);
    assert_eq!((found.kind, &*found.name, found.is_limited), ("soap", "", true));
}

/// What all of them are made of, so that random texts come near to what they are.
fn near() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("{"),
        Just("}"),
        Just("\""),
        Just("\\"),
        Just("["),
        Just("]"),
        Just(","),
        Just(":"),
        Just("query"),
        Just("\"query\""),
        Just("\"jsonrpc\""),
        Just("\"2.0\""),
        Just("\"method\""),
        Just("\"id\""),
        Just("\"params\""),
        Just("tools/call"),
        Just("\"name\""),
        Just("fragment"),
        Just("on"),
        Just("..."),
        Just("@"),
        Just("("),
        Just(")"),
        Just("#"),
        Just("\n"),
        Just("<Envelope "),
        Just("xmlns=\"http://www.w3.org/2003/05/soap-envelope\">"),
        Just("<Body>"),
        Just("</Body>"),
        Just("<methodCall>"),
        Just("<methodName>"),
        Just("<!--"),
        Just("<?"),
        Just("é"),
        Just("a"),
        Just("7"),
        Just("-"),
        Just("\u{feff}"),
    ];
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn nothing_panics(text in near(), prefix in prop_oneof![Just(""), Just("{\"query\":\""), Just("{\"jsonrpc\":\"2.0\","), Just("<"), Just("query=")], whole in any::<bool>(), content in prop_oneof![Just(JSON), Just("text/xml"), Just("application/graphql"), Just("")]) {
        let text = format!("{prefix}{text}");
        let found = read(content, "/graphql", &text, &[("soapaction", &text)], &text, whole);
        prop_assert!(found.name.is_empty() || !found.kind.is_empty());
    }

    #[test]
    fn ordinary_bodies_are_of_no_kind(names in proptest::collection::vec("(id|query|method|params|name|error|result|[a-z]{1,8})", 1..5), value in "[a-zA-Z0-9 ]{0,20}") {
        let members: Vec<String> = names.iter().map(|name| format!("\"{name}\":\"{value}\"")).collect();
        prop_assert_eq!(read(JSON, "/orders", "", &[], &format!("{{{}}}", members.join(",")), true), Operation::default());
    }
}

#[test]
fn messages_of_sockets() {
    let rows = [
        (
            r#"{"id":"1","type":"subscribe","payload":{"query":"subscription OnOrder { order { id } }","variables":{"a":"s3cr3t"}}}"#,
            "graphql subscription OnOrder",
        ),
        (r#"{"type":"start","id":"1","payload":{"operationName":"B","query":"query A { a } query B { b }","extensions":{}}}"#, "graphql query B"),
        (r#"{"payload":{"query":"{ me { id } }"},"type":"subscribe","id":"1"}"#, "graphql query me"),
        (r#"{"id":"1","type":"subscribe","payload":{"operationName":"Q","extensions":{"persistedQuery":{"version":1}}}}"#, "graphql persisted Q"),
        (r#"{"id":"1","type":"next","payload":{"query":"{ me { id } }"}}"#, ""),
        (r#"{"id":"1","type":"subscribe","payload":{"topic":"orders"}}"#, ""),
        (r#"{"id":"1","type":"subscribe","payload":{"query":"{ me { id } }"}"#, ""),
        (r#"{"type":"connection_init","payload":{"authorization":"Bearer s3cr3t"}}"#, ""),
        (r#"{"query":"{ me { id } }"}"#, ""),
        (r#"["subscribe"]"#, ""),
        ("", ""),
    ];
    for (message, expected) in rows {
        assert_eq!(shown(&operation_of_message(message.as_bytes(), true).unwrap_or_default()), expected, "{message}");
    }
    let cut = operation_of_message(br#"{"id":"1","type":"subscribe","payload":{"query":"query Long { a "#, false);
    assert_eq!(shown(&cut.unwrap_or_default()), "graphql query Long");
}

#[test]
fn queries_beside_files() {
    let body = |name: &str, value: &str| {
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n--x\r\nContent-Disposition: form-data; name=\"0\"; filename=\"a\"\r\n\r\nfile\r\n--x--\r\n"
        )
    };
    let query = r#"{"query":"mutation Upload($f: Upload!) { upload(file: $f) { id } }","variables":{"f":null}}"#;
    let rows = [
        (body("operations", query), "graphql mutation Upload"),
        (body("operations", &format!("[{query},{query}]")), "graphql mutation Upload"),
        (body("operations", "7"), ""),
        (body("operations", ""), ""),
        (body("other", query), ""),
        (body("other", "operations"), ""),
        (body("operations", query)[..90].to_owned(), ""),
    ];
    for (body, expected) in rows {
        assert_eq!(shown(&read("multipart/form-data; boundary=x", "/graphql", "", &[], &body, true)), expected, "{body}");
    }
}

#[test]
fn envelopes_in_other_wrappings() {
    let envelope = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><m:GetPrice xmlns:m=\"x\"/></s:Body></s:Envelope>";
    let units: Vec<u16> = format!("\u{feff}{envelope}").encode_utf16().collect();
    let (little, big): (Vec<u8>, Vec<u8>) =
        (units.iter().flat_map(|unit| unit.to_le_bytes()).collect(), units.iter().flat_map(|unit| unit.to_be_bytes()).collect());
    for (name, body) in [("UTF-16LE", &little[..]), ("UTF-16BE", &big), ("UTF-16LE without a mark", &little[2..]), ("UTF-16BE without a mark", &big[2..])] {
        assert_eq!(shown(&read_bytes("text/xml; charset=UTF-16", "/", "", &[], body, true)), "soap GetPrice", "{name}");
    }
    let related = "multipart/related; boundary=\"x\"; type=\"application/xop+xml\"; start=\"<a>\"; start-info=\"text/xml\"";
    let parts =
        |kind: &str, root: &str| format!("--x\r\nContent-Type: {kind}\r\nContent-ID: <a>\r\n\r\n{root}\r\n--x\r\nContent-ID: <b>\r\n\r\n\0\r\n--x--\r\n");
    for (name, body, expected) in [
        ("MTOM", parts("application/xop+xml; type=\"text/xml\"", envelope), "soap GetPrice"),
        ("SOAP with attachments", parts("text/xml", envelope), "soap GetPrice"),
        ("other XML", parts("text/xml", "<order/>"), ""),
        ("a page with its pictures", parts("text/html", "<p>"), ""),
    ] {
        assert_eq!(shown(&read(related, "/", "", &[], &body, true)), expected, "{name}");
    }
}
