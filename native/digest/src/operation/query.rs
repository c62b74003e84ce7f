//! GraphQL in the query of a URL.

use super::Operation;
use super::graphql::{of_document, of_text};
use crate::query::decoded;

/// Parameters that are looked at.
const PARAMETERS_MAX: usize = 16;

/// Whether the first parameter is one that GraphQL has.
#[inline]
pub(super) fn is_graphql(query: &[u8]) -> bool {
    if !matches!(query[0], b'q' | b'o' | b'v' | b'e') {
        return false;
    }
    [&b"query="[..], b"operationName=", b"variables=", b"extensions="].iter().any(|name| query.starts_with(name))
}

pub(super) fn operation_of(query: &[u8]) -> Option<Operation> {
    if query.is_empty() || !is_graphql(query) {
        return None;
    }
    let pairs =
        || query.split(|byte| *byte == b'&').take(PARAMETERS_MAX).filter_map(|pair| pair.iter().position(|byte| *byte == b'=').map(|at| pair.split_at(at)));
    let value = |wanted: &[u8]| pairs().find(|(name, _)| *name == wanted).map(|(_, value)| decoded(&value[1..]));
    let name = value(b"operationName").filter(|name| !name.is_empty());
    match value(b"query") {
        Some(text) => of_text(&text, name.as_deref(), true),
        None => {
            let extensions = value(b"extensions")?;
            memchr::memmem::find(&extensions, b"\"persistedQuery\"")?;
            Some(of_document(name.as_deref()))
        }
    }
}
