//! From the pieces of a template to the parts that read a line.

use crate::access::table::Role;
use crate::escape::Escape;
use crate::fields::Field;

use super::dialect::{Dialect, Piece};
use super::{Next, Part, Template};

/// Bytes of a template; longer ones are a mistake.
const TEMPLATE_BYTES_MAX: usize = 8192;

/// What a configuration holds: a directive with its quotes, or the format alone.
pub(super) fn pasted(text: &str) -> Result<Template, String> {
    let text = text.trim();
    if text.len() > TEMPLATE_BYTES_MAX {
        return Err(format!("the format is {} bytes long, of at most {TEMPLATE_BYTES_MAX}", text.len()));
    }
    let (format, escape) = unwrapped(text);
    template(Dialect::of(&format), &format, escape)
}

/// Compiles `text`; `escape` where it is not as the dialect has it.
pub(super) fn template(dialect: Dialect, text: &str, escape: Option<Escape>) -> Result<Template, String> {
    let pieces = folded(dialect.pieces(text)?);
    check(dialect, &pieces)?;
    let mut lead = String::new();
    let mut parts: Vec<Part> = Vec::new();
    let mut pieces = pieces.into_iter().peekable();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Literal(literal) => lead = literal,
            Piece::Field(field, _) => {
                let until = match pieces.next_if(|next| matches!(next, Piece::Literal(_))) {
                    Some(Piece::Literal(literal)) => literal,
                    _ => String::new(),
                };
                let next = match pieces.peek() {
                    Some(Piece::Field(field, _)) if field.role() == Some(Role::Time) => Next::Time,
                    Some(Piece::Field(field, _)) if field.role() == Some(Role::Protocol) => Next::Protocol,
                    Some(_) => Next::Any,
                    None => Next::End,
                };
                parts.push(Part { field, until: until.into_bytes().into(), next });
            }
        }
    }
    Ok(Template { escape: escape.unwrap_or(dialect.escape()), is_syslog: dialect == Dialect::HaProxy, lead: lead.into_bytes().into(), parts })
}

/// `log_format NAME [escape=HOW] 'PART' 'PART';` of nginx, `LogFormat "FORMAT" NAME` of Apache, `log-format "FORMAT"` of HAProxy.
fn unwrapped(text: &str) -> (String, Option<Escape>) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim_end().trim_end_matches(';').trim();
    match word {
        "log_format" => {
            let escape = rest.split_whitespace().find_map(|word| word.strip_prefix("escape="));
            let escape = escape.map(|how| if how == "none" { Escape::None } else { Escape::Backslash });
            let start = rest.find(['\'', '"']).unwrap_or(rest.len());
            (quoted_parts(&rest[start..]).concat(), escape)
        }
        "LogFormat" => (quoted_parts(&rest[rest.find('"').unwrap_or(rest.len())..]).swap_remove(0), None),
        "log-format" if rest.starts_with('"') => (quoted_parts(rest).swap_remove(0), None),
        "log-format" => (rest.replace("\\ ", " "), None),
        // The quotes of a configuration file may have been copied with what is in them.
        _ => (if text.contains("\\\"") { text.trim_matches('"').replace("\\\"", "\"") } else { text.to_owned() }, None),
    }
}

/// The contents of the quotes, without their escapes; at least one.
fn quoted_parts(text: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(quote) = rest.chars().next().filter(|first| matches!(first, '\'' | '"')) {
        let mut part = String::new();
        let mut chars = rest[1..].chars();
        while let Some(char) = chars.next().filter(|char| *char != quote) {
            match char {
                '\\' => part.extend(chars.next().map(|escaped| if escaped == 't' { '\t' } else { escaped })),
                char => part.push(char),
            }
        }
        rest = chars.as_str().trim_start();
        parts.push(part);
    }
    if parts.is_empty() { vec![text.to_owned()] } else { parts }
}

/// Fields that are read better as one.
fn folded(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match (out.last_mut(), piece) {
            (Some(Piece::Literal(before)), Piece::Literal(literal)) => before.push_str(&literal),
            (_, piece) => out.push(piece),
        }
        fold_end(&mut out);
    }
    out
}

/// Folds what the last pieces are: an address and its port, a path and its query, scheme, host and path.
fn fold_end(out: &mut Vec<Piece>) {
    let (length, field) = match &out[..] {
        [.., Piece::Field(field, name), Piece::Literal(colon), Piece::Field(Field::Ignored, _)] if colon == ":" && field.role() == Some(Role::Client) => {
            (3, &Piece::Field(Field::Peer, name.clone()))
        }
        [.., a, Piece::Literal(colon), Piece::Field(Field::Ignored, _)] if colon == ":" && role(a) == Some(Role::Host) => (3, a),
        [.., a, b] if role(a) == Some(Role::Target) && role(b) == Some(Role::Query) => (2, a),
        [.., a, Piece::Literal(mark), b] if mark == "?" && role(a) == Some(Role::Target) && role(b) == Some(Role::Query) => (3, a),
        [.., a, Piece::Literal(colon), b, c]
            if colon == "://" && role(a) == Some(Role::Scheme) && role(b) == Some(Role::Host) && role(c) == Some(Role::Target) =>
        {
            (4, c)
        }
        [.., a @ Piece::Field(Field::Ignored, _), Piece::Field(Field::Ignored, _)] => (2, a),
        _ => return,
    };
    let field = field.clone();
    out.truncate(out.len() - length);
    out.push(field);
}

fn role(piece: &Piece) -> Option<Role> {
    match piece {
        Piece::Field(field, _) => field.role(),
        Piece::Literal(_) => None,
    }
}

/// Whether the pieces can tell a request.
fn check(dialect: Dialect, pieces: &[Piece]) -> Result<(), String> {
    for pair in pieces.windows(2) {
        if let [Piece::Field(_, a), Piece::Field(_, b)] = pair {
            return Err(format!("nothing stands between {a} and {b}, so that nobody can tell where one ends: put a space or a quote there"));
        }
    }
    let has = |wanted| pieces.iter().any(|piece| role(piece) == Some(wanted));
    if has(Role::RequestLine) || (has(Role::Method) && has(Role::Target)) {
        return Ok(());
    }
    let names: Vec<_> = pieces.iter().filter_map(|piece| if let Piece::Field(_, name) = piece { Some(name.as_str()) } else { None }).collect();
    let given = if names.is_empty() { "names no field".to_owned() } else { format!("names {}", names.join(", ")) };
    Err(format!("the format {given}, but no request: it needs {}", dialect.request_names()))
}
