//! How many values passed as which data class.

use super::DataClass;

/// Counts by class, sorted by class. Merging adds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClassCounts(Vec<(DataClass, u64)>);

impl ClassCounts {
    /// Adds `count` values of a class.
    pub fn add(&mut self, class: DataClass, count: u64) {
        match self.0.binary_search_by_key(&class, |entry| entry.0) {
            Ok(at) => self.0[at].1 = self.0[at].1.saturating_add(count),
            Err(at) => self.0.insert(at, (class, count)),
        }
    }

    /// Adds every count of another.
    pub fn merge(&mut self, other: &ClassCounts) {
        for (class, count) in other.iter() {
            self.add(class, count);
        }
    }

    /// As if every value had been added so many times.
    pub(crate) fn multiply(&mut self, times: u64) {
        self.0.iter_mut().for_each(|(_, count)| *count = count.saturating_mul(times));
    }

    /// Classes with their counts, in order of class.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (DataClass, u64)> + '_ {
        self.0.iter().copied()
    }

    /// Whether nothing was counted.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merges_in_any_order() {
        let (mut a, mut b) = (ClassCounts::default(), ClassCounts::default());
        a.add(DataClass::Phone, 2);
        a.add(DataClass::Email, 1);
        b.add(DataClass::Email, 3);
        let (mut ab, mut ba) = (a.clone(), b.clone());
        ab.merge(&b);
        ba.merge(&a);
        assert_eq!(ab, ba);
        assert_eq!(ab.iter().collect::<Vec<_>>(), [(DataClass::Email, 4), (DataClass::Phone, 2)]);
    }
}
