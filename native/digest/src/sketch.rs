//! Summaries of many scalars in little memory, independent of order.

/// Distinct values kept where nothing else is said.
pub const VALUES_MAX: usize = 64;
const TEXT_BITS: u32 = 16;

/// The distinct values with the smallest keyed hashes (bottom-k), each with its exact count. A value that ever fell out never
/// comes back, since `max` smaller ones exist: so counts are exact whatever the order, and merging is exact too.
#[derive(Clone, Debug)]
pub struct Values {
    /// Ascending; 16 bytes an entry because there are many.
    entries: Vec<Entry>,
    texts: Vec<Box<str>>,
    max: u16,
}

/// Hash in the upper 48 bits, so that entries sort by it; below it the place of the text in `texts` plus one, 0 for none.
#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
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

impl Default for Values {
    fn default() -> Self {
        Self::new(VALUES_MAX)
    }
}

impl Values {
    /// Room for `max` (1 to 65,535) distinct values; allocates nothing yet.
    pub fn new(max: usize) -> Self {
        Self { entries: Vec::new(), texts: Vec::new(), max: u16::try_from(max).unwrap_or(u16::MAX).max(1) }
    }

    /// Distinct values that are kept at most.
    pub fn max(&self) -> usize {
        usize::from(self.max)
    }

    /// Counts one value. `text` must be a pure function of the value and `None` unless it is public.
    pub fn observe(&mut self, hash: u64, text: Option<&[u8]>) {
        self.observe_with(hash, || text);
    }

    /// Counts one value; asks for its text only when the value is new and small enough to stay.
    #[inline]
    pub fn observe_with<'t>(&mut self, hash: u64, text: impl FnOnce() -> Option<&'t [u8]>) {
        if self.is_full() && self.entries.last().is_some_and(|last| hash > last.key >> TEXT_BITS) {
            return;
        }
        match self.find(hash) {
            Ok(at) => self.entries[at].count += 1,
            Err(at) => {
                let text = text().and_then(|text| std::str::from_utf8(text).ok());
                self.insert(at, hash, 1, text);
            }
        }
    }

    /// Adds all of `other`; the smaller `max` of the two holds afterwards, as only that many are known exactly.
    pub fn merge(&mut self, other: &Values) {
        self.max = self.max.min(other.max);
        while self.entries.len() > self.max() {
            self.drop_last();
        }
        for value in other.entries() {
            match self.find(value.hash) {
                Ok(at) => {
                    self.entries[at].count += value.count;
                    if self.entries[at].key as u16 == 0
                        && let Some(text) = value.text
                    {
                        self.entries[at].key |= self.put_text(text);
                    }
                }
                Err(at) if at < self.max() => self.insert(at, value.hash, value.count, value.text),
                Err(_) => return,
            }
        }
    }

    /// Ascending by hash. Fewer than `max` entries: these are all values there were.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = Value<'_>> {
        self.entries.iter().map(|entry| Value {
            hash: entry.key >> TEXT_BITS,
            count: entry.count,
            text: (entry.key as u16).checked_sub(1).and_then(|at| self.texts.get(usize::from(at))).map(|text| &**text),
        })
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no value was seen.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= usize::from(self.max)
    }

    #[inline]
    fn find(&self, hash: u64) -> Result<usize, usize> {
        self.entries.binary_search_by(|entry| (entry.key >> TEXT_BITS).cmp(&hash))
    }

    fn insert(&mut self, at: usize, hash: u64, count: u64, text: Option<&str>) {
        if self.is_full() {
            self.drop_last();
        }
        let slot = text.map_or(0, |text| self.put_text(text));
        self.entries.insert(at, Entry { key: hash << TEXT_BITS | slot, count });
    }

    fn put_text(&mut self, text: &str) -> u64 {
        self.texts.push(text.into());
        self.texts.len() as u64
    }

    /// Forgets the largest hash; its text's place is taken by the last text, whose entry is told.
    fn drop_last(&mut self) {
        let Some(last) = self.entries.pop() else { return };
        let slot = last.key & 0xffff;
        if slot == 0 {
            return;
        }
        let moved = self.texts.len() as u64;
        self.texts.swap_remove(slot as usize - 1);
        if let Some(entry) = self.entries.iter_mut().find(|entry| slot != moved && entry.key & 0xffff == moved) {
            entry.key = entry.key >> TEXT_BITS << TEXT_BITS | slot;
        }
    }
}

/// Mantissa bits of 2^(1/8) to 2^(7/8): where buckets begin within one power of two. Written as bits, so that no library's
/// rounding can move a boundary.
const EIGHTHS: [u64; 7] = [
    0x1_72b8_3c7d_517b,
    0x3_06fe_0a31_b716,
    0x4_bfda_d536_2a28,
    0x6_a09e_667f_3bcd,
    0x8_ace5_422a_a0dc,
    0xa_e89f_995a_d3ae,
    0xd_5818_dcfb_a488,
];

/// Counts by logarithmic bucket, base 2^(1/8): bucket b holds [2^(b/8), 2^((b+1)/8)), about 9 % wide; 0 is in bucket -1.
/// Whole numbers (bytes, microseconds), so that the sum is the same in any order. Merges by addition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Histogram {
    count: u64,
    sum: u64,
    /// Ascending by bucket.
    buckets: Vec<(i16, u64)>,
}

impl Histogram {
    /// Counts one number.
    pub fn observe(&mut self, value: u64) {
        self.add(bucket_of(value as f64), 1);
        self.sum = self.sum.saturating_add(value);
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Histogram) {
        for &(bucket, count) in &other.buckets {
            self.add(bucket, count);
        }
        self.sum = self.sum.saturating_add(other.sum);
    }

    /// Numbers seen.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Sum of the numbers seen.
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// Ascending by bucket.
    pub fn buckets(&self) -> &[(i16, u64)] {
        &self.buckets
    }

    fn add(&mut self, bucket: i16, count: u64) {
        self.count += count;
        match self.buckets.binary_search_by_key(&bucket, |entry| entry.0) {
            Ok(at) => self.buckets[at].1 += count,
            Err(at) => self.buckets.insert(at, (bucket, count)),
        }
    }
}

fn bucket_of(value: f64) -> i16 {
    if value < 1.0 {
        return -1;
    }
    let bits = value.to_bits();
    let exponent = (bits >> 52) as i16 - 1023;
    let mantissa = bits & ((1 << 52) - 1);
    exponent * 8 + EIGHTHS.iter().filter(|from| mantissa >= **from).count() as i16
}

#[cfg(test)]
#[path = "sketch_tests.rs"]
mod tests;
