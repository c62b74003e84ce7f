//! Heads to what is kept of them: the identity of the service, path shape, credentials, parameters, media types.

use crate::credentials::Said;
use crate::message::{Request, Response, keep};
use crate::remembered::Remembered;
use crate::settings::Settings;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tapistry_digest::auth::{auth_of_header, auth_of_query_name};
use tapistry_digest::header::is_standard_field;
use tapistry_digest::path::{Target, shape_path, split_target};
use tapistry_digest::token::TokenFacts;
use tapistry_http::coding::Codings;
use tapistry_http::h1::{Field, RequestHead, ResponseHead, Version};
use tapistry_wire::weird::Weird;

/// Fills `request` from its head; `server` names the service where the head does not.
pub fn read_request(head: &RequestHead<'_>, server: Option<(IpAddr, u16)>, request: &mut Request, settings: &Settings, remembered: &mut Remembered) {
    let most = settings.limits.head_kept_bytes_max;
    request.protocol = protocol_name(head.version, head.fields.is_empty());
    request.method = request.keep(head.method, most);
    request.has_fields = true;
    set_target(head.target, head.method, request, settings, remembered);
    request.body.begin(Codings::of(head.fields));
    let mut hosts = 0;
    for field in head.fields {
        let mut name = [0u8; 64];
        if let Some(name) = lower(field.name, &mut name) {
            hosts += usize::from(name == b"host");
            read_request_field(name, field.value, request, settings, remembered);
        }
    }
    if hosts == 0 && head.version == Version::Http11 {
        request.weirds.insert(Weird::Http1HostMissing);
    } else if hosts > 1 {
        request.weirds.insert(Weird::Http1HostAmbiguous);
    }
    seal(server, "unknown", request, remembered);
}

/// Fills the target and what follows from it. Fields come after, `seal` last.
pub fn set_target(raw: &[u8], method: &[u8], request: &mut Request, settings: &Settings, remembered: &mut Remembered) {
    if settings.digests {
        request.target_sha = Some(crate::hex::sha16(raw));
    }
    set_parts(&split_target(raw), method, request, settings, remembered);
}

/// As [`set_target`], for a target that is in its parts.
pub fn set_parts(target: &Target<'_>, method: &[u8], request: &mut Request, settings: &Settings, remembered: &mut Remembered) {
    let most = settings.limits.head_kept_bytes_max;
    let connect = method == b"CONNECT";
    request.path = request.keep(if connect { b"/" } else { target.path }, most);
    request.query = request.keep(target.query.unwrap_or_default(), most);
    if let Some(authority) = target.authority {
        request.host = request.keep(authority, most);
        request.host_in_target = true;
    }
    request.scheme = match target.scheme {
        Some(scheme) if scheme.eq_ignore_ascii_case(b"https") => b's',
        Some(_) => b'h',
        None => request.scheme,
    };
    let mut shape = std::mem::take(&mut request.shape);
    shape_path(request.bytes(&request.path), remembered.literals(settings), &mut shape);
    request.shape = shape;
}

/// Takes one field; `name` is lower case.
pub fn read_request_field(name: &[u8], value: &[u8], request: &mut Request, settings: &Settings, remembered: &mut Remembered) {
    let most = settings.limits.head_kept_bytes_max;
    match name {
        // RFC 9112 §3.2.2: the authority of an absolute-form target wins.
        b"host" if !request.host_in_target && request.host.is_empty() => request.host = request.keep(value, most),
        b"host" => {}
        b"content-type" => {
            request.content_type = request.keep(value, most);
            request.body.typed(value);
        }
        b"grpc-encoding" => request.body.message_coding(value),
        b"user-agent" => request.client_kind = remembered.client_kind(value),
        b"cookie" => {
            let span = request.keep(value, most);
            request.cookies.push(span);
            take(remembered.credentials.read(name, value, &settings.hash), request);
        }
        b"authorization" | b"proxy-authorization" => take(remembered.credentials.read(name, value, &settings.hash), request),
        _ => {
            let before = request.auth;
            let mut facts = TokenFacts::default();
            auth_of_header(name, value, &mut request.auth, &mut facts);
            if !facts.is_empty() {
                request.tokens.push(Arc::new(facts));
            }
            let is_credential = before != request.auth;
            if !is_credential && !is_standard_field(name) && request.parameters.len() < settings.limits.header_parameters_max {
                let name = request.keep(name, most);
                let value = request.keep(value, most);
                request.parameters.push((name, value));
            }
        }
    }
}

fn take(said: Said, request: &mut Request) {
    request.auth.0 |= said.auth.0;
    request.tokens.extend(said.facts);
}

/// What needs the whole head: credentials in the query, the service.
pub fn seal(server: Option<(IpAddr, u16)>, unknown: &str, request: &mut Request, remembered: &mut Remembered) {
    let mut auth = request.auth;
    let query = request.bytes(&request.query);
    if !query.is_empty() {
        for pair in query.split(|byte| *byte == b'&') {
            let length = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            auth_of_query_name(&pair[..length], &mut auth);
        }
        request.auth = auth;
    }
    let mut service = std::mem::take(&mut request.service);
    service.clear();
    let (host, scheme) = (request.bytes(&request.host), request.scheme);
    let services = &mut remembered.services[usize::from(scheme == b'h') + 2 * usize::from(scheme == b's')];
    // Without a name a service is its server's address and port, where that is known.
    let named = if host.is_empty() { None } else { services.get_or_find(host, || service_name(host, scheme).map(Into::into)) };
    match (named, server) {
        (Some(name), _) => service.push_str(name),
        (None, Some((address, port))) => service.push_str(&SocketAddr::new(address, port).to_string()),
        (None, None) => service.push_str(unknown),
    }
    request.service = service;
}

/// Fills `response` from its head.
pub fn read_response(head: &ResponseHead<'_>, response: &mut Response) {
    response.protocol = protocol_name(head.version, head.fields.is_empty());
    response.status = head.status;
    response.body.begin(Codings::of(head.fields));
    for Field { name, value, .. } in head.fields {
        let mut buffer = [0u8; 64];
        if let Some(name) = lower(name, &mut buffer) {
            read_response_field(name, value, response);
        }
    }
}

/// Takes one field; `name` is lower case.
pub fn read_response_field(name: &[u8], value: &[u8], response: &mut Response) {
    match name {
        b"content-type" => {
            response.content_type = keep(&mut response.buffer, value, 4096);
            response.body.typed(value);
        }
        b"grpc-encoding" => response.body.message_coding(value),
        b"grpc-status" => response.grpc_status = str::from_utf8(value).ok().and_then(|value| value.trim().parse().ok()),
        b"deprecation" => response.facts.push("fact.deprecation"),
        b"sunset" => response.sunset_ms = crate::time::http_date_ms(value),
        b"location" if (300..400).contains(&response.status) => {
            if contains_word(value, &[b"login", b"signin", b"sign-in", b"sso", b"authorize", b"auth/"]) {
                response.facts.push("fact.redirect_login");
            } else if contains_word(value, &[b"error", b"404", b"notfound", b"not-found"]) {
                response.facts.push("fact.redirect_error");
            }
        }
        _ => {}
    }
}

/// The service that an authority names: in lower case, its port unless default for the scheme (`h`, `s`, 0 for unknown).
pub fn service_name(host: &[u8], scheme: u8) -> Option<String> {
    let host = host_name(host)?;
    let default_port = |port: &str| match scheme {
        b'h' => port == "80",
        b's' => port == "443",
        _ => port == "80" || port == "443",
    };
    let bracket = host.rfind(']').map_or(0, |at| at + 1);
    let name = match host[bracket..].rfind(':').map(|at| host.split_at(bracket + at)) {
        Some((name, port)) if default_port(&port[1..]) || port.len() == 1 => name,
        _ => host,
    };
    Some(name.trim_end_matches('.').to_ascii_lowercase())
}

/// The authority as text where it is a host name or address with an optional port, and nothing else.
pub fn host_name(host: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(host).ok()?.trim();
    if text.is_empty() || text.len() > 261 {
        return None;
    }
    let (name, port) = match text.strip_prefix('[') {
        Some(rest) => {
            let (address, rest) = rest.split_once(']')?;
            address.parse::<std::net::Ipv6Addr>().ok()?;
            ("v6", rest)
        }
        None => text.find(':').map_or((text, ""), |at| text.split_at(at)),
    };
    let port_fits = port.is_empty() || (port.starts_with(':') && port.len() <= 6 && port[1..].bytes().all(|byte| byte.is_ascii_digit()));
    let name_fits = name.len() <= 253
        && name
            .trim_end_matches('.')
            .split('.')
            .all(|label| (1..=63).contains(&label.len()) && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'));
    (port_fits && name_fits).then_some(text)
}

/// The fact of who talks to whom, `network.client-server` by address class.
pub fn network_of(client: IpAddr, server: IpAddr) -> &'static str {
    match (address_class(client), address_class(server)) {
        (0, 0) => "network.loopback-loopback",
        (0, 1) => "network.loopback-private",
        (0, _) => "network.loopback-public",
        (1, 0) => "network.private-loopback",
        (1, 1) => "network.private-private",
        (1, _) => "network.private-public",
        (_, 0) => "network.public-loopback",
        (_, 1) => "network.public-private",
        _ => "network.public-public",
    }
}

fn address_class(address: IpAddr) -> u8 {
    match address.to_canonical() {
        address if address.is_loopback() => 0,
        IpAddr::V4(v4) if v4.is_private() || v4.is_link_local() || (v4.octets()[0] == 100 && v4.octets()[1] & 0xc0 == 64) => 1,
        IpAddr::V6(v6) if v6.is_unique_local() || v6.is_unicast_link_local() => 1,
        _ => 2,
    }
}

/// The name in lower case, in a buffer of the caller; longer names are no parameters.
pub fn lower<'b>(name: &[u8], buffer: &'b mut [u8; 64]) -> Option<&'b [u8]> {
    let room = buffer.get_mut(..name.len()).filter(|room| !room.is_empty())?;
    room.copy_from_slice(name);
    room.make_ascii_lowercase();
    Some(room)
}

fn protocol_name(version: Version, bare: bool) -> &'static str {
    match version {
        Version::Http09 if bare => "http/0.9",
        Version::Http09 | Version::Http10 => "http/1.0",
        Version::Http11 => "http/1.1",
    }
}

fn contains_word(text: &[u8], words: &[&[u8]]) -> bool {
    let text = text[..text.len().min(512)].to_ascii_lowercase();
    words.iter().any(|word| memchr::memmem::find(&text, word).is_some())
}
