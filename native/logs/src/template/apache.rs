//! Directives of Apache's `LogFormat` (mod_log_config, mod_logio, mod_ssl).

use crate::fields::Field;

use super::dialect::{Piece, translate};

/// Directives that tell something, and what it is called here; those with an argument have it in front.
const NAMES: &[(&str, &str)] = &[
    ("a", "remote_addr"),
    ("{c}a", "remote_addr"),
    ("h", "remote_addr"),
    ("u", "remote_user"),
    ("t", "time_local"),
    ("{sec}t", "msec"),
    ("{msec}t", "msec"),
    ("{usec}t", "msec"),
    ("r", "request"),
    ("m", "request_method"),
    ("U", "path"),
    ("q", "query"),
    ("H", "request_protocol"),
    ("s", "status"),
    ("b", "body_bytes_sent"),
    ("B", "body_bytes_sent"),
    ("O", "bytes_sent"),
    ("I", "request_length"),
    ("D", "duration_us"),
    ("T", "duration_s"),
    ("{s}T", "duration_s"),
    ("{ms}T", "duration_ms"),
    ("{us}T", "duration_us"),
    ("v", "server_name"),
    ("V", "host"),
    ("{SSL_PROTOCOL}x", "ssl_protocol"),
    ("{HTTPS}x", "https"),
    ("{HTTPS}e", "https"),
];

/// Letters that are directives.
const LETTERS: &str = "aAbBCDefhHiIkKlLmnoOpPqQrRsStTuUvVxX";

/// The pieces of a template. A letter that is no directive is an error.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
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
        // `%>s`, `%!200,304{Referer}i`: of which request, and for which statuses.
        rest = rest.trim_start_matches(|byte: char| matches!(byte, '<' | '>' | '!' | ',') || byte.is_ascii_digit());
        let mut argument = "";
        if let Some(inside) = rest.strip_prefix('{') {
            let end = inside.find('}').ok_or_else(|| format!("%{written} has no closing brace"))?;
            (argument, rest) = (&inside[..end], &inside[end + 1..]);
        }
        rest = rest.strip_prefix('^').map_or(rest, |rest| rest.trim_start_matches('t'));
        let letter = rest.chars().next().filter(|letter| LETTERS.contains(*letter) || (rest.len() < written.len() && *letter == 'i'));
        let letter = letter.ok_or_else(|| format!("%{} is no directive of Apache's LogFormat, which are % and one of {LETTERS}", first_word(written)))?;
        rest = &rest[1..];
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        let field = field(argument, letter);
        // Brackets come with the time.
        let is_bracketed = letter == 't' && argument.is_empty();
        let name = format!("%{}", &written[..written.len() - rest.len()]);
        match is_bracketed {
            true => pieces.extend([Piece::Literal("[".to_owned()), Piece::Field(field, name), Piece::Literal("]".to_owned())]),
            false => pieces.push(Piece::Field(field, name)),
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    Ok(pieces)
}

fn field(argument: &str, letter: char) -> Field {
    match letter {
        'i' => Field::request(argument),
        'o' => Field::response(argument),
        _ if argument.is_empty() => translate(NAMES, letter.encode_utf8(&mut [0; 4])).unwrap_or(Field::Ignored),
        // A share of a second, whose second is in another directive.
        't' if argument.ends_with("_frac") => Field::Ignored,
        't' => translate(NAMES, &format!("{{{argument}}}t")).or_else(|| Field::named("time_local")).unwrap_or(Field::Ignored),
        _ => translate(NAMES, &format!("{{{argument}}}{letter}")).unwrap_or(Field::Ignored),
    }
}

fn first_word(text: &str) -> &str {
    text.split_whitespace().next().unwrap_or_default()
}
