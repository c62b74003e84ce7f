//! Which flow a hash belongs to: open addressing with linear probing, nothing but two words per flow.

const FREE: u64 = u64::MAX;
const SLOTS_MIN: usize = 1024;

/// Maps keyed hashes to flow indexes. A slot is the hash's upper half and the index; the caller compares keys.
#[derive(Debug)]
pub(super) struct Table {
    slots: Vec<u64>,
    used: usize,
}

impl Table {
    pub fn new() -> Self {
        Table { slots: vec![FREE; SLOTS_MIN], used: 0 }
    }

    /// The first index under `hash` for which `is_same` says yes.
    #[inline]
    pub fn find(&self, hash: u64, mut is_same: impl FnMut(u32) -> bool) -> Option<u32> {
        let mut place = self.home(hash);
        loop {
            let slot = self.slots[place];
            if slot == FREE {
                return None;
            }
            if slot >> 32 == hash >> 32 && is_same(slot as u32) {
                return Some(slot as u32);
            }
            place = self.after(place);
        }
    }

    /// Adds a flow that is not in the table. `index` is below `u32::MAX`.
    pub fn insert(&mut self, hash: u64, index: u32) {
        if self.used * 2 >= self.slots.len() {
            self.grow();
        }
        self.used += 1;
        self.place(hash >> 32 << 32 | u64::from(index));
    }

    /// Takes a flow out, and closes the hole by moving back what had to go past it.
    pub fn remove(&mut self, hash: u64, index: u32) {
        let wanted = hash >> 32 << 32 | u64::from(index);
        let mut hole = self.home(hash);
        while self.slots[hole] != wanted {
            if self.slots[hole] == FREE {
                return;
            }
            hole = self.after(hole);
        }
        self.used -= 1;
        let mut place = self.after(hole);
        while self.slots[place] != FREE {
            let home = self.home(self.slots[place]);
            let mask = self.slots.len() - 1;
            if place.wrapping_sub(home) & mask >= place.wrapping_sub(hole) & mask {
                self.slots[hole] = self.slots[place];
                hole = place;
            }
            place = self.after(place);
        }
        self.slots[hole] = FREE;
    }

    fn grow(&mut self) {
        let bigger = vec![FREE; self.slots.len() * 2];
        for slot in std::mem::replace(&mut self.slots, bigger) {
            if slot != FREE {
                self.place(slot);
            }
        }
    }

    fn place(&mut self, slot: u64) {
        let mut place = self.home(slot);
        while self.slots[place] != FREE {
            place = self.after(place);
        }
        self.slots[place] = slot;
    }

    /// Of the upper half only, so that a slot alone tells its home.
    fn home(&self, hash: u64) -> usize {
        (hash >> 32) as usize & (self.slots.len() - 1)
    }

    fn after(&self, place: usize) -> usize {
        (place + 1) & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn behaves_like_a_map(steps in prop::collection::vec((any::<bool>(), 0u32..400), 0..2000)) {
            // A poor hash on purpose: long probe runs are where removal goes wrong.
            let hash = |index: u32| u64::from(index % 37) << 32;
            let (mut table, mut model) = (Table::new(), BTreeMap::new());
            for (insert, index) in steps {
                if insert {
                    if model.insert(index, ()).is_none() {
                        table.insert(hash(index), index);
                    }
                } else if model.remove(&index).is_some() {
                    table.remove(hash(index), index);
                }
                prop_assert_eq!(table.find(hash(index), |found| found == index).is_some(), model.contains_key(&index));
            }
            for index in 0..400 {
                prop_assert_eq!(table.find(hash(index), |found| found == index).is_some(), model.contains_key(&index));
            }
        }
    }
}
