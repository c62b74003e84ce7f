//! A log line, NDJSON object or HAR entry as an exchange.

use crate::head::{read_request_field, read_response_field, seal, set_parts, set_target};
use crate::message::Request;
use crate::settings::Settings;
use crate::worker::{Origin, Worker};
use std::net::IpAddr;
use tapistry_digest::auth::AuthKind;
use tapistry_digest::path::Target;
use tapistry_logs::ExchangeRecord;
use tapistry_wire::link::LayerSet;

/// Hands the exchange of a record on. `line` orders it; `unknown` names the service of records without a host; `has_heads` says that
/// the fields of a record are those of the message, and not the few that an access log writes.
pub fn observe_record(record: &ExchangeRecord<'_>, line: u64, unknown: &str, has_heads: bool, settings: &Settings, worker: &mut Worker) {
    let most = settings.limits.head_kept_bytes_max;
    let mut request = worker.new_request(line);
    request.protocol = if record.protocol.is_empty() { "http/1.1" } else { record.protocol };
    request.time_ns = record.time_ns;
    request.complete = true;
    request.has_fields = has_heads && !record.request_fields.is_empty();
    request.method = request.keep(record.method.as_bytes(), most);
    request.scheme = match record.scheme.as_deref() {
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => b's',
        Some(scheme) if scheme.eq_ignore_ascii_case("http") => b'h',
        _ => 0,
    };
    read_target(record, &mut request, settings, worker);
    if let (Some(host), false) = (&record.host, request.host_in_target) {
        request.host = request.keep(host.as_bytes(), most);
    }
    for (name, value) in &record.request_fields {
        read_request_field(name.as_bytes(), value, &mut request, settings, &mut worker.remembered);
    }
    if let Some(agent) = &record.user_agent {
        request.client_kind = worker.remembered.client_kind(agent);
    }
    if record.user && request.auth.is_empty() {
        request.auth.insert(AuthKind::Other);
    }
    request.client = record.client.as_deref().and_then(|client| {
        let find = || Some(hash_address(client, settings));
        worker.remembered.addresses.get_or_find(client, find).copied()
    });
    match (&record.request_body, record.request_bytes) {
        (Some(body), _) => {
            request.body.begin_plain();
            worker.push_body(&mut request.body, body);
        }
        (None, Some(bytes)) => request.body.begin_sized(bytes),
        (None, None) => {}
    }
    seal(None, unknown, &mut request, &mut worker.remembered);
    let response = has_response(record).then(|| {
        let mut response = worker.new_response();
        response.status = record.status;
        response.time_ns = record.time_ns;
        response.duration_ms = record.duration_ms.or(Some(-1.0));
        response.protocol = request.protocol;
        response.complete = true;
        for (name, value) in &record.response_fields {
            read_response_field(name.as_bytes(), value, &mut response);
        }
        match (&record.response_body, record.response_bytes) {
            (Some(body), _) => {
                response.body.begin_plain();
                worker.push_body(&mut response.body, body);
            }
            (None, Some(bytes)) => response.body.begin_sized(bytes),
            (None, None) => {}
        }
        response
    });
    let origin = Origin { source: 1, flow: None, vlans: &[], layers: LayerSet::default(), id: record.id.as_deref(), service: unknown, tls: None };
    worker.emit(&origin, Some(request), response);
}

/// A status is not needed to know that there was one: any part of it says so.
fn has_response(record: &ExchangeRecord<'_>) -> bool {
    record.status > 0 || !record.response_fields.is_empty() || record.response_body.as_ref().is_some_and(|body| !body.is_empty())
}

/// Path and query are apart already, but for fragments and forms that are not origin-form.
fn read_target(record: &ExchangeRecord<'_>, request: &mut Request, settings: &Settings, worker: &mut Worker) {
    let (path, query, method) = (&*record.path, record.query.as_deref(), record.method.as_bytes());
    let has_fragment = memchr::memchr(b'#', path).or_else(|| memchr::memchr(b'#', query?)).is_some();
    if path.first() == Some(&b'/') && !has_fragment && !settings.digests {
        return set_parts(&Target { path, query, ..Target::default() }, method, request, settings, &mut worker.remembered);
    }
    match query {
        Some(query) => set_target(&[path, b"?", query].concat(), method, request, settings, &mut worker.remembered),
        None => set_target(path, method, request, settings, &mut worker.remembered),
    }
}

/// The same hash for an address however it is written, and for any other name by its text.
fn hash_address(client: &[u8], settings: &Settings) -> u64 {
    let address = str::from_utf8(client).ok().and_then(|client| client.parse::<IpAddr>().ok());
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(v4)) => settings.hash.hash(&v4.octets()),
        Some(IpAddr::V6(v6)) => settings.hash.hash(&v6.octets()),
        None => settings.hash.hash(client),
    }
}
