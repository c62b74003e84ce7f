//! JSON-RPC: the method.

use super::envelope::Envelope;
use super::name::shown_parts;
use super::{Operation, operation};

/// An answer of the client has no method, so it is no operation that could be named.
pub(super) fn operation_of(envelope: &Envelope<'_>) -> Operation {
    operation("json-rpc", envelope.method.as_deref().map(shown_parts).unwrap_or_default())
}
