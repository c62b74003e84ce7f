//! What texts mean that came lately, in a table of fixed size.

/// Each text has one place, by its length and a few of its bytes; who comes later takes it. A memory only: forgetting changes no result.
#[derive(Debug)]
pub struct Recent<T> {
    slots: Box<[Option<Entry<T>>]>,
}

#[derive(Clone, Debug)]
struct Entry<T> {
    text: Box<[u8]>,
    meaning: T,
}

/// Longer texts are not remembered.
const TEXT_BYTES_MAX: usize = 512;

impl<T: Clone> Recent<T> {
    /// A table of `slots` places, a power of two.
    pub fn new(slots: usize) -> Self {
        Recent { slots: vec![None; slots].into_boxed_slice() }
    }

    /// What `text` means, as it is remembered or as `find` finds it; what is found to mean nothing is not remembered.
    #[inline]
    pub fn get_or_find(&mut self, text: &[u8], find: impl FnOnce() -> Option<T>) -> Option<&T> {
        let at = place(text) as usize & (self.slots.len() - 1);
        let slot = &mut self.slots[at];
        if slot.as_ref().is_none_or(|known| *known.text != *text) {
            let meaning = find()?;
            *slot = Some(Entry { text: text[..text.len().min(TEXT_BYTES_MAX)].into(), meaning });
        }
        slot.as_ref().map(|known| &known.meaning)
    }
}

/// Mixes the length with eight bytes of each end and of the middle.
#[inline]
fn place(text: &[u8]) -> u64 {
    let word = |at: usize| text.get(at..).and_then(|rest| rest.first_chunk::<8>()).map_or(0, |bytes| u64::from_le_bytes(*bytes));
    let (first, middle, last) = match text.len() {
        0..8 => (text.iter().fold(0, |word, byte| word << 8 | u64::from(*byte)), 0, 0),
        length => (word(0), word(length / 2), word(length - 8)),
    };
    let mixed = (first ^ middle.rotate_left(21) ^ last.rotate_left(42) ^ text.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed >> 40
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_texts_apart_that_share_a_place() {
        let mut recent = Recent::new(1);
        for _ in 0..2 {
            for text in ["", "a", "0123456789", "0123456780", "9123456789"] {
                assert_eq!(recent.get_or_find(text.as_bytes(), || Some(text.to_owned())).unwrap(), text);
            }
        }
        assert_eq!(recent.get_or_find(b"9123456789", || unreachable!()).unwrap(), "9123456789");
    }

    #[test]
    fn a_long_text_is_found_each_time() {
        let (mut recent, long) = (Recent::new(4), [b'x'; TEXT_BYTES_MAX + 1]);
        for count in 0..3 {
            assert_eq!(recent.get_or_find(&long, || Some(count)), Some(&count));
        }
        assert_eq!(recent.get_or_find(b"nothing", || None), None);
    }
}
