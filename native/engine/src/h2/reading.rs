//! A block of header fields on its way to a message.

use crate::head::{lower, read_request_field, read_response_field, seal, set_target};
use crate::message::{Request, Response};
use crate::worker::Worker;
use std::net::SocketAddr;
use tapistry_http::coding::Codings;
use tapistry_http::websocket::Deflate;
use tapistry_wire::weird::{Weird, WeirdSet};

/// What is read of a block; reused, so that `clear` keeps its buffers.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// What the fields are put into.
    pub into: Into,
    /// `:status`.
    pub status: Option<u16>,
    /// It begins with a field that is not known, as `:status` may be: nothing stands before it (RFC 9113 §8.3.2).
    pub begins_unknown: bool,
    /// It has fields that only heads have (RFC 9110 §6.5.1).
    pub is_head: bool,
    /// Fields were read of it.
    pub has_begun: bool,
    /// It names a status, which need be no number.
    pub has_status: bool,
    /// Content-Length.
    pub expected: Option<u64>,
    /// `grpc-status` in trailers.
    pub grpc_status: Option<u32>,
    /// How messages of WebSocket are compressed, where the answer agrees to it.
    pub deflate: Option<Deflate>,
    pub weirds: WeirdSet,
    has_method: bool,
    has_path: bool,
    /// `:protocol` (RFC 8441): CONNECT with a path.
    has_protocol: bool,
    /// It is that of WebSocket.
    is_socket: bool,
    method: Vec<u8>,
    path: Vec<u8>,
    /// Crumbs joined (RFC 9113 §8.2.3).
    cookie: Vec<u8>,
    /// `:authority`, which wins over Host.
    authority: Vec<u8>,
    host: Vec<u8>,
    codings: Option<Codings>,
}

/// What a block is.
#[derive(Debug, Default)]
pub(super) enum Into {
    /// Fields after a body, or of something that is not kept.
    #[default]
    Trailers,
    Request(Box<Request>),
    Response(Box<Response>),
}

/// Fields that say how to frame, route, keep or read a message, or who answers: trailers must not have them (RFC 9110 §6.5.1).
const ONLY_IN_HEADS: [&[u8]; 12] = [
    b"allow",
    b"cache-control",
    b"content-encoding",
    b"content-length",
    b"content-type",
    b"date",
    b"location",
    b"retry-after",
    b"server",
    b"set-cookie",
    b"vary",
    b"www-authenticate",
];

/// Longer targets and cookies are cut.
const TEXT_BYTES_MAX: usize = 64 << 10;

impl Reading {
    /// Ready for the next block.
    pub fn clear(&mut self, into: Into) {
        let Reading { into: old, status, expected, grpc_status, deflate, weirds, has_method, has_path, has_protocol, is_socket, codings, .. } = self;
        *old = into;
        (*status, *expected, *grpc_status, *deflate, *codings) = (None, None, None, None, None);
        *weirds = WeirdSet::default();
        (*has_method, *has_path, *has_protocol, *is_socket) = (false, false, false, false);
        (self.begins_unknown, self.is_head, self.has_begun, self.has_status) = (false, false, false, false);
        let Reading { method, path, cookie, authority, host, .. } = self;
        [method, path, cookie, authority, host].into_iter().for_each(Vec::clear);
    }

    /// Whether it names a method, as only requests do.
    pub fn has_method(&self) -> bool {
        self.has_method
    }

    /// A field of which the name or the value is not known.
    pub fn unknown(&mut self, name: Option<&[u8]>) {
        self.begins_unknown |= !self.has_begun && name.is_none();
        self.has_status |= name == Some(b":status");
        self.has_begun = true;
    }

    /// As sent, empty where it is not known.
    pub fn method(&self) -> &[u8] {
        &self.method
    }

    /// The next field.
    #[inline]
    pub fn field(&mut self, name: &[u8], value: &[u8], worker: &mut Worker) {
        self.has_begun = true;
        if let Some(name) = name.strip_prefix(b":") {
            return self.pseudo(name, value);
        }
        let mut buffer = [0u8; 64];
        let Some(name) = lower(name, &mut buffer) else { return };
        match name {
            b"content-length" => self.expected = str::from_utf8(value).ok().and_then(|value| value.parse().ok()),
            b"content-encoding" => self.codings.get_or_insert_with(Codings::none).content_encoding(value),
            _ => {}
        }
        match &mut self.into {
            Into::Trailers if name == b"grpc-status" => self.grpc_status = str::from_utf8(value).ok().and_then(|value| value.parse().ok()),
            Into::Trailers => {}
            Into::Request(request) => match name {
                b"cookie" => {
                    if !self.cookie.is_empty() {
                        append(&mut self.cookie, b"; ");
                    }
                    append(&mut self.cookie, value);
                }
                b"host" => append(&mut self.host, value),
                _ => {
                    let Worker { settings, remembered, .. } = worker;
                    read_request_field(name, value, request, settings, remembered);
                }
            },
            Into::Response(_) if name == b"sec-websocket-extensions" => self.deflate = Deflate::agreed(value),
            Into::Response(response) => {
                self.is_head |= self.status.is_none() && ONLY_IN_HEADS.contains(&name);
                // Facts of a redirection need the status, which comes first.
                read_response_field(name, value, response);
            }
        }
    }

    /// The request of the block, with what follows from its fields.
    pub fn seal_request(&mut self, request: &mut Request, server: SocketAddr, worker: &mut Worker) {
        let Worker { settings, remembered, .. } = worker;
        let most = settings.limits.head_kept_bytes_max;
        request.protocol = "h2";
        request.has_fields = true;
        request.method = request.keep(&self.method, most);
        if !self.cookie.is_empty() {
            read_request_field(b"cookie", &self.cookie, request, settings, remembered);
        }
        let is_connect = self.method == b"CONNECT" && !self.has_protocol;
        request.asks_socket = self.method == b"CONNECT" && self.is_socket;
        request.is_unread = !self.has_method || !(self.has_path || is_connect);
        let target = if is_connect { &self.authority } else { &self.path };
        // With a path, CONNECT is as any other method.
        let method: &[u8] = if is_connect { &self.method } else { b"" };
        set_target(target, method, request, settings, remembered);
        let has_both = !self.authority.is_empty() && !self.host.is_empty();
        if has_both && self.host != self.authority {
            request.weirds.insert(Weird::H2HostConflict);
        }
        request.host = request.keep(if self.authority.is_empty() { &self.host } else { &self.authority }, most);
        request.body.begin(self.codings.unwrap_or_else(Codings::none));
        seal(Some((server.ip(), server.port())), "unknown", request, remembered);
    }

    /// The response of the block.
    pub fn seal_response(&self, response: &mut Response) {
        response.protocol = "h2";
        response.is_status_unknown = self.status.is_none();
        response.body.begin(self.codings.unwrap_or_else(Codings::none));
    }

    fn pseudo(&mut self, name: &[u8], value: &[u8]) {
        match (name, &mut self.into) {
            (b"method", _) => {
                self.has_method = true;
                self.method.clear();
                append(&mut self.method, value);
            }
            (b"path", _) => {
                self.has_path = true;
                self.path.clear();
                append(&mut self.path, value);
            }
            (b"authority", _) => {
                self.authority.clear();
                append(&mut self.authority, value);
            }
            (b"scheme", Into::Request(request)) => match value {
                b"https" => request.scheme = b's',
                b"http" if request.scheme == 0 => request.scheme = b'h',
                _ => {}
            },
            (b"protocol", _) => (self.has_protocol, self.is_socket) = (true, value.eq_ignore_ascii_case(b"websocket")),
            (b"status", into) => {
                self.has_status = true;
                self.status = str::from_utf8(value).ok().and_then(|value| value.parse().ok()).filter(|status| (100..1000).contains(status));
                if let Into::Response(response) = into {
                    response.status = self.status.unwrap_or(0);
                }
            }
            _ => {}
        }
    }
}

fn append(text: &mut Vec<u8>, more: &[u8]) {
    let room = TEXT_BYTES_MAX.saturating_sub(text.len()).min(more.len());
    text.extend_from_slice(&more[..room]);
}
