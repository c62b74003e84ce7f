//! Variables and expressions of HAProxy's `log-format` (configuration manual §8.2.6).

use crate::fields::Field;

use super::dialect::{Piece, translate};

const NAMES: &[(&str, &str)] = &[
    ("ci", "client_ip"),
    ("tr", "time_local"),
    ("t", "time_local"),
    ("trg", "time_local"),
    ("trl", "time_local"),
    ("T", "time_local"),
    ("Tl", "time_local"),
    ("Ts", "msec"),
    ("r", "request"),
    ("HM", "method"),
    ("HU", "request_uri"),
    ("HPO", "path"),
    ("HP", "path"),
    ("HQ", "query"),
    ("HV", "protocol"),
    ("ST", "status"),
    ("B", "bytes_sent"),
    ("U", "bytes_received"),
    ("Ta", "duration_ms"),
    ("Tt", "total_time"),
    ("sslv", "ssl_protocol"),
    ("src", "client_ip"),
    ("method", "method"),
    ("path", "path"),
    ("url", "request_uri"),
    ("pathq", "request_uri"),
    ("query", "query"),
    ("status", "status"),
    ("ssl_fc", "https"),
];

/// The pieces of a template: `%name`, `%{flags}name`, `%(type)name`, `%[expression]`. What tells nothing of an exchange is passed over.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut is_quoting = false;
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        literal.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            literal.push('%');
            rest = after;
            continue;
        }
        let written = rest;
        let flags = argument(&mut rest, '{', '}').ok_or_else(|| format!("%{written} has no closing brace"))?;
        argument(&mut rest, '(', ')').ok_or_else(|| format!("%{written} has no closing parenthesis"))?;
        let expression = argument(&mut rest, '[', ']').ok_or_else(|| format!("%{written} has no closing bracket"))?;
        let length = if expression.is_empty() { rest.find(|byte: char| !byte.is_ascii_alphabetic()).unwrap_or(rest.len()) } else { 0 };
        let name = &rest[..length];
        rest = &rest[length..];
        if expression.is_empty() && name.is_empty() {
            return Err(format!("%{written} is no variable of HAProxy's log-format, which are % and letters, or %[ and an expression"));
        }
        let is_quoted = (is_quoting || flags.contains("+Q")) && !flags.contains("-Q");
        // A setting for all that follows, which writes nothing, nor the space behind it.
        if name == "o" {
            (is_quoting, rest) = (is_quoted, rest.trim_start());
            continue;
        }
        let quote = if is_quoted { "\"" } else { "" };
        literal.push_str(quote);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        let field = if expression.is_empty() { field(name) } else { fetched(expression) };
        literal.push_str(if matches!(field, Field::Captures) && !is_quoted && expression.is_empty() { "}" } else { quote });
        pieces.push(Piece::Field(field, format!("%{}", &written[..written.len() - rest.len()])));
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

/// What stands between the brackets that come next; empty where none do, none where they do not close.
fn argument<'a>(rest: &mut &'a str, open: char, close: char) -> Option<&'a str> {
    let Some(inside) = rest.strip_prefix(open) else { return Some("") };
    let end = inside.find(close)?;
    *rest = &inside[end + 1..];
    Some(&inside[..end])
}

fn field(name: &str) -> Field {
    match name {
        "ft" => Field::Frontend,
        // Without braces around them these are lists of quoted values, `%hrl` and `%hsl`.
        "hr" | "hs" => Field::Captures,
        _ => translate(NAMES, name).unwrap_or(Field::Ignored),
    }
}

/// `%[req.hdr(host)]`, with converters behind a comma or without.
fn fetched(expression: &str) -> Field {
    let (name, rest) = expression.split_once('(').unwrap_or((expression.split(',').next().unwrap_or_default(), ""));
    let header = rest.split([')', ',']).next().unwrap_or_default();
    match name {
        "capture.req.hdr" | "var" => Field::Captures,
        "req.hdr" | "req.fhdr" | "hdr" => Field::request(header),
        "res.hdr" | "res.fhdr" => Field::response(header),
        _ => translate(NAMES, name).unwrap_or(Field::Ignored),
    }
}
