//! Engine-wide counters by published name; they only add.

use std::collections::BTreeMap;

/// Name to count, as they go up in a batch and stand in the summary.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters(BTreeMap<String, u64>);

impl Counters {
    /// Adds `count` to `name`; a zero makes the name known.
    pub fn add(&mut self, name: &str, count: u64) {
        match self.0.get_mut(name) {
            Some(total) => *total += count,
            None => {
                self.0.insert(name.to_owned(), count);
            }
        }
    }

    /// Adds all of `other`.
    pub fn extend(&mut self, other: &Counters) {
        for (name, count) in &other.0 {
            self.add(name, *count);
        }
    }

    /// Adds what `now` has more than `before` had.
    pub fn add_growth(&mut self, before: &Counters, now: &Counters) {
        for (name, count) in now.0.iter().filter(|(name, count)| before.0.get(*name) != Some(*count)) {
            self.add(name, count - before.0.get(name).copied().unwrap_or(0).min(*count));
        }
    }

    /// Sorted by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, count)| (name.as_str(), *count))
    }
}
