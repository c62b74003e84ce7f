//! The dynamic table (RFC 7541 §2.3.2): newest first, in one buffer, with what is not known of an entry.

use std::collections::VecDeque;

/// The size of a table before anything is said (RFC 9113 §6.5.2).
const SIZE_DEFAULT: usize = 4096;
/// Larger tables are not kept: what is in them beyond that is unknown.
pub(super) const SIZE_MAX: usize = 64 << 10;
/// What an entry counts beside its texts (RFC 7541 §4.1).
const ENTRY_BYTES: usize = 32;

#[derive(Debug)]
pub(super) struct Table {
    /// Texts, oldest first; those before the first entry's are dead.
    bytes: Vec<u8>,
    entries: VecDeque<Entry>,
    size: usize,
    size_max: usize,
    /// Entries were put in that were not seen.
    pub is_lost: bool,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    start: u32,
    name: u32,
    value: u32,
    has_name: bool,
    has_value: bool,
}

impl Entry {
    fn size(&self) -> usize {
        (self.name + self.value) as usize + ENTRY_BYTES
    }
}

/// Name and value, as far as they are known.
pub(super) type Known<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

impl Table {
    pub fn new() -> Self {
        Table { bytes: Vec::new(), entries: VecDeque::new(), size: 0, size_max: SIZE_DEFAULT, is_lost: false }
    }

    /// Bytes that it takes.
    pub fn held_bytes(&self) -> usize {
        self.bytes.capacity() + self.entries.capacity() * size_of::<Entry>()
    }

    /// Nothing is known of what is in the table; what is put in from here on is.
    pub fn lose(&mut self) {
        self.entries.clear();
        self.bytes.clear();
        // Who keeps more than the sender keeps is never asked for it.
        (self.size, self.size_max, self.is_lost) = (0, SIZE_MAX, true);
    }

    /// The entry at a place, 0 for the newest.
    #[inline]
    pub fn get(&self, place: usize) -> Option<Known<'_>> {
        let at = self.entries.len().checked_sub(place + 1)?;
        let entry = &self.entries[at];
        let (name, value) = self.bytes[entry.start as usize..][..(entry.name + entry.value) as usize].split_at(entry.name as usize);
        Some((entry.has_name.then_some(name), entry.has_value.then_some(value)))
    }

    /// Puts an entry in as the newest.
    pub fn insert(&mut self, (name, value): Known<'_>) {
        let (has_name, has_value) = (name.is_some(), value.is_some());
        let (name, value) = (name.unwrap_or_default(), value.unwrap_or_default());
        let size = name.len() + value.len() + ENTRY_BYTES;
        self.shrink(self.size_max.saturating_sub(size));
        if size > self.size_max {
            return;
        }
        if self.bytes.len() + size > 2 * self.size_max.max(SIZE_DEFAULT) {
            self.compact();
        }
        let start = self.bytes.len() as u32;
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(value);
        self.entries.push_back(Entry { start, name: name.len() as u32, value: value.len() as u32, has_name, has_value });
        self.size += size;
    }

    /// The sender says how large the table is.
    pub fn resize(&mut self, size_max: usize) {
        self.size_max = size_max.min(SIZE_MAX);
        // A table of nothing holds nothing that is not known.
        self.is_lost &= size_max > 0;
        self.is_lost |= size_max > SIZE_MAX;
        self.shrink(self.size_max);
    }

    fn shrink(&mut self, size_max: usize) {
        while self.size > size_max
            && let Some(oldest) = self.entries.pop_front()
        {
            self.size -= oldest.size();
        }
    }

    fn compact(&mut self) {
        let dead = self.entries.front().map_or(self.bytes.len(), |oldest| oldest.start as usize);
        self.bytes.drain(..dead);
        self.entries.iter_mut().for_each(|entry| entry.start -= dead as u32);
    }
}
