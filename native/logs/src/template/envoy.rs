//! Command operators of Envoy's access logs, which Istio uses too.

use crate::fields::Field;

use super::dialect::{Piece, translate};

const NAMES: &[(&str, &str)] = &[
    ("START_TIME", "start_time"),
    ("PROTOCOL", "protocol"),
    ("RESPONSE_CODE", "response_code"),
    ("BYTES_RECEIVED", "bytes_received"),
    ("BYTES_SENT", "bytes_sent"),
    ("DURATION", "duration_ms"),
    ("DOWNSTREAM_REMOTE_ADDRESS", "client_address"),
    ("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", "client_address"),
    ("DOWNSTREAM_DIRECT_REMOTE_ADDRESS", "downstream_remote_address"),
    ("DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT", "downstream_remote_address"),
    ("DOWNSTREAM_TLS_VERSION", "tls_version"),
    (":METHOD", "method"),
    (":PATH", "request_uri"),
    (":AUTHORITY", "authority"),
    (":SCHEME", "scheme"),
];

/// The pieces of a template: `%NAME%`, `%NAME(ARGUMENT)%`, `%NAME(ARGUMENT):LENGTH%`. Operators that tell nothing of an exchange are passed
/// over, as extensions bring more of them.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text.trim_end_matches("\\n");
    while let Some(at) = rest.find('%') {
        literal.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            literal.push('%');
            rest = after;
            continue;
        }
        let (operator, after) = operator(rest).ok_or_else(|| format!("%{rest} has no closing %"))?;
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        pieces.push(Piece::Field(field(operator), format!("%{operator}%")));
        rest = after;
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// Up to the closing `%`, which may stand in parentheses too: `%START_TIME(%s)%`.
fn operator(text: &str) -> Option<(&str, &str)> {
    let open = text.find(['(', '%'])?;
    let from = if text[open..].starts_with('(') { open + text[open..].find(')')? } else { open };
    let end = from + text[from..].find('%')?;
    Some((&text[..end], &text[end + 1..]))
}

fn field(operator: &str) -> Field {
    let (name, argument) = match operator.split_once('(') {
        Some((name, rest)) => (name, rest.rsplit_once(')').map_or(rest, |(argument, _)| argument)),
        None => (operator.split(':').next().unwrap_or(operator), ""),
    };
    // `X?Y`: the second where the first is not there. What Envoy rewrote is less than what was sent.
    let header = argument.split('?').find(|header| header.starts_with(':')).or_else(|| argument.split('?').next()).unwrap_or_default();
    match name {
        "REQ" if header.starts_with(':') => translate(NAMES, header).unwrap_or(Field::Ignored),
        "REQ_WITHOUT_QUERY" if argument.contains("PATH") => Field::named("path").unwrap_or(Field::Ignored),
        "REQ" => Field::request(header),
        "RESP" => Field::response(header),
        _ => translate(NAMES, name).unwrap_or(Field::Ignored),
    }
}
