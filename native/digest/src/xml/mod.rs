//! XML bodies: elements and attributes as members of objects.

mod scan;

use crate::Cx;
use crate::classes::KeyHint;
use crate::place::observe_untyped;
use crate::shape::{Field, Node};
pub(crate) use scan::{Element, Tree};
use tapistry_wire::weird::Weird;

/// Name of the text of an element that has attributes or children too.
const MIXED_TEXT: &str = "#text";

/// Counts one document as an object whose member is the root element. An element with attributes or children is an object, of repeated
/// children an array; any other is its text, untyped. Names lose their prefix, namespace declarations are left out, entities that the
/// document declares are not expanded. An element that did not end is not counted, its children are.
pub(crate) fn digest_xml(bytes: &[u8], whole: bool, node: &mut Node, cx: &mut Cx) {
    let tree = Tree::read(bytes, cx.limits.elements_max);
    if tree.is_limited {
        cx.weirds.insert(Weird::DigestLimit);
    }
    if !tree.is_whole() {
        cx.weirds.insert(if whole { Weird::DigestInvalid } else { Weird::DigestTruncated });
    }
    let Some(root) = tree.elements.first() else { return };
    let children = tree.children();
    let Some(at) = node.field_at(tree.local_name(root), 0, cx) else {
        node.fields_folded += u64::from(root.is_closed);
        return;
    };
    let Field { node: child, hint, .. } = &mut node.fields[at];
    digest_element(&tree, &children, 0, child, hint, 1, cx);
    if root.is_closed && tree.is_whole() {
        node.observe_object();
    }
}

fn digest_element(tree: &Tree, children: &[Vec<u32>], index: usize, node: &mut Node, hint: &KeyHint, depth: usize, cx: &mut Cx) {
    let element = &tree.elements[index];
    let attributes = tree.attributes(element);
    if attributes.is_empty() && children[index].is_empty() {
        if element.is_closed {
            observe_untyped(node, &tree.text(element), hint, cx);
        }
        return;
    }
    if depth >= cx.limits.depth_max {
        cx.weirds.insert(Weird::DigestLimit);
    } else {
        for (name, value) in &attributes {
            match node.field_at(name, 0, cx) {
                Some(at) => {
                    let Field { node: child, hint, .. } = &mut node.fields[at];
                    observe_untyped(child, value, hint, cx);
                }
                None => node.fold_field(),
            }
        }
        digest_children(tree, children, &children[index], node, depth, cx);
        digest_mixed_text(tree, element, node, cx);
    }
    if element.is_closed {
        node.observe_object();
    }
}

/// Children in groups of one name; `group` is sorted by name.
fn digest_children(tree: &Tree, children: &[Vec<u32>], group: &[u32], node: &mut Node, depth: usize, cx: &mut Cx) {
    let name_of = |index: &u32| tree.local_name(&tree.elements[*index as usize]);
    for group in group.chunk_by(|a, b| name_of(a) == name_of(b)) {
        let is_certain = |index: &&u32| tree.elements[**index as usize].is_closed;
        let Some(at) = node.field_at(name_of(&group[0]), 0, cx) else {
            node.fields_folded += u64::from(group.iter().all(|index| is_certain(&index)));
            continue;
        };
        let Field { node: child, hint, .. } = &mut node.fields[at];
        if let [only] = group {
            digest_element(tree, children, *only as usize, child, hint, depth + 1, cx);
            continue;
        }
        for index in group {
            if let Some(item) = child.item_mut(cx) {
                digest_element(tree, children, *index as usize, item, hint, depth + 1, cx);
            }
        }
        if group.iter().all(|index| is_certain(&index)) {
            child.observe_array(u32::try_from(group.len()).unwrap_or(u32::MAX));
        }
    }
}

fn digest_mixed_text(tree: &Tree, element: &Element, node: &mut Node, cx: &mut Cx) {
    let text = tree.text(element);
    if text.is_empty() || !element.is_closed {
        return;
    }
    match node.known_child(MIXED_TEXT, KeyHint::default(), cx) {
        Some(at) => observe_untyped(&mut node.fields[at].node, &text, &KeyHint::default(), cx),
        None => node.fold_field(),
    }
}
