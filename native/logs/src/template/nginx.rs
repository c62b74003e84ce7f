//! `$name` and `${name}`: variables of nginx (ngx_http_log_module), `$context` variables of AWS API Gateway, names of our own fields.

use crate::fields::Field;

use super::dialect::Piece;

/// The pieces of a template. Any name may stand in it, since configurations make variables of their own: one that means nothing here
/// is passed over.
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut literal = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        literal.push_str(&rest[..at]);
        rest = &rest[at..];
        let (name, length) = variable(rest);
        if name.is_empty() {
            literal.push('$');
            rest = &rest[1..];
            continue;
        }
        if !literal.is_empty() {
            pieces.push(Piece::Literal(std::mem::take(&mut literal)));
        }
        // The question mark of a query, where there is one: path and query are taken together.
        if name != "is_args" {
            pieces.push(Piece::Field(field(name), format!("${name}")));
        }
        rest = &rest[length..];
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Literal(literal));
    }
    pieces
}

/// The name of the variable that `text` starts with, and how long it is written.
fn variable(text: &str) -> (&str, usize) {
    if let Some(inside) = text.strip_prefix("${") {
        return inside.find('}').map_or(("", 0), |end| (&inside[..end], end + 3));
    }
    let name = &text[1..];
    let has_levels = name.starts_with("context.");
    let length = name.find(|byte: char| !(byte.is_ascii_alphanumeric() || byte == '_' || (has_levels && byte == '.'))).unwrap_or(name.len());
    (&name[..length], length + 1)
}

/// `$context.identity.sourceIp` is known by its last word.
fn field(name: &str) -> Field {
    let name = name.strip_prefix("context.").and_then(|name| name.rsplit('.').next()).unwrap_or(name);
    Field::named(name).unwrap_or(Field::Ignored)
}
