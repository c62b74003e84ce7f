//! Summaries of many scalars in little memory, independent of order.

use std::cmp::Ordering;

/// Distinct values kept where nothing else is said.
pub const VALUES_MAX: usize = 64;
const LOW_BITS: u32 = 16;
const LOW: u64 = (1 << LOW_BITS) - 1;

/// Distinct values, each with its exact count, up to a bound. Beyond it either a sample stays, the values with the smallest keyed hashes
/// (bottom-k): one that ever fell out never comes back, since `max` smaller ones exist, so counts are exact whatever the order. Or nothing
/// stays, where only a closed set is of use, and `max` is 0 from then on. Merging is exact in both.
#[derive(Clone, Debug)]
pub struct Values {
    /// Ascending.
    entries: Vec<Entry>,
    /// Larger hashes have no room; kept here so that most values cost no look at `entries`.
    hash_max: u64,
    #[allow(clippy::box_collection, reason = "8 bytes where a vector takes 24, and mostly not there")]
    texts: Option<Box<Vec<Box<str>>>>,
    max: u16,
    is_sample: bool,
}

/// 16 bytes, because there are many.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// Hash in the upper 48 bits, so that entries sort by it; below it the place of the text in `texts` plus one, 0 for none.
    key: u64,
    /// Count in the upper 48 bits, below it the caller's note on the value.
    count: u64,
}

/// One entry of [`Values`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Value<'a> {
    /// 48 bits of a keyed hash.
    pub hash: u64,
    /// How often it was seen.
    pub count: u64,
    /// The text, only where it is public.
    pub text: Option<&'a str>,
}

/// What [`Values::count`] knows of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Counted {
    /// It was there, and this is the note on it; it is counted.
    Known { at: usize, note: u16 },
    /// It is new and belongs at this place: [`Values::add`] it.
    New { at: usize },
    /// There is no room for it.
    Left,
}

impl Default for Values {
    fn default() -> Self {
        Self::sample(VALUES_MAX)
    }
}

impl Values {
    /// The `max` (1 to 65,535) values with the smallest hashes; allocates nothing yet.
    pub fn sample(max: usize) -> Self {
        let max = u16::try_from(max).unwrap_or(u16::MAX).max(1);
        Self { entries: Vec::new(), hash_max: u64::MAX, texts: None, max, is_sample: true }
    }

    /// All values while they are fewer than `max`, none afterwards; allocates nothing yet.
    pub fn closed(max: usize) -> Self {
        Self { is_sample: false, ..Self::sample(max) }
    }

    /// Whether a sample stays of very many values.
    pub fn is_sample(&self) -> bool {
        self.is_sample
    }

    /// Whether there were so many values that none is kept any more.
    pub fn is_forgotten(&self) -> bool {
        self.max == 0
    }

    /// Distinct values that are kept at most; fewer than that are all there were.
    pub fn max(&self) -> usize {
        usize::from(self.max)
    }

    /// Counts one value. `text` must be a pure function of the value and `None` unless it is public.
    pub fn observe(&mut self, hash: u64, text: Option<&[u8]>) {
        if let Counted::New { at } = self.count(hash) {
            self.add(at, hash, 0, text);
        }
    }

    /// Counts one value if it is there; one that is new is to be added by the caller.
    #[inline]
    pub(crate) fn count(&mut self, hash: u64) -> Counted {
        if hash > self.hash_max {
            return Counted::Left;
        }
        match self.find(hash) {
            Ok(at) => {
                let count = &mut self.entries[at].count;
                *count += 1 << LOW_BITS;
                Counted::Known { at, note: *count as u16 }
            }
            Err(at) => Counted::New { at },
        }
    }

    /// Adds a new value, at the place that [`Values::count`] told, with a note that only the caller understands.
    pub(crate) fn add(&mut self, at: usize, hash: u64, note: u16, text: Option<&[u8]>) {
        self.insert(at, hash, 1 << LOW_BITS | u64::from(note), text.and_then(|text| std::str::from_utf8(text).ok()));
    }

    /// Changes the note on a value, and gives it a text if it has none.
    pub(crate) fn annotate(&mut self, at: usize, note: u16, text: Option<&[u8]>) {
        let Some(entry) = self.entries.get_mut(at) else { return };
        entry.count = entry.count & !LOW | u64::from(note);
        if let Some(text) = text.and_then(|text| std::str::from_utf8(text).ok()) {
            self.set_text(at, text);
        }
    }

    /// Adds all of `other`; the smaller `max` of the two holds afterwards, as only that many are known exactly, and a sample of one
    /// side does not stay.
    pub fn merge(&mut self, other: &Values) {
        self.is_sample &= other.is_sample;
        self.max = self.max.min(other.max);
        while self.entries.len() > self.max() {
            self.drop_last();
        }
        for (entry, value) in other.entries.iter().zip(other.entries()) {
            match self.find(value.hash) {
                Ok(at) => {
                    self.entries[at].count += value.count << LOW_BITS;
                    if let Some(text) = value.text {
                        self.set_text(at, text);
                    }
                }
                Err(at) if at < self.max() => self.insert(at, value.hash, entry.count, value.text),
                Err(_) => break,
            }
        }
        if !self.is_sample && self.entries.len() >= self.max() {
            self.forget();
        }
        self.set_hash_max();
    }

    /// As if every value had been counted so many times.
    pub(crate) fn multiply(&mut self, times: u64) {
        for entry in &mut self.entries {
            entry.count = (entry.count >> LOW_BITS).wrapping_mul(times) << LOW_BITS | entry.count & LOW;
        }
    }

    /// Ascending by hash. Fewer than `max` entries: these are all values there were.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Value<'_>> {
        self.entries.iter().map(|entry| Value {
            hash: entry.key >> LOW_BITS,
            count: entry.count >> LOW_BITS,
            text: (entry.key as u16).checked_sub(1).and_then(|at| self.texts.as_ref()?.get(usize::from(at))).map(|text| &**text),
        })
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no value was seen.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && !self.is_forgotten()
    }

    /// Hashes are spread evenly, so the place can be told within a few entries: one look at memory where halving takes six.
    #[inline]
    fn find(&self, hash: u64) -> Result<usize, usize> {
        let count = self.entries.len();
        let spread = if self.hash_max == u64::MAX { 1 << 48 } else { self.hash_max + 1 };
        let mut at = (hash.wrapping_mul(count as u64) / spread) as usize;
        at = at.min(count);
        while at > 0 && self.entries[at - 1].key >> LOW_BITS >= hash {
            at -= 1;
        }
        while let Some(entry) = self.entries.get(at) {
            match (entry.key >> LOW_BITS).cmp(&hash) {
                Ordering::Less => at += 1,
                Ordering::Equal => return Ok(at),
                Ordering::Greater => break,
            }
        }
        Err(at)
    }

    #[cold]
    fn insert(&mut self, at: usize, hash: u64, count: u64, text: Option<&str>) {
        if !self.is_sample && self.entries.len() + 1 >= self.max() {
            return self.forget();
        }
        if self.entries.len() >= self.max() {
            self.drop_last();
        }
        self.entries.insert(at, Entry { key: hash << LOW_BITS, count });
        if let Some(text) = text {
            self.set_text(at, text);
        }
        self.set_hash_max();
    }

    fn forget(&mut self) {
        *self = Self { max: 0, hash_max: 0, ..Self::closed(1) };
    }

    fn set_hash_max(&mut self) {
        let is_full = self.entries.len() >= self.max();
        self.hash_max = self.entries.last().filter(|_| is_full).map_or(u64::MAX, |last| last.key >> LOW_BITS);
    }

    fn set_text(&mut self, at: usize, text: &str) {
        if self.entries[at].key & LOW == 0 {
            let texts = self.texts.get_or_insert_default();
            texts.push(text.into());
            self.entries[at].key |= texts.len() as u64;
        }
    }

    /// Forgets the largest hash; its text's place is taken by the last text, whose entry is told.
    fn drop_last(&mut self) {
        let (Some(last), texts) = (self.entries.pop(), self.texts.as_mut()) else { return };
        let (slot, Some(texts)) = (last.key & LOW, texts) else { return };
        if slot == 0 {
            return;
        }
        let moved = texts.len() as u64;
        texts.swap_remove(slot as usize - 1);
        if let Some(entry) = self.entries.iter_mut().find(|entry| slot != moved && entry.key & LOW == moved) {
            entry.key = entry.key & !LOW | slot;
        }
    }
}

#[cfg(test)]
#[path = "sketch_tests.rs"]
mod tests;
