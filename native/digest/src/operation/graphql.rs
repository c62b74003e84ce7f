//! GraphQL: type and name of the operation out of the text of a query (GraphQL, October 2021, §2).

mod tokens;

use super::envelope::Envelope;
use super::name::push_name;
use super::{Operation, operation};
use tokens::{Selection, Token, Tokens};

const KIND: &str = "graphql";
const FRAGMENT: &str = "fragment";
const FRAGMENT_BYTES: &[u8] = FRAGMENT.as_bytes();

/// Bytes of a query that are looked at; an operation that begins behind them is not found.
pub const QUERY_BYTES_MAX: usize = 64 << 10;

/// Of a body, if it has a query that is one, or names a document that the server has.
pub(super) fn operation_of(envelope: &Envelope<'_>, whole: bool) -> Option<Operation> {
    match &envelope.query {
        Some(text) => of_text(text, envelope.operation_name.as_deref(), whole || !envelope.is_query_cut),
        None if envelope.end.is_none() && envelope.names_document() => Some(of_document(envelope.operation_name.as_deref())),
        None => None,
    }
}

/// Of a document that only the server has; its type is not known.
pub(super) fn of_document(name: Option<&[u8]>) -> Operation {
    operation(KIND, named("persisted", name))
}

/// Of a query; `wanted` tells which operation of several is meant. One without a name has that of its first field. Nothing where the text is no document.
pub(super) fn of_text(text: &[u8], wanted: Option<&[u8]>, whole: bool) -> Option<Operation> {
    let first = &text[..text.len().min(QUERY_BYTES_MAX)];
    let is_long = first.len() < text.len();
    let is_cut = is_long || !whole;
    let mut tokens = Tokens::new(first);
    let mut found: Option<Found<'_>> = None;
    let mut definitions = 0;
    while let Some(definition) = definition(&mut tokens)? {
        // A document that ends within a definition is none, unless its end was not seen.
        if definition.is_odd || !(definition.is_closed || is_cut) {
            return None;
        }
        definitions += 1;
        let is_wanted = wanted.is_some_and(|wanted| definition.name == Some(wanted));
        if definition.keyword != FRAGMENT && (found.is_none() || is_wanted) {
            found = Some(Found { keyword: definition.keyword, name: definition.name.or(definition.field), is_wanted });
        }
        if is_wanted || !definition.is_closed {
            break;
        }
    }
    let mut operation = match &found {
        Some(Found { keyword, name, .. }) => operation(KIND, named(keyword, *name)),
        None if is_long && definitions > 0 => operation(KIND, String::new()),
        None => return None,
    };
    operation.is_limited = is_long && found.is_none_or(|found| wanted.is_some() && !found.is_wanted);
    Some(operation)
}

struct Found<'b> {
    keyword: &'static str,
    name: Option<&'b [u8]>,
    is_wanted: bool,
}

/// An operation or a fragment.
struct Definition<'b> {
    keyword: &'static str,
    name: Option<&'b [u8]>,
    field: Option<&'b [u8]>,
    is_closed: bool,
    is_odd: bool,
}

/// The next definition, a head that was cut off left out. Nothing at all where there is something else.
fn definition<'b>(tokens: &mut Tokens<'b>) -> Option<Option<Definition<'b>>> {
    let (keyword, name) = match tokens.next() {
        Token::End => return Some(None),
        Token::Mark(b'{') => ("query", None),
        Token::Name(b"query") => ("query", tokens.until_selection()?),
        Token::Name(b"mutation") => ("mutation", tokens.until_selection()?),
        Token::Name(b"subscription") => ("subscription", tokens.until_selection()?),
        Token::Name(FRAGMENT_BYTES) => {
            let Token::Name(_) = tokens.next() else { return None };
            (FRAGMENT, tokens.until_selection()?)
        }
        _ => return None,
    };
    let Selection { field, is_closed, is_odd } = tokens.selection();
    Some(Some(Definition { keyword, name, field, is_closed, is_odd }))
}

fn named(keyword: &str, name: Option<&[u8]>) -> String {
    let mut shown = keyword.to_owned();
    if let Some(name) = name {
        shown.push(' ');
        push_name(name, &mut shown);
    }
    shown
}
