//! What a request asks for where its path does not say so: the operation of GraphQL, SOAP, JSON-RPC, XML-RPC and MCP.
//!
//! Names cross only as names of parameters do, never an argument. Most requests are told from these by a few bytes.

mod envelope;
mod graphql;
mod json_rpc;
mod mcp;
mod name;
mod query;
mod soap;
mod socket;
mod xml_rpc;

#[cfg(test)]
mod tests;

use crate::body::MediaKind;
use crate::json::{Reader, Stop};
use crate::multipart::first_part;
use envelope::Envelope;
pub use socket::operation_of_message;

/// Bytes of one body that are looked at; what stands behind them is not known.
pub const BODY_BYTES_MAX: usize = 256 << 10;
/// Operations of one batch that are looked at.
pub const BATCH_MAX: usize = 64;

/// Several operations in one request that are not the same.
const BATCH: &str = "batch";

/// What a request asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Operation {
    /// `graphql`, `soap`, `json-rpc`, `xml-rpc`, `mcp`; empty for none.
    pub kind: &'static str,
    /// `query GetUser`, `tools/call/search`; empty where the kind is known and nothing more.
    pub name: String,
    /// It has more than is looked at, so that the name may not be known.
    pub is_limited: bool,
}

/// A request as far as it may say.
pub struct Asked<'a, F> {
    /// By the media type.
    pub media: MediaKind,
    /// The same by name.
    pub essence: &'a str,
    /// With its parameters.
    pub content_type: &'a [u8],
    /// As sent.
    pub path: &'a [u8],
    /// Without `?`.
    pub query: &'a [u8],
    /// Codings undone.
    pub body: &'a [u8],
    /// Whether that is all of it.
    pub whole: bool,
    /// The value of a field by its lower-case name.
    pub header: F,
}

/// Whether a query or a body begins like one that names an operation; nearly none does.
#[inline]
pub fn may_name_operation(media: MediaKind, essence: &str, path: &[u8], query: &[u8], body: &[u8]) -> bool {
    (!query.is_empty() && query::is_graphql(query)) || (!body.is_empty() && may_hold(media, essence, path, body))
}

/// What a request asks for, if that is an operation. Time is linear in the bytes looked at, and nothing is nested in memory.
pub fn operation_of<'a, F: Fn(&str) -> Option<&'a [u8]>>(asked: &Asked<'a, F>) -> Operation {
    let (body, whole) = match asked.body.get(..BODY_BYTES_MAX) {
        Some(first) if first.len() < asked.body.len() => (first, false),
        _ => (asked.body, asked.whole),
    };
    let mut found = if body.is_empty() || !may_hold(asked.media, asked.essence, asked.path, body) {
        query::operation_of(asked.query)
    } else if asked.essence == RAW_GRAPHQL {
        graphql::of_text(body, None, whole)
    } else if asked.essence == RELATED {
        // MTOM: the envelope is the first part, and what it refers to follows.
        first_part(asked.content_type, body, b"").map(trimmed).filter(|part| soap::begins_known(part)).and_then(|part| soap::operation_of(part, asked))
    } else if asked.media == MediaKind::Multipart {
        first_part(asked.content_type, body, OPERATIONS)
            .map(trimmed)
            .filter(|part| matches!(part.first(), Some(b'{' | b'[')))
            .and_then(|part| of_json(part, true, asked))
    } else if is_wide(body) {
        soap::operation_of(&narrowed(body), asked).or_else(|| soap::of_action(asked))
    } else if trimmed(body).first() == Some(&b'<') {
        xml_rpc::operation_of(body).or_else(|| soap::operation_of(body, asked))
    } else {
        of_json(trimmed(body), whole, asked)
    }
    .unwrap_or_default();
    found.is_limited |= !found.kind.is_empty() && body.len() < asked.body.len() && found.name.is_empty();
    found
}

/// A body that is nothing but a query.
pub const RAW_GRAPHQL: &str = "application/graphql";

/// A body whose first part says what the others are (RFC 2387).
const RELATED: &str = "multipart/related";

/// What a part is called that holds queries, beside the files that they are about (GraphQL multipart request).
const OPERATIONS: &[u8] = b"operations";
/// Bytes in which the head of the first part stands.
const PART_HEAD_BYTES_MAX: usize = 512;

fn may_hold(media: MediaKind, essence: &str, path: &[u8], body: &[u8]) -> bool {
    let body = trimmed(body);
    match (media, body.first()) {
        (MediaKind::Json | MediaKind::Text | MediaKind::Form, Some(b'{')) => {
            envelope::begins_known(&body[1..]) || (media == MediaKind::Json && (path.ends_with(b"graphql") || path.ends_with(b"graphql/")))
        }
        (MediaKind::Json | MediaKind::Text | MediaKind::Form, Some(b'[')) => {
            body[1..].trim_ascii_start().strip_prefix(b"{").is_some_and(envelope::begins_known)
        }
        (MediaKind::Xml, Some(_)) if is_wide(body) => true,
        (MediaKind::Xml | MediaKind::Text | MediaKind::Form, Some(b'<')) => soap::begins_known(body),
        (MediaKind::Multipart, Some(b'-')) if essence == RELATED => memchr::memmem::find(&body[..body.len().min(PART_HEAD_BYTES_MAX)], b"xml").is_some(),
        (MediaKind::Multipart, Some(b'-')) => memchr::memmem::find(&body[..body.len().min(PART_HEAD_BYTES_MAX)], OPERATIONS).is_some(),
        (MediaKind::Opaque, Some(_)) => essence == RAW_GRAPHQL,
        _ => false,
    }
}

/// XML in UTF-16.
fn is_wide(body: &[u8]) -> bool {
    matches!(body, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'<', 0, ..] | [0, b'<', ..])
}

/// The same in UTF-8, without a byte order mark; what stands for no character is replaced.
fn narrowed(body: &[u8]) -> Vec<u8> {
    let is_big = matches!(body, [0xfe, 0xff, ..] | [0, ..]);
    let units = body.as_chunks::<2>().0.iter().map(|unit| if is_big { u16::from_be_bytes(*unit) } else { u16::from_le_bytes(*unit) });
    let text: String = char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    trimmed(text.as_bytes()).to_vec()
}

/// Without a byte order mark and white space at its beginning.
#[inline]
fn trimmed(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start()
}

fn of_json<'a, F: Fn(&str) -> Option<&'a [u8]>>(body: &[u8], whole: bool, asked: &Asked<'a, F>) -> Option<Operation> {
    let mut reader = Reader::new(body, whole);
    if body.first() == Some(&b'{') {
        let envelope = Envelope::read(&mut reader);
        return of_envelope(&envelope, whole, asked);
    }
    reader.at += 1;
    let mut first: Option<Operation> = None;
    for _ in 0..BATCH_MAX {
        if reader.peek_token() != Ok(b'{') {
            break;
        }
        let envelope = Envelope::read(&mut reader);
        let next = of_envelope(&envelope, whole, asked)?;
        match &mut first {
            None => first = Some(next),
            Some(first) if first.kind != next.kind => return None,
            Some(first) if first.name != next.name => BATCH.clone_into(&mut first.name),
            Some(first) => first.is_limited |= next.is_limited,
        }
        if reader.peek_token() != Ok(b',') {
            break;
        }
        reader.at += 1;
    }
    // What stands behind the last one that is looked at may be another.
    if let Some(first) = &mut first
        && reader.peek_token() == Ok(b'{')
    {
        (first.is_limited, first.name) = (true, BATCH.to_owned());
    }
    first
}

fn of_envelope<'a, F: Fn(&str) -> Option<&'a [u8]>>(envelope: &Envelope<'_>, whole: bool, asked: &Asked<'a, F>) -> Option<Operation> {
    // A body that goes wrong is none; one that was cut off may be.
    if envelope.end == Some(Stop::Invalid) || (envelope.end.is_some() && whole) {
        return None;
    }
    if envelope.is_json_rpc() {
        let is_mcp = ["mcp-session-id", "mcp-protocol-version", "mcp-method"].iter().any(|name| (asked.header)(name).is_some());
        return Some(mcp::operation_of(envelope, is_mcp).unwrap_or_else(|| json_rpc::operation_of(envelope)));
    }
    graphql::operation_of(envelope, whole)
}

fn operation(kind: &'static str, name: String) -> Operation {
    Operation { kind, name, is_limited: false }
}
