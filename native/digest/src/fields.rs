//! Children of a [`Node`] by name: how names are found, how they cross the privacy boundary, and which stay when there are too many.

use crate::Cx;
use crate::classes::{KeyHint, classify_text};
use crate::hash::priority;
use crate::lexical::lexical_class;
use crate::limits::Limits;
use crate::name_head::NameHead;
use crate::public::is_public_name;
use crate::shape::{Field, Node};
use tapistry_wire::weird::Weird;

impl Node {
    /// The child for a name as sent; `None` where it does not fit, then [`Node::fold_field`] counts its value.
    /// Names that are not public become `{class}`. The receiver must be the root of a summary.
    pub fn field_mut(&mut self, name: &[u8], cx: &mut Cx) -> Option<&mut Field> {
        cx.enter(self);
        let at = self.field_at(name, 0, cx);
        cx.leave(self);
        at.map(|at| &mut self.fields[at])
    }

    /// As [`Node::field_mut`], for a name of ours that is public whatever it looks like, such as the index of a path segment.
    /// It is looked for at `expected` first.
    pub fn known_field_mut(&mut self, name: &str, expected: usize, hint: KeyHint, cx: &mut Cx) -> Option<&mut Field> {
        if self.fields.get(expected).is_some_and(|field| &*field.name == name) {
            return self.fields.get_mut(expected);
        }
        cx.enter(self);
        let at = self.known_child(name, hint, cx);
        cx.leave(self);
        at.map(|at| &mut self.fields[at])
    }

    /// Where the child of a name of ours is.
    pub(crate) fn known_child(&mut self, name: &str, hint: KeyHint, cx: &mut Cx) -> Option<usize> {
        match self.fields.iter().position(|field| &*field.name == name) {
            Some(at) => Some(at),
            None => self.add_field(name, hint, false, cx),
        }
    }

    /// Counts one value whose name did not fit.
    pub fn fold_field(&mut self) {
        self.fields_folded += 1;
    }

    /// The node of array items; `None` where it does not fit.
    pub(crate) fn item_mut(&mut self, cx: &mut Cx) -> Option<&mut Node> {
        if self.items.is_none() && take_node(cx) {
            self.items = Some(Box::new(Node::new(cx.limits)));
        }
        self.items.as_deref_mut()
    }

    /// Where the child for `name` is, looked for from `expected` on; added where it fits.
    #[inline]
    pub(crate) fn field_at(&mut self, name: &[u8], expected: usize, cx: &mut Cx) -> Option<usize> {
        let head = NameHead::of(name);
        match self.fields.get(expected) {
            Some(field) if field.is_named(name, head) => Some(expected),
            _ => self.find_field(name, head, expected, cx),
        }
    }

    fn find_field(&mut self, name: &[u8], head: NameHead, expected: usize, cx: &mut Cx) -> Option<usize> {
        let from = expected.min(self.fields.len());
        let (before, after) = self.fields.split_at(from);
        let is_it = |field: &Field| field.is_named(name, head);
        if let Some(at) = after.iter().position(is_it) {
            return Some(from + at);
        }
        if let Some(at) = before.iter().position(is_it) {
            return Some(at);
        }
        match std::str::from_utf8(name) {
            Ok(text) if is_public_name(name) => self.add_field(text, KeyHint::of_name(name), false, cx),
            _ => self.class_field(name, cx),
        }
    }

    fn class_field(&mut self, name: &[u8], cx: &mut Cx) -> Option<usize> {
        let class = match classify_text(&name[..name.len().min(cx.limits.class_bytes_max)], &KeyHint::default()) {
            Some(class) => {
                cx.classes.insert(class);
                class.id()
            }
            None => lexical_class(name).name(),
        };
        match self.fields.iter().position(|field| field.is_class && field.name[1..field.name.len() - 1] == *class) {
            Some(at) => Some(at),
            None => self.add_field(&format!("{{{class}}}"), KeyHint::default(), true, cx),
        }
    }

    /// Adds a child that is not there; what has the largest priority gives way, whatever came first.
    fn add_field(&mut self, name: &str, hint: KeyHint, is_class: bool, cx: &mut Cx) -> Option<usize> {
        let priority = priority(name.as_bytes());
        if self.fields.len() >= cx.limits.fields_max {
            let last = self.last_by_priority()?;
            if (priority, name) > (self.fields[last].priority, &*self.fields[last].name) {
                return None;
            }
            let dropped = self.fields.swap_remove(last).node;
            self.fields_folded += dropped.seen;
            cx.nodes = cx.nodes.saturating_sub(1 + dropped.count_below());
        }
        if !take_node(cx) {
            return None;
        }
        let node = Node::new(cx.limits);
        self.fields.push(Field { name: name.into(), priority, hint, node, head: NameHead::of(name.as_bytes()), is_class });
        Some(self.fields.len() - 1)
    }

    fn last_by_priority(&self) -> Option<usize> {
        (0..self.fields.len()).max_by(|a, b| {
            let (a, b) = (&self.fields[*a], &self.fields[*b]);
            (a.priority, &a.name).cmp(&(b.priority, &b.name))
        })
    }

    pub(crate) fn merge_fields(&mut self, others: Vec<Field>, limits: &Limits) {
        for other in others {
            match self.fields.iter_mut().find(|field| field.name == other.name) {
                Some(field) => field.node.merge(other.node, limits),
                None => self.fields.push(other),
            }
        }
        if self.fields.len() > limits.fields_max {
            self.fields.sort_unstable_by(|a, b| (a.priority, &a.name).cmp(&(b.priority, &b.name)));
            for folded in self.fields.drain(limits.fields_max..) {
                self.fields_folded += folded.node.seen;
            }
        }
    }

    pub(crate) fn count_below(&self) -> u32 {
        let fields: u32 = self.fields.iter().map(|field| 1 + field.node.count_below()).sum();
        fields + self.items.as_ref().map_or(0, |items| 1 + items.count_below())
    }
}

impl Field {
    /// Whether this is the child of that name as sent, whose head is given; a name that fits into its head is not looked up in memory.
    #[inline]
    fn is_named(&self, name: &[u8], head: NameHead) -> bool {
        self.name.len() == name.len() && self.head == head && !self.is_class && (NameHead::holds(name) || self.name.as_bytes() == name)
    }
}

/// Takes one node of what the root may have; what does not fit is told by a weird.
fn take_node(cx: &mut Cx) -> bool {
    if cx.nodes >= cx.limits.nodes_max {
        cx.weirds.insert(Weird::DigestLimit);
        return false;
    }
    cx.nodes += 1;
    true
}
