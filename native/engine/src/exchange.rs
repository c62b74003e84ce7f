//! An exchange that is over.

use crate::line::shown_method;
use crate::message::{Request, Response};
use crate::table::KeyParts;
use std::borrow::Cow;
use tapistry_digest::body::{MediaKind, media_kind};
use tapistry_digest::operation::Operation;
use tapistry_digest::path::is_call;

/// What was seen of a request and its response.
#[derive(Debug)]
pub struct Exchange {
    /// 0 packets, 1 logs.
    pub source: u8,
    /// Who talked to whom, where known.
    pub network: Option<&'static str>,
    /// Missing where only the response was seen.
    pub request: Option<Box<Request>>,
    /// Missing where only the request was seen.
    pub response: Option<Box<Response>>,
    /// Media type by essence and how it is read, of request and response.
    pub media: [(Cow<'static, str>, MediaKind); 2],
    /// What is asked for, where the path does not say so.
    pub operation: Option<Box<Operation>>,
    /// The service of a response without a request.
    service: Box<str>,
}

/// Statuses of gRPC that say nothing of a method: what stands before a server answers so to any path.
const ANSWERS_TO_ANY: [u32; 4] = [7, 12, 14, 16];

impl Exchange {
    /// Of the parts that were seen; `service` is that of a response without a request.
    pub fn new(source: u8, network: Option<&'static str>, service: &str, request: Option<Box<Request>>, response: Option<Box<Response>>) -> Self {
        let service = if request.is_some() { "" } else { service }.into();
        let asked = request.as_ref().map_or(&[][..], |request| request.bytes(&request.content_type));
        let answered = response.as_ref().map_or(&[][..], |response| response.content_type());
        let media = [media_kind(asked), media_kind(answered)];
        Exchange { source, network, request, response, media, operation: None, service }
    }

    /// A call of gRPC that its server knows is named by its path as it is, whatever the names look like.
    pub fn name_call(&mut self) {
        let (Some(request), Some(response)) = (&mut self.request, &self.response) else { return };
        let is_known = match response.grpc_status() {
            Some(status) => !ANSWERS_TO_ANY.contains(&status),
            None => response.body.coded_bytes > 0,
        };
        if self.media[1].1 != MediaKind::Grpc || response.status != 200 || !is_known || request.is_unread {
            return;
        }
        let mut shape = std::mem::take(&mut request.shape);
        let path = request.bytes(&request.path);
        if is_call(path) {
            shape.clear();
            shape.text.extend(path.iter().map(|byte| char::from(*byte)));
        }
        request.shape = shape;
    }

    /// The identity of its service.
    pub fn service(&self) -> &str {
        self.request.as_ref().map_or(&self.service, |request| &request.service)
    }

    /// What it shares with like exchanges.
    pub fn key(&self) -> KeyParts<'_> {
        let request = self.request.as_ref().filter(|request| !request.is_unread);
        KeyParts {
            source: self.source,
            service: self.service(),
            kind: self.kind(),
            operation: self.operation.as_ref().map_or("", |operation| &operation.name),
            // One endpoint, over whichever version of HTTP it is asked for.
            method: request.map_or("", |request| if request.asks_socket { "GET" } else { shown_method(request.bytes(&request.method)) }),
            path: request.map_or("", |request| &request.shape.text),
            status: self.response.as_ref().map_or(0, |response| response.status),
            request_media_type: &self.media[0].0,
            response_media_type: &self.media[1].0,
            has_credentials: request.is_some_and(|request| !request.auth.is_empty()),
        }
    }

    fn kind(&self) -> &'static str {
        match self.response.as_deref() {
            Some(Response { socket: Some(_), .. }) => "websocket",
            _ if self.is_grpc() => "grpc",
            _ => self.operation.as_ref().map_or("rest", |operation| operation.kind),
        }
    }

    /// Whether a call of gRPC is made.
    pub fn is_grpc(&self) -> bool {
        self.media.iter().any(|(_, kind)| *kind == MediaKind::Grpc)
    }

    /// Whether there is anything to digest but heads.
    pub fn has_bodies(&self) -> bool {
        self.request.as_ref().is_some_and(|request| request.body.held_bytes() > 0)
            || self.response.as_ref().is_some_and(|response| response.body.held_bytes() > 0)
    }

    /// Bytes of its messages that are in memory.
    pub fn held_bytes(&self) -> usize {
        let request = self.request.as_ref().map_or(0, |request| request.buffer.len() + request.body.held_bytes());
        request + self.response.as_ref().map_or(0, |response| response.body.held_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::Exchange;
    use crate::message::{Request, Response, keep};

    /// The path of the key of a call whose shape hides its service.
    fn path(raw: &[u8], status: u16, grpc_status: Option<u32>, bytes: u64) -> String {
        let mut request = Box::new(Request::default());
        request.path = request.keep(raw, 256);
        request.content_type = request.keep(b"application/grpc", 64);
        request.shape.text = "/{name}/Get".to_owned();
        let mut response = Box::new(Response { status, grpc_status, ..Response::default() });
        response.content_type = keep(&mut response.buffer, b"application/grpc", 64);
        response.body.coded_bytes = bytes;
        let mut exchange = Exchange::new(0, None, "", Some(request), Some(response));
        exchange.name_call();
        exchange.key().path.to_owned()
    }

    #[test]
    fn a_call_that_its_server_knows_is_named_and_no_other() {
        let call = b"/etcdserverpb.KV/Range";
        for (raw, status, grpc_status, bytes, named) in [
            (&call[..], 200, Some(0), 0, true),
            (call, 200, Some(5), 0, true),
            (call, 200, None, 9, true),
            (call, 200, None, 0, false),
            (call, 200, Some(12), 0, false),
            (call, 200, Some(16), 0, false),
            (call, 404, Some(0), 0, false),
            (b"/123456789/Get", 200, Some(0), 0, false),
        ] {
            let expected = if named { str::from_utf8(raw).unwrap() } else { "/{name}/Get" };
            assert_eq!(path(raw, status, grpc_status, bytes), expected, "{status} {grpc_status:?} {bytes}");
        }
    }
}
