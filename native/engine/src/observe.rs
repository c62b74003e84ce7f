//! What an exchange adds to the summary of its kind.

use crate::body::Content;
use crate::exchange::Exchange;
use crate::grpc::status_fact;
use crate::message::{Request, Response};
use crate::observation::Observation;
use crate::settings::Settings;
use std::cell::Cell;
use tapistry_digest::Cx;
use tapistry_digest::body::{MediaKind, digest_body};
use tapistry_digest::classes::ClassSet;
use tapistry_digest::cookies::digest_cookies;
use tapistry_digest::path::observe_path;
use tapistry_digest::place::observe_untyped;
use tapistry_digest::query::digest_query;
use tapistry_digest::shape::Node;
use tapistry_wire::weird::{Weird, WeirdSet};

/// What digesting found beside shapes.
pub struct Found {
    /// Of both messages.
    pub classes: ClassSet,
    /// Of both messages.
    pub weirds: WeirdSet,
}

/// Adds an exchange, its bodies decoded, to the summary of its kind, which is settled before it is read where there is room for what may come again.
pub fn observe(exchange: &Exchange, contents: &[Content; 2], into: &mut Observation, settings: &Settings, room: Option<&Cell<usize>>) -> Found {
    let Exchange { request, response, media, .. } = exchange;
    let (request, response) = (request.as_deref(), response.as_deref());
    let mut found = Found { classes: ClassSet::default(), weirds: contents[0].weirds };
    found.weirds.extend(contents[1].weirds);
    if let Some(request) = request {
        found.weirds.extend(request.weirds);
        observe_request(request, &contents[0], media[0].1, into, settings, room, &mut found);
    }
    if let Some(response) = response {
        found.weirds.extend(response.weirds);
        let mut cx = of_body(settings, room);
        if media[1].1 == MediaKind::Grpc {
            cx.message = settings.descriptors.message_of(request.map_or(&[][..], |request| request.bytes(&request.path)), 1);
        }
        observe_response(response, &contents[1], media[1].1, into, cx, &mut found);
    }
    match (request, response) {
        (Some(request), None) if request.is_given_up => {}
        (Some(request), None) => found.weirds.insert(if request.protocol == "h2" { Weird::H2RequestUnpaired } else { Weird::Http1RequestUnpaired }),
        (None, Some(response)) => found.weirds.insert(if response.protocol == "h2" { Weird::H2ResponseUnpaired } else { Weird::Http1ResponseUnpaired }),
        _ => {}
    }
    into.count += 1;
    if let Some(network) = exchange.network {
        count(&mut into.networks, network);
    }
    for weird in found.weirds.iter() {
        *into.weirds.entry(weird).or_insert(0) += 1;
    }
    let time_ns = request.map_or_else(|| response.and_then(|response| response.time_ns), |request| request.time_ns);
    into.see(time_ns);
    if let Some(latency_us) = latency_us(request, response) {
        into.latency_us.observe(latency_us);
    }
    found
}

fn observe_request(
    request: &Request,
    content: &Content,
    kind: MediaKind,
    into: &mut Observation,
    settings: &Settings,
    room: Option<&Cell<usize>>,
    found: &mut Found,
) {
    let mut cx = Cx::new(&settings.hash, &settings.parameters);
    observe_path(&request.shape, request.bytes(&request.path), &mut into.path, &mut cx);
    digest_query(request.bytes(&request.query), &mut into.query, &mut cx);
    if request.has_fields {
        observe_fields(request, &mut into.headers, &mut cx);
        digest_cookies(request.cookies.iter().map(|cookie| request.bytes(cookie)), &mut into.cookies, &mut cx);
    }
    found.classes.extend(cx.classes);
    found.weirds.extend(cx.weirds);
    if !content.prefix().is_empty() {
        let mut cx = of_body(settings, room);
        if kind == MediaKind::Grpc {
            cx.message = settings.descriptors.message_of(request.bytes(&request.path), 0);
        }
        digest_body(kind, request.bytes(&request.content_type), content.prefix(), content.whole, &mut into.request_body, &mut cx);
        found.classes.extend(cx.classes);
        found.weirds.extend(cx.weirds);
    }
    if request.body.known {
        into.request_bytes.observe(content.bytes);
    }
    into.see_client(request.client, request.client_kind);
    count(&mut into.auth, request.auth);
    for facts in &request.tokens {
        count(&mut into.tokens, facts.clone());
    }
    if !request.complete {
        into.fact("fact.incomplete_request");
    }
}

fn of_body<'a>(settings: &'a Settings, room: Option<&'a Cell<usize>>) -> Cx<'a> {
    let cx = Cx::new(&settings.hash, &settings.digest);
    match room {
        Some(room) => cx.with_room(room),
        None => cx,
    }
}

/// Counts one of few.
pub fn count<T: PartialEq>(counts: &mut Vec<(T, u64)>, what: T) {
    match counts.iter_mut().find(|(known, _)| *known == what) {
        Some((_, count)) => *count += 1,
        None => counts.push((what, 1)),
    }
}

fn observe_fields(request: &Request, into: &mut Node, cx: &mut Cx<'_>) {
    into.observe_object();
    for (name, value) in &request.parameters {
        match into.field_mut(request.bytes(name), cx) {
            Some(field) => {
                let hint = field.hint;
                observe_untyped(&mut field.node, request.bytes(value), &hint, cx);
            }
            None => into.fold_field(),
        }
    }
}

fn observe_response(response: &Response, content: &Content, kind: MediaKind, into: &mut Observation, mut cx: Cx<'_>, found: &mut Found) {
    if !content.prefix().is_empty() {
        digest_body(kind, response.content_type(), content.prefix(), content.whole, &mut into.response_body, &mut cx);
    }
    if response.body.known {
        into.response_bytes.observe(content.bytes);
    }
    for fact in &response.facts {
        into.fact(fact);
    }
    if kind == MediaKind::Grpc {
        match response.grpc_status() {
            Some(status) => into.fact(status_fact(status)),
            None if response.complete => found.weirds.insert(Weird::GrpcStatusMissing),
            None => {}
        }
    }
    if response.is_status_unknown {
        into.fact("fact.status_unknown");
    }
    if !response.complete {
        into.fact("fact.incomplete_response");
    }
    if let Some(sunset_ms) = response.sunset_ms {
        into.sunset_ms = Some(into.sunset_ms.map_or(sunset_ms, |known| known.min(sunset_ms)));
    }
    found.classes.extend(cx.classes);
    found.weirds.extend(cx.weirds);
}

/// Microseconds from request to response, or what a log says.
fn latency_us(request: Option<&Request>, response: Option<&Response>) -> Option<u64> {
    let response = response?;
    if let Some(duration_ms) = response.duration_ms {
        return (duration_ms >= 0.0).then_some((duration_ms * 1000.0) as u64);
    }
    let nanoseconds = response.time_ns?.checked_sub(request?.time_ns?)?;
    u64::try_from(nanoseconds / 1000).ok()
}
