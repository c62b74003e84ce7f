//! What a request asks for where its path does not say so.

use crate::exchange::Exchange;
use crate::message::Request;
use tapistry_digest::body::MediaKind;
use tapistry_digest::operation::{Asked, BODY_BYTES_MAX, Operation, may_name_operation, operation_of};
use tapistry_http::coding::Decoder;

/// Bytes of a coded body by which most are told to name no operation.
const FIRST_BYTES: usize = 256;

/// Of an exchange whose bodies are still as they were sent. What is gRPC or became WebSocket is named by its path.
pub fn find_operation(exchange: &Exchange, decoder: &mut Decoder) -> Option<Box<Operation>> {
    let request = exchange.request.as_deref()?;
    // Nearly all end here.
    if request.query.is_empty() && request.body.held_bytes() == 0 && exchange.media[1].1 != MediaKind::EventStream {
        return None;
    }
    if request.is_unread || exchange.is_grpc() || exchange.response.as_ref().is_some_and(|response| response.socket.is_some()) {
        return None;
    }
    let found = of_request(request, exchange, decoder).or_else(|| listening(request, exchange))?;
    (!found.kind.is_empty()).then(|| Box::new(found))
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
fn listening(request: &Request, exchange: &Exchange) -> Option<Operation> {
    let is_mcp = exchange.media[1].1 == MediaKind::EventStream && ["mcp-session-id", "mcp-protocol-version"].iter().any(|name| field(request, name).is_some());
    is_mcp.then(|| Operation { kind: "mcp", ..Operation::default() })
}

/// The value of a field that is a parameter, by its lower-case name.
fn field<'r>(request: &'r Request, wanted: &str) -> Option<&'r [u8]> {
    request.parameters.iter().find(|(name, _)| request.bytes(name) == wanted.as_bytes()).map(|(_, value)| request.bytes(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::BodyCx;
    use crate::budget::Budget;
    use std::io::Write as _;
    use tapistry_http::coding::Codings;
    use tapistry_http::h1::Field;

    fn asked(coding: &[u8], body: &[u8]) -> Exchange {
        let mut request = Box::new(Request { complete: true, ..Request::default() });
        request.content_type = request.keep(b"application/json", 64);
        request.body.begin(Codings::of(&[Field { name: b"content-encoding", value: coding, spaced: false }]));
        let cx = BodyCx { kept_bytes_max: 1 << 20, digested_bytes_max: 1 << 20, digests: false, budget: &Budget::new(1 << 20) };
        request.body.push(body, &cx);
        Exchange::new(0, None, "", Some(request), None)
    }

    #[test]
    fn a_coded_body_is_looked_into_and_stays_as_it_was() {
        let query = format!(r#"{{"query":"query GetUser {{ {} }}"}}"#, "user ".repeat(200));
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(query.as_bytes()).unwrap();
        let coded = encoder.finish().unwrap();
        for (coding, body) in [(&b"identity"[..], query.as_bytes()), (b"gzip", &coded)] {
            let exchange = asked(coding, body);
            let found = find_operation(&exchange, &mut Decoder::default()).unwrap();
            assert_eq!((found.kind, &*found.name, found.is_limited), ("graphql", "query GetUser", false));
            assert_eq!(exchange.request.unwrap().body.held_bytes(), body.len());
        }
        assert!(find_operation(&asked(b"gzip", b"no gzip at all"), &mut Decoder::default()).is_none());
        assert!(find_operation(&asked(b"identity", br#"{"amount":1}"#), &mut Decoder::default()).is_none());
    }
}
