//! A request or response as it is kept until its exchange ends: spans into one buffer, facts, and the body.

use crate::body::Body;
use crate::socket_facts::SocketFacts;
use std::ops::Range;
use std::sync::Arc;
use tapistry_digest::auth::AuthSet;
use tapistry_digest::client::ClientKind;
use tapistry_digest::path::PathShape;
use tapistry_digest::token::TokenFacts;
use tapistry_wire::weird::WeirdSet;

/// Bytes of the head's buffer.
pub type Span = Range<u32>;

/// A request; reused from exchange to exchange, so `clear` keeps its buffers.
#[derive(Debug, Default)]
pub struct Request {
    /// Event time of the first byte in nanoseconds; `None` where the source has no times.
    pub time_ns: Option<i64>,
    /// Number of the packet (or line) with the first byte, and a running number: the order of `exchanges`.
    pub place: (u64, u64),
    /// Holds what the spans point to.
    pub buffer: Vec<u8>,
    /// As sent.
    pub method: Span,
    /// First 16 hex digits of the SHA-256 of the whole target, with digests.
    pub target_sha: Option<String>,
    /// Without query.
    pub path: Span,
    /// Without `?`; empty for none.
    pub query: Span,
    /// Authority as sent; empty for none.
    pub host: Span,
    /// The authority is the target's, which wins over Host.
    pub host_in_target: bool,
    /// `h` for http, `s` for https, 0 for unknown.
    pub scheme: u8,
    /// Content-Type as sent; empty for none.
    pub content_type: Span,
    /// Fields that are parameters: lower-case name, value.
    pub parameters: Vec<(Span, Span)>,
    /// Cookie fields.
    pub cookies: Vec<Span>,
    /// The path as it may be shown.
    pub shape: PathShape,
    /// The identity of the service.
    pub service: String,
    /// Whether the fields of the head are known; most logs do not have them.
    pub has_fields: bool,
    /// Credentials.
    pub auth: AuthSet,
    /// What may be told of them.
    pub tokens: Vec<Arc<TokenFacts>>,
    /// By user agent.
    pub client_kind: ClientKind,
    /// `http/1.1`, `h2`.
    pub protocol: &'static str,
    /// Keyed hash of the client's address, where known.
    pub client: Option<u64>,
    /// The payload.
    pub body: Body,
    /// Whether every byte was seen.
    pub complete: bool,
    /// The exchange was given up, and all was seen that there was of it: what is missing is no loss.
    pub is_given_up: bool,
    /// Method or path are not known: it is shown as far as it is, and belongs to no endpoint.
    pub is_unread: bool,
    /// It asks for WebSocket, with GET or, over HTTP/2 (RFC 8441), with what is the same.
    pub asks_socket: bool,
    /// What was odd.
    pub weirds: WeirdSet,
}

impl Request {
    /// Ready for the next exchange, buffers kept.
    pub fn clear(&mut self) {
        // In place, since moving it twice costs more than reading a log line; every field is named, so that none is forgotten.
        let Request {
            time_ns,
            place,
            buffer,
            method,
            target_sha,
            path,
            query,
            host,
            host_in_target,
            scheme,
            content_type,
            parameters,
            cookies,
            shape,
            service,
            has_fields,
            auth,
            tokens,
            client_kind,
            protocol,
            client,
            body,
            complete,
            is_given_up,
            is_unread,
            asks_socket,
            weirds,
        } = self;
        (*time_ns, *client, *target_sha) = (None, None, None);
        *place = (0, 0);
        (*method, *path, *query, *host, *content_type) = (0..0, 0..0, 0..0, 0..0, 0..0);
        (*host_in_target, *has_fields, *complete, *is_given_up, *is_unread, *asks_socket) = (false, false, false, false, false, false);
        (*scheme, *auth, *client_kind, *protocol) = (0, AuthSet::default(), ClientKind::default(), "");
        *weirds = WeirdSet::default();
        buffer.clear();
        parameters.clear();
        cookies.clear();
        shape.clear();
        service.clear();
        tokens.clear();
        body.clear();
    }

    /// Bytes that it takes, but for its body.
    pub fn head_bytes(&self) -> usize {
        size_of::<Self>() + self.buffer.capacity() + self.parameters.capacity() * size_of::<(Span, Span)>() + self.service.capacity()
    }

    /// Appends bytes to the buffer, up to `most` in all; what does not fit is cut off.
    pub fn keep(&mut self, bytes: &[u8], most: usize) -> Span {
        keep(&mut self.buffer, bytes, most)
    }

    /// The bytes of a span.
    pub fn bytes(&self, span: &Span) -> &[u8] {
        self.buffer.get(span.start as usize..span.end as usize).unwrap_or_default()
    }
}

/// A response; reused like a request.
#[derive(Debug, Default)]
pub struct Response {
    /// Event time of the first byte in nanoseconds.
    pub time_ns: Option<i64>,
    /// Number of the packet with the first byte, and a running number.
    pub place: (u64, u64),
    /// 0 for a simple response (HTTP/0.9).
    pub status: u16,
    /// It has a status, of which nobody knows what it is; `status` is 0 then.
    pub is_status_unknown: bool,
    /// Holds the content type.
    pub buffer: Vec<u8>,
    /// Content-Type as sent; empty for none.
    pub content_type: Span,
    /// Facts of the head, published names.
    pub facts: Vec<&'static str>,
    /// Sunset (RFC 8594) in epoch milliseconds.
    pub sunset_ms: Option<f64>,
    /// Milliseconds the exchange took, where a log says so.
    pub duration_ms: Option<f64>,
    /// What followed on the connection, where that is WebSocket.
    pub socket: Option<Box<SocketFacts>>,
    /// `grpc-status`, in the head or in trailers.
    pub grpc_status: Option<u32>,
    /// `http/1.1`, for a response alone.
    pub protocol: &'static str,
    /// The payload.
    pub body: Body,
    /// Whether every byte was seen.
    pub complete: bool,
    /// What was odd.
    pub weirds: WeirdSet,
}

impl Response {
    /// Ready for the next exchange, buffers kept.
    pub fn clear(&mut self) {
        let Response {
            time_ns,
            place,
            status,
            is_status_unknown,
            buffer,
            content_type,
            facts,
            sunset_ms,
            duration_ms,
            socket,
            grpc_status,
            protocol,
            body,
            complete,
            weirds,
        } = self;
        (*time_ns, *sunset_ms, *duration_ms, *socket, *grpc_status) = (None, None, None, None, None);
        (*place, *status, *is_status_unknown, *content_type, *protocol, *complete) = ((0, 0), 0, false, 0..0, "", false);
        *weirds = WeirdSet::default();
        buffer.clear();
        facts.clear();
        body.clear();
    }

    /// Bytes that it takes, but for its body.
    pub fn head_bytes(&self) -> usize {
        size_of::<Self>() + self.buffer.capacity()
    }

    /// The status of a call of gRPC, wherever it was said.
    pub fn grpc_status(&self) -> Option<u32> {
        self.grpc_status.or_else(|| self.body.grpc_status())
    }

    /// Content-Type as sent.
    pub fn content_type(&self) -> &[u8] {
        self.buffer.get(self.content_type.start as usize..self.content_type.end as usize).unwrap_or_default()
    }
}

/// Appends up to `most` bytes in all and says where they stand.
pub fn keep(buffer: &mut Vec<u8>, bytes: &[u8], most: usize) -> Span {
    let start = buffer.len();
    let room = most.saturating_sub(start).min(bytes.len());
    buffer.extend_from_slice(&bytes[..room]);
    start as u32..buffer.len() as u32
}
