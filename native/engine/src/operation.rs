//! What a request asks for where its path does not say so.

use crate::exchange::Exchange;
use crate::message::Request;
use tapistry_digest::body::MediaKind;
use tapistry_digest::operation::{Asked, BODY_BYTES_MAX, Operation, may_name_operation, operation_of};
use tapistry_http::coding::Decoder;

/// Bytes of a coded body by which most are told to name no operation.
const FIRST_BYTES: usize = 256;

/// Of an exchange whose bodies are still as they were sent. What is gRPC or became WebSocket is named by its path.
pub fn find_operation(exchange: &Exchange, decoder: &mut Decoder) -> Operation {
    let is_named = exchange.is_grpc() || exchange.response.as_ref().is_some_and(|response| response.socket.is_some());
    match exchange.request.as_deref() {
        Some(request) if !request.is_unread && !is_named => of_request(request, exchange, decoder).unwrap_or_else(|| listening(request, exchange)),
        _ => Operation::default(),
    }
}

fn of_request(request: &Request, exchange: &Exchange, decoder: &mut Decoder) -> Option<Operation> {
    let (essence, media) = (&*exchange.media[0].0, exchange.media[0].1);
    let (path, query) = (request.bytes(&request.path), request.bytes(&request.query));
    let mut decoded = Vec::new();
    let (body, whole) = if !request.body.is_coded() {
        request.body.kept()
    } else if matches!(media, MediaKind::Json | MediaKind::Xml) {
        request.body.peek(decoder, FIRST_BYTES, &mut decoded);
        let whole = may_name_operation(media, essence, path, query, &decoded) && request.body.peek(decoder, BODY_BYTES_MAX, &mut decoded);
        (&decoded[..], whole)
    } else {
        (&[][..], true)
    };
    if !may_name_operation(media, essence, path, query, body) {
        return None;
    }
    let content_type = request.bytes(&request.content_type);
    let whole = whole && request.complete;
    Some(operation_of(&Asked { media, essence, content_type, path, query, body, whole, header: |wanted: &str| field(request, wanted) }))
}

/// A stream on which a server of MCP speaks by itself.
fn listening(request: &Request, exchange: &Exchange) -> Operation {
    let is_mcp = exchange.media[1].1 == MediaKind::EventStream && ["mcp-session-id", "mcp-protocol-version"].iter().any(|name| field(request, name).is_some());
    Operation { kind: if is_mcp { "mcp" } else { "" }, ..Operation::default() }
}

/// The value of a field that is a parameter, by its lower-case name.
fn field<'r>(request: &'r Request, wanted: &str) -> Option<&'r [u8]> {
    request.parameters.iter().find(|(name, _)| request.bytes(name) == wanted.as_bytes()).map(|(_, value)| request.bytes(value))
}
