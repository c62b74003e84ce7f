//! Names with values in a row, as objects: queries, forms, parts of a multipart body.

use crate::Cx;
use crate::classes::KeyHint;
use crate::shape::{Field, Node};
use std::borrow::Cow;

/// One named value. `a[]` and `a[0]` have the name `a` and are items, `a[b]` is the member `b` of the object `a`.
pub(crate) struct Pair<'b, V> {
    pub name: Cow<'b, [u8]>,
    inner: Inner,
    pub value: V,
}

#[derive(PartialEq)]
enum Inner {
    None,
    Item,
    Member(Vec<u8>),
}

impl<'b, V> Pair<'b, V> {
    /// A pair by its decoded name.
    pub fn new(name: Cow<'b, [u8]>, value: V) -> Self {
        let Some(open) = name.iter().position(|byte| *byte == b'[').filter(|open| *open > 0 && name.contains(&b']')) else {
            return Pair { name, inner: Inner::None, value };
        };
        let inner = &name[open + 1..];
        let inner = &inner[..inner.iter().position(|byte| *byte == b']').unwrap_or(inner.len())];
        let inner = if inner.iter().all(u8::is_ascii_digit) { Inner::Item } else { Inner::Member(inner.to_vec()) };
        let name = match name {
            Cow::Borrowed(name) => Cow::Borrowed(&name[..open]),
            Cow::Owned(name) => Cow::Owned(name[..open].to_vec()),
        };
        Pair { name, inner, value }
    }
}

/// Counts the pairs as members of one object, which the caller counts. A name that comes more than once is one array.
/// Quadratic in the pairs, of which the caller passes `parameters_max` at most.
pub(crate) fn digest_pairs<V>(pairs: &[Pair<V>], node: &mut Node, cx: &mut Cx, mut observe: impl FnMut(&V, &mut Node, &KeyHint, &mut Cx)) {
    let mut expected = 0;
    for (index, pair) in pairs.iter().enumerate() {
        if pairs[..index].iter().any(|earlier| earlier.name == pair.name) {
            continue;
        }
        let Some(at) = node.field_at(&pair.name, expected, cx) else {
            node.fold_field();
            continue;
        };
        expected = at + 1;
        let Field { node: child, hint, .. } = &mut node.fields[at];
        let group = || pairs[index..].iter().filter(|other| other.name == pair.name);
        if group().any(|other| matches!(other.inner, Inner::Member(_))) {
            digest_members(group(), child, cx, &mut observe);
        } else if pair.inner == Inner::Item || group().nth(1).is_some() {
            let mut items = 0;
            for other in group() {
                items += 1;
                if let Some(item) = child.item_mut(cx) {
                    observe(&other.value, item, hint, cx);
                }
            }
            child.observe_array(items);
        } else {
            observe(&pair.value, child, hint, cx);
        }
    }
}

fn digest_members<'p, 'b: 'p, V: 'p>(
    group: impl Iterator<Item = &'p Pair<'b, V>>,
    node: &mut Node,
    cx: &mut Cx,
    observe: &mut impl FnMut(&V, &mut Node, &KeyHint, &mut Cx),
) {
    for pair in group {
        let Inner::Member(name) = &pair.inner else { continue };
        let Some(at) = node.field_at(name, 0, cx) else {
            node.fold_field();
            continue;
        };
        let Field { node: child, hint, .. } = &mut node.fields[at];
        observe(&pair.value, child, hint, cx);
    }
    node.observe_object();
}
