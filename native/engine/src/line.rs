//! One exchange as a line of `exchanges --format ndjson`, without its leading `{"n":<number>`.

use crate::body::Content;
use crate::head::host_name;
use crate::message::{Request, Response};
use crate::settings::Settings;
use crate::socket_facts::{SocketCounts, SocketFacts};
use crate::time::write_rfc3339;
use std::net::SocketAddr;
use tapistry_digest::classes::{ClassSet, KeyHint, classify_text};
use tapistry_digest::lexical::lexical_class;
use tapistry_digest::operation::Operation;
use tapistry_digest::public::is_public_name;
use tapistry_http::h1::registered_method_name;
use tapistry_wire::link::LayerSet;
use tapistry_wire::weird::WeirdSet;

/// What stands in a line beside the messages.
#[derive(Debug)]
pub struct LineFacts<'a> {
    /// Echoed, NDJSON input only.
    pub id: Option<&'a str>,
    /// Client and server.
    pub flow: Option<(SocketAddr, SocketAddr)>,
    /// Outside in.
    pub vlans: &'a [u16],
    /// Around the first packet of the flow.
    pub layers: LayerSet,
    /// Identity of the service.
    pub service: &'a str,
    /// The object of what is shown of TLS.
    pub tls: Option<&'a str>,
    /// Media types by essence; empty for none.
    pub media_types: [&'a str; 2],
    /// Whether a call of gRPC is made.
    pub is_grpc: bool,
    /// What is asked for, where the path does not say so.
    pub operation: Option<&'a Operation>,
    /// Data classes of both messages.
    pub classes: ClassSet,
    /// Oddities of both messages.
    pub weirds: WeirdSet,
    /// What came after a handshake of WebSocket.
    pub socket: Option<&'a SocketFacts>,
}

/// Appends the line. Nothing in it can hold a raw header value, query value, token or body.
pub fn write_line(
    facts: &LineFacts<'_>,
    request: Option<(&Request, &Content)>,
    response: Option<(&Response, &Content)>,
    settings: &Settings,
    out: &mut Vec<u8>,
) {
    if let Some(id) = facts.id {
        field(out, "id");
        string(id, out);
    }
    field(out, "flow");
    match facts.flow {
        Some((client, server)) => string(&format!("tcp/{client}-{server}"), out),
        None => out.extend_from_slice(b"null"),
    }
    field(out, "vlan");
    list(out, facts.vlans.iter(), |vlan, out| out.extend_from_slice(vlan.to_string().as_bytes()));
    field(out, "tunnel");
    list(out, facts.layers.tunnels(), string);
    let protocol = request.map_or_else(|| response.map_or("http/1.1", |(response, _)| response.protocol), |(request, _)| request.protocol);
    field(out, "protocol");
    string(protocol, out);
    field(out, "service");
    string(facts.service, out);
    field(out, "request");
    match request {
        Some((request, content)) => write_request(request, content, facts, settings, out),
        None => out.extend_from_slice(b"null"),
    }
    field(out, "response");
    match response {
        Some((response, content)) => write_response(response, content, facts, settings, out),
        None => out.extend_from_slice(b"null"),
    }
    field(out, "grpc");
    match request.filter(|_| facts.is_grpc) {
        Some((request, _)) => write_grpc(request, response.map(|(response, _)| response), out),
        None => out.extend_from_slice(b"null"),
    }
    field(out, "operation");
    write_operation(facts.operation, out);
    field(out, "webSocket");
    write_socket(facts.socket, out);
    field(out, "tls");
    out.extend_from_slice(facts.tls.unwrap_or("null").as_bytes());
    field(out, "auth");
    let auth = request.map(|(request, _)| request.auth).unwrap_or_default();
    list(out, auth.names(), string);
    field(out, "classes");
    let mut classes: Vec<_> = facts.classes.iter().map(|class| class.id()).collect();
    classes.sort_unstable();
    list(out, classes.into_iter(), string);
    field(out, "weirds");
    list(out, facts.weirds.iter(), |weird, out| string(weird.name(), out));
    out.push(b'}');
}

/// A method as it may be shown: a registered one, or a word of at most 16 letters, `-` and `_`.
pub fn shown_method(method: &[u8]) -> &str {
    if let Some(name) = registered_method_name(method) {
        return name;
    }
    let text = std::str::from_utf8(method).unwrap_or("{method}");
    let is_plain = (1..=16).contains(&method.len()) && method.iter().all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_'));
    if is_plain && is_public_name(method.to_ascii_lowercase().as_slice()) { text } else { "{method}" }
}

fn write_request(request: &Request, content: &Content, facts: &LineFacts<'_>, settings: &Settings, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"ts\":");
    time(request.time_ns, out);
    field(out, "method");
    string(if request.is_unread && request.method.is_empty() { "{unknown}" } else { shown_method(request.bytes(&request.method)) }, out);
    field(out, "host");
    optional(host_name(request.bytes(&request.host)).map(str::to_ascii_lowercase).as_deref(), out);
    field(out, "path");
    string(if request.is_unread && request.path.is_empty() { "{unknown}" } else { &request.shape.text }, out);
    if settings.digests {
        field(out, "targetSha");
        optional(request.target_sha.as_deref(), out);
    }
    field(out, "queryKeys");
    list(out, query_keys(request.bytes(&request.query)).iter(), |key, out| string(key, out));
    body(request.body.known, content, request.complete, facts.media_types[0], settings, out);
}

fn write_response(response: &Response, content: &Content, facts: &LineFacts<'_>, settings: &Settings, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"ts\":");
    time(response.time_ns, out);
    field(out, "status");
    optional_number(Some(u64::from(response.status)).filter(|_| !response.is_status_unknown), out);
    body(response.body.known, content, response.complete, facts.media_types[1], settings, out);
}

/// Service and method are the path (gRPC, "Requests"), shown as paths are.
fn write_grpc(request: &Request, response: Option<&Response>, out: &mut Vec<u8>) {
    let (service, method) = request.shape.text.trim_start_matches('/').rsplit_once('/').unwrap_or(("", &request.shape.text));
    out.extend_from_slice(b"{\"service\":");
    optional(Some(service).filter(|_| !request.is_unread), out);
    field(out, "method");
    optional(Some(method).filter(|_| !request.is_unread), out);
    field(out, "requestMessages");
    optional_number(request.body.messages().map(|messages| messages.count()), out);
    field(out, "responseMessages");
    optional_number(response.and_then(|response| response.body.messages()).map(|messages| messages.count()), out);
    field(out, "status");
    optional_number(response.and_then(Response::grpc_status).map(u64::from), out);
    out.push(b'}');
}

fn write_operation(operation: Option<&Operation>, out: &mut Vec<u8>) {
    let Some(Operation { kind, name, .. }) = operation else { return out.extend_from_slice(b"null") };
    out.extend_from_slice(b"{\"kind\":");
    string(kind, out);
    field(out, "name");
    optional(Some(name.as_str()).filter(|name| !name.is_empty()), out);
    out.push(b'}');
}

fn body(known: bool, content: &Content, complete: bool, media_type: &str, settings: &Settings, out: &mut Vec<u8>) {
    let complete = complete && content.decoded;
    field(out, "mediaType");
    optional(Some(media_type).filter(|media_type| !media_type.is_empty()), out);
    field(out, "bodyBytes");
    match known {
        true => out.extend_from_slice(content.bytes.to_string().as_bytes()),
        false => out.extend_from_slice(b"null"),
    }
    if settings.digests {
        field(out, "bodySha");
        optional(content.sha.as_deref().filter(|_| complete), out);
    }
    field(out, "complete");
    out.extend_from_slice(if complete { b"true}" } else { b"false}" });
}

fn write_socket(socket: Option<&SocketFacts>, out: &mut Vec<u8>) {
    let Some(socket) = socket else { return out.extend_from_slice(b"null") };
    for (opening, SocketCounts { frames, messages, bytes, text, binary }) in [r#"{"client""#, r#","server""#].into_iter().zip(socket.directions) {
        let counts = format!(r#"{opening}:{{"frames":{frames},"messages":{messages},"bytes":{bytes},"text":{text},"binary":{binary}}}"#);
        out.extend_from_slice(counts.as_bytes());
    }
    out.push(b'}');
}

/// Names of query parameters as they may be shown, sorted, each once, at most 64.
fn query_keys(query: &[u8]) -> Vec<String> {
    let mut keys: Vec<String> = query
        .split(|byte| *byte == b'&')
        .filter_map(|pair| pair.split(|byte| *byte == b'=').next())
        .filter(|name| !name.is_empty())
        .take(256)
        .map(shown_name)
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys.truncate(64);
    keys
}

fn shown_name(name: &[u8]) -> String {
    match std::str::from_utf8(name) {
        Ok(text) if is_public_name(name) => text.to_owned(),
        _ => {
            let class = classify_text(name, &KeyHint::default()).map_or_else(|| lexical_class(name).name(), |class| class.id());
            format!("{{{class}}}")
        }
    }
}

fn time(time_ns: Option<i64>, out: &mut Vec<u8>) {
    match time_ns {
        Some(time_ns) => {
            out.push(b'"');
            write_rfc3339(time_ns, out);
            out.push(b'"');
        }
        None => out.extend_from_slice(b"null"),
    }
}

fn field(out: &mut Vec<u8>, name: &str) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}

fn list<T>(out: &mut Vec<u8>, items: impl Iterator<Item = T>, write: impl Fn(T, &mut Vec<u8>)) {
    out.push(b'[');
    for (at, item) in items.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(item, out);
    }
    out.push(b']');
}

fn optional_number(number: Option<u64>, out: &mut Vec<u8>) {
    match number {
        Some(number) => out.extend_from_slice(number.to_string().as_bytes()),
        None => out.extend_from_slice(b"null"),
    }
}

fn optional(text: Option<&str>, out: &mut Vec<u8>) {
    match text {
        Some(text) => string(text, out),
        None => out.extend_from_slice(b"null"),
    }
}

/// A JSON string (RFC 8259 §7).
pub fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0..0x20 => out.extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}
