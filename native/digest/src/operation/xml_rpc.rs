//! XML-RPC: the method.

use super::name::shown_parts;
use super::{Operation, operation};
use crate::xml::Tree;

/// Elements before which the name of the method must have come.
const ELEMENTS_MAX: usize = 4;

pub(super) fn operation_of(body: &[u8]) -> Option<Operation> {
    let tree = Tree::read(body, ELEMENTS_MAX);
    tree.elements.first().filter(|root| tree.local_name(root) == b"methodCall")?;
    let method = tree.elements.iter().find(|element| element.parent == Some(0) && element.is_closed && tree.local_name(element) == b"methodName")?;
    Some(operation("xml-rpc", shown_parts(&tree.text(method))))
}
