//! Which path segments are literals, remembered: most segments of most paths are words that came before.

use super::KnownLiterals;
use crate::classes::KeyHint;
use crate::lexical::LexicalClass;
use crate::name_head::NameHead;
use crate::public::{Verdict, judge_literal};

/// Slots of the memory; a power of two.
const SLOTS: usize = 1024;

/// The literals of registered specs, and a memory of what was judged. A memory only: forgetting changes no result.
#[derive(Debug)]
pub struct Literals {
    known: KnownLiterals,
    slots: Box<[Slot]>,
}

#[derive(Clone, Copy, Debug)]
struct Slot {
    head: NameHead,
    length: u8,
    says: KeyHint,
}

impl Literals {
    /// Nothing remembered; `known` are shown whatever they look like.
    pub fn new(known: KnownLiterals) -> Self {
        let empty = Slot { head: NameHead::of(b""), length: 0, says: KeyHint::default() };
        Literals { known, slots: vec![empty; SLOTS].into_boxed_slice() }
    }

    /// For a literal, public by its looks or known, what it says about a value behind it; for a value its class, where that had to be known.
    /// Percent-encoded text is judged as it is meant.
    #[inline]
    pub(super) fn find(&mut self, segment: &[u8], is_number: bool) -> Result<KeyHint, Option<LexicalClass>> {
        // Numbers are the commonest values, and no literals but where a spec says so.
        if is_number && !self.is_known(segment) {
            return Err(Some(LexicalClass::Int));
        }
        if !NameHead::holds(segment) {
            return self.judge(segment);
        }
        let (head, length) = (NameHead::of(segment), segment.len() as u8);
        let at = head.mixed() as usize % SLOTS;
        let slot = &self.slots[at];
        if slot.head == head && slot.length == length {
            return Ok(slot.says);
        }
        // Values are not remembered: they are many, and would push the words out.
        let says = self.judge(segment)?;
        self.slots[at] = Slot { head, length, says };
        Ok(says)
    }

    /// Whether a registered spec spells the segment out.
    pub(super) fn is_known(&self, segment: &[u8]) -> bool {
        !self.known.is_empty() && self.known.contains(segment)
    }

    fn judge(&self, segment: &[u8]) -> Result<KeyHint, Option<LexicalClass>> {
        match judge_literal(segment) {
            Verdict::Value(class) if !self.is_known(segment) => Err(class),
            _ => Ok(KeyHint::of_name(segment)),
        }
    }
}
