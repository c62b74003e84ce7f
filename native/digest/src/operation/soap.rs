//! SOAP 1.1 and 1.2: the first element of the body, else the action.

use super::name::push_name;
use super::{Asked, Operation, operation};
use crate::xml::{Element, Tree};

/// Elements that are looked at: headers with signatures and certificates come before the body.
const ELEMENTS_MAX: usize = 512;
const NAMESPACES: [&[u8]; 2] = [b"http://schemas.xmlsoap.org/soap/envelope", b"http://www.w3.org/2003/05/soap-envelope"];

/// Whether the root is that of SOAP or XML-RPC, by its name.
pub(super) fn begins_known(body: &[u8]) -> bool {
    let mut rest = body;
    // What may stand before a root.
    for _ in 0..8 {
        let end: &[u8] = match rest {
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', ..] => break,
            _ => return false,
        };
        let Some(at) = memchr::memmem::find(rest, end) else { return false };
        rest = rest[at + end.len()..].trim_ascii_start();
    }
    let Some(tag) = rest.strip_prefix(b"<") else { return false };
    let Some(end) = tag.iter().take(64).position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/')) else { return false };
    let name = &tag[..end];
    matches!(&name[memchr::memrchr(b':', name).map_or(0, |colon| colon + 1)..], b"Envelope" | b"methodCall")
}

pub(super) fn operation_of<'a, F: Fn(&str) -> Option<&'a [u8]>>(body: &[u8], asked: &Asked<'a, F>) -> Option<Operation> {
    let tree = Tree::read(body, ELEMENTS_MAX);
    let root = tree.elements.first().filter(|root| tree.local_name(root) == b"Envelope")?;
    let header = (asked.header)("soapaction");
    let is_said = header.is_some() || asked.essence == "application/soap+xml";
    if !is_said && !NAMESPACES.iter().any(|namespace| memchr::memmem::find(tree.tag(root), namespace).is_some()) {
        return None;
    }
    let named = |parent: usize, is_it: &dyn Fn(&Element) -> bool| tree.elements.iter().position(|element| element.parent == Some(parent) && is_it(element));
    let first = named(0, &|element| tree.local_name(element) == b"Body").and_then(|body| named(body, &|_| true));
    let mut name = String::new();
    match first {
        Some(first) => push_name(tree.local_name(&tree.elements[first]), &mut name),
        None => push_action(header.or_else(|| action_of(asked.content_type)).unwrap_or_default(), &mut name),
    }
    let mut found = operation("soap", name);
    found.is_limited = tree.is_limited && first.is_none();
    Some(found)
}

/// Of a body that is not read.
pub(super) fn of_action<'a, F: Fn(&str) -> Option<&'a [u8]>>(asked: &Asked<'a, F>) -> Option<Operation> {
    let mut name = String::new();
    push_action((asked.header)("soapaction")?, &mut name);
    Some(operation("soap", name))
}

/// The last part of an address that names an action.
fn push_action(action: &[u8], name: &mut String) {
    let action = action.trim_ascii().strip_prefix(b"\"").and_then(|action| action.strip_suffix(b"\"")).unwrap_or(action);
    let last = action.rsplit(|byte| matches!(byte, b'/' | b'#' | b':')).next().unwrap_or_default();
    if !last.is_empty() {
        push_name(last, name);
    }
}

/// The parameter `action` of the media type (RFC 3902).
fn action_of(content_type: &[u8]) -> Option<&[u8]> {
    content_type.split(|byte| *byte == b';').skip(1).find_map(|parameter| parameter.trim_ascii().strip_prefix(b"action="))
}
