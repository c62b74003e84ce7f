//! MCP: methods of JSON-RPC, with the tool, prompt or resource that they name.

use super::envelope::Envelope;
use super::name::{push_name, push_parts, shown_parts};
use super::{Operation, operation};

/// Methods begin so, and those of no other protocol do (MCP 2025-11-25, schema).
const BEGINNINGS: [&[u8]; 7] = [b"tools/", b"resources/", b"prompts/", b"sampling/", b"roots/", b"elicitation/", b"notifications/"];
const METHODS: [&[u8]; 2] = [b"logging/setLevel", b"completion/complete"];

/// `is_said` is whether the head says that it is MCP.
pub(super) fn operation_of(envelope: &Envelope<'_>, is_said: bool) -> Option<Operation> {
    let method = envelope.method.as_deref().unwrap_or_default();
    let is_it = is_said
        || BEGINNINGS.iter().any(|beginning| method.starts_with(beginning))
        || METHODS.contains(&method)
        || (method == b"initialize" && envelope.params.has_protocol_version);
    if !is_it {
        return None;
    }
    let mut name = shown_parts(method);
    match (method, &envelope.params.name, &envelope.params.uri) {
        (b"tools/call" | b"prompts/get", Some(named), _) => {
            name.push('/');
            push_name(named, &mut name);
        }
        (b"resources/read" | b"resources/subscribe" | b"resources/unsubscribe", _, Some(uri)) => {
            name.push('/');
            push_uri(uri, &mut name);
        }
        _ => {}
    }
    Some(operation("mcp", name))
}

/// Scheme and path of a resource, each part judged by itself, without its query.
fn push_uri(uri: &[u8], out: &mut String) {
    let uri = uri.split(|byte| matches!(byte, b'?' | b'#')).next().unwrap_or_default();
    let scheme = memchr::memchr(b':', uri).unwrap_or(0);
    push_name(&uri[..scheme], out);
    out.push(':');
    push_parts(uri.get(scheme + 1..).unwrap_or_default(), out);
}
