//! Items of an array that come again as the same text, such as the products of a list that many ask for: they are read once, counted as they
//! pass, and their counts are added when the summary is done ([`Node::settle`]). Since a summary knows no order, it is the same.

use crate::Cx;
use crate::classes::{ClassSet, KeyHint};
use crate::hash::KeyedHash;
use crate::json::digest_json_at;
use crate::limits::Limits;
use crate::shape::Node;
use std::cell::Cell;

/// What tells an item from others; shorter ones cost less to read than to look up.
const HEAD_BYTES: usize = 64;
/// Longer texts are not kept.
const TEXT_BYTES_MAX: usize = 4096;
/// Items that are kept of one array.
const ITEMS_MAX: usize = 64;
/// So many that few share one.
const PLACES: usize = 256;
/// After so many items none of which came again nothing more is looked up.
const MISSES_MAX: u32 = 256;
/// What came again more often is read into a summary of its own, which is multiplied.
const TIMES_FEW: u64 = 3;

/// The items of one array.
#[derive(Clone, Debug)]
pub(crate) struct Repeats {
    hint: KeyHint,
    depth: usize,
    items: Vec<Item>,
    /// By the hash of its first bytes, or next to that, where an item stands in `items`, plus one.
    places: [u8; PLACES],
    misses: u32,
}

#[derive(Clone, Debug)]
struct Item {
    text: Box<[u8]>,
    classes: ClassSet,
    /// How often it came again.
    times: u64,
}

/// What [`Repeats::find`] knows of what comes next.
pub(crate) enum Found {
    /// It begins with an item of this length that was counted, of these classes.
    Again(usize, ClassSet),
    /// An item that belongs at this place: [`Repeats::keep`] it.
    New(usize),
    /// Nothing that is looked up.
    Other,
}

impl Repeats {
    /// Those of the items of an array, where there is room for them.
    #[inline]
    pub fn of<'n>(items: &'n mut Node, hint: &KeyHint, depth: usize, room: &Cell<usize>) -> Option<&'n mut Self> {
        if items.repeats.is_none() && take(room, size_of::<Self>()) {
            items.repeats = Some(Box::new(Self { hint: *hint, depth, items: Vec::new(), places: [0; PLACES], misses: 0 }));
        }
        items.repeats.as_deref_mut()
    }

    /// Looks for the object at the beginning of `text`. One object is never the beginning of another, so it is that one, wherever it ends.
    #[inline]
    pub fn find(&mut self, text: &[u8], hint: &KeyHint, depth: usize) -> Found {
        if self.misses >= MISSES_MAX || self.depth != depth || self.hint != *hint {
            return Found::Other;
        }
        let Some(head) = text.first_chunk::<HEAD_BYTES>() else { return Found::Other };
        let mut free = None;
        let first = place(head);
        for place in [first, first ^ 1] {
            let Some(at) = usize::from(self.places[place]).checked_sub(1) else {
                free = free.or(Some(place));
                continue;
            };
            let item = &mut self.items[at];
            if text.starts_with(&item.text) {
                item.times += 1;
                self.misses = 0;
                return Found::Again(item.text.len(), item.classes);
            }
        }
        self.misses += 1;
        free.map_or(Found::Other, Found::New)
    }

    /// Keeps an item that was read without anything odd, where there is room.
    pub fn keep(&mut self, place: usize, text: &[u8], classes: ClassSet, room: &Cell<usize>) {
        let may_stay = self.items.len() < ITEMS_MAX && (HEAD_BYTES..=TEXT_BYTES_MAX).contains(&text.len());
        if may_stay && take(room, text.len() + size_of::<Item>()) {
            self.items.push(Item { text: text.into(), classes, times: 0 });
            self.places[place] = self.items.len() as u8;
        }
    }
}

/// Takes bytes of the room, where it has so many.
fn take(room: &Cell<usize>, bytes: usize) -> bool {
    let left = room.get().checked_sub(bytes);
    room.set(left.unwrap_or(room.get()));
    left.is_some()
}

/// Where an item belongs.
#[inline]
fn place(head: &[u8; HEAD_BYTES]) -> usize {
    let (words, _) = head.as_chunks::<8>();
    let hash = words.iter().fold(0u64, |hash, word| (hash.rotate_left(29) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    (hash >> 56) as usize % PLACES
}

impl Node {
    /// Adds what came again; before that, the summary must not be read or merged.
    pub fn settle(&mut self, hash: &KeyedHash, limits: &Limits) {
        self.fields.iter_mut().for_each(|field| field.node.settle(hash, limits));
        if let Some(items) = &mut self.items {
            items.settle(hash, limits);
        }
        let Some(repeats) = self.repeats.take() else { return };
        for Item { text, times, .. } in repeats.items.iter().filter(|item| item.times > 0) {
            let read = |node: &mut Node| digest_json_at(text, node, &repeats.hint, repeats.depth, &mut Cx::new(hash, limits));
            if *times <= TIMES_FEW {
                (0..*times).for_each(|_| read(self));
            } else {
                let mut one = Node::new(limits);
                read(&mut one);
                one.multiply(*times);
                self.merge(one, limits);
            }
        }
    }

    /// As if all of it had been observed so many times.
    fn multiply(&mut self, times: u64) {
        let Node { seen, nulls, booleans, integers, numbers, strings, arrays, objects, fields_folded, .. } = self;
        for count in [seen, nulls, booleans, integers, numbers, strings, arrays, objects, fields_folded] {
            *count *= times;
        }
        self.formats.multiply(times);
        self.classes.multiply(times);
        self.values.multiply(times);
        self.fields.iter_mut().for_each(|field| field.node.multiply(times));
        if let Some(items) = &mut self.items {
            items.multiply(times);
        }
    }
}
