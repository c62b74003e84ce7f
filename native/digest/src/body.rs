//! Bodies by media type.

use crate::Cx;
use crate::classes::KeyHint;
use crate::event_stream::digest_events;
use crate::grpc::digest_grpc;
use crate::json::{digest_json, is_json};
use crate::media_type::essence;
use crate::multipart::digest_multipart;
use crate::ndjson::digest_ndjson;
use crate::query::digest_urlencoded;
use crate::shape::Node;
use crate::xml::digest_xml;
use std::borrow::Cow;

/// How a body is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
    /// `application/json`, `+json` and their kin.
    Json,
    /// One JSON text a line, or a JSON text sequence.
    NdJson,
    /// `application/x-www-form-urlencoded`.
    Form,
    /// `multipart/*`.
    Multipart,
    /// `application/xml`, `text/xml`, `+xml`.
    Xml,
    /// `text/event-stream`.
    EventStream,
    /// `application/grpc` and its kin: messages behind prefixes, not in base64 and not compressed any more.
    Grpc,
    /// Other `text/*`, or no media type: read as JSON where it is JSON.
    Text,
    /// Anything else: the caller counts its size.
    Opaque,
}

/// Type and subtype in lower case (`""` for none, `other` for what is no plausible public media type), and how such a body is read.
#[inline]
pub fn media_kind(content_type: &[u8]) -> (Cow<'static, str>, MediaKind) {
    if content_type.is_empty() {
        return (Cow::Borrowed(""), MediaKind::Text);
    }
    let essence = essence(content_type);
    let kind = kind_of(&essence);
    (essence, kind)
}

fn kind_of(essence: &str) -> MediaKind {
    let (kind, subtype) = essence.split_once('/').unwrap_or((essence, ""));
    match (kind, subtype) {
        ("", _) => MediaKind::Text,
        ("application", "x-www-form-urlencoded") => MediaKind::Form,
        ("multipart", _) => MediaKind::Multipart,
        ("application" | "text", "x-ndjson" | "ndjson" | "jsonl" | "x-jsonl" | "jsonlines" | "x-jsonlines" | "json-seq" | "stream+json") => MediaKind::NdJson,
        ("application" | "text", "json" | "x-json" | "csp-report" | "x-amz-json-1.0" | "x-amz-json-1.1" | "json5" | "json-rpc" | "jsonrequest") => {
            MediaKind::Json
        }
        ("application" | "text", "xml") => MediaKind::Xml,
        ("text", "event-stream") => MediaKind::EventStream,
        ("application", subtype) if is_grpc(subtype) => MediaKind::Grpc,
        ("application", "xhtml+xml") => MediaKind::Opaque,
        ("application" | "model" | "message", _) if subtype.ends_with("+json") => MediaKind::Json,
        ("application" | "model" | "message", _) if subtype.ends_with("+xml") => MediaKind::Xml,
        ("text", _) => MediaKind::Text,
        _ => MediaKind::Opaque,
    }
}

fn is_grpc(subtype: &str) -> bool {
    subtype.strip_prefix("grpc").is_some_and(|rest| rest.is_empty() || rest.starts_with('+') || rest.starts_with("-web"))
}

/// Counts one body into `node`, the root of a summary. `whole` says that `bytes` were not cut off. Counts nothing for an empty body and
/// for one that is opaque. Whatever the bytes are, time and memory are linear in their number and in the limits.
pub fn digest_body(kind: MediaKind, content_type: &[u8], bytes: &[u8], whole: bool, node: &mut Node, cx: &mut Cx) {
    if bytes.is_empty() {
        return;
    }
    cx.enter(node);
    match kind {
        MediaKind::Json => digest_json(bytes, whole, node, &KeyHint::default(), cx),
        MediaKind::NdJson => digest_ndjson(bytes, whole, node, cx),
        MediaKind::EventStream => digest_events(bytes, whole, node, cx),
        MediaKind::Multipart => digest_multipart(content_type, bytes, whole, node, cx),
        MediaKind::Xml => digest_xml(bytes, whole, node, cx),
        MediaKind::Grpc => digest_grpc(content_type, bytes, node, cx),
        // Tools such as curl label any body they send a form.
        MediaKind::Form if !is_json(bytes, whole) => digest_urlencoded(bytes.trim_ascii(), whole, node, cx),
        MediaKind::Form | MediaKind::Text if is_json(bytes, whole) => digest_json(bytes, whole, node, &KeyHint::default(), cx),
        MediaKind::Form | MediaKind::Text | MediaKind::Opaque => {}
    }
    cx.leave(node);
}

#[cfg(test)]
#[path = "body_tests.rs"]
mod tests;
