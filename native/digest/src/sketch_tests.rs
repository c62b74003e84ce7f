use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

proptest! {
    #[test]
    fn values_are_the_smallest_with_exact_counts(hashes in proptest::collection::vec(0u64..40, 0..200), max in 1usize..12) {
        let text_of = |hash: u64| hash.is_multiple_of(3).then(|| format!("t{hash}"));
        let mut values = Values::sample(max);
        let mut exact = BTreeMap::new();
        for hash in &hashes {
            values.observe(*hash, text_of(*hash).as_ref().map(String::as_bytes));
            *exact.entry(*hash).or_insert(0u64) += 1;
        }
        let expected: Vec<_> = exact.into_iter().take(max).map(|(hash, count)| (hash, count, text_of(hash))).collect();
        let found: Vec<_> = values.entries().map(|value| (value.hash, value.count, value.text.map(str::to_owned))).collect();
        prop_assert_eq!(found, expected);
        prop_assert!(values.texts.as_ref().map_or(0, |texts| texts.len()) <= values.entries.len());
    }

    #[test]
    fn values_merge_as_if_observed(left in proptest::collection::vec(0u64..40, 0..60), right in proptest::collection::vec(0u64..40, 0..60)) {
        let text_of = |hash: u64| hash.is_multiple_of(2).then(|| format!("t{hash}"));
        let of = |hashes: &[u64]| {
            let mut values = Values::sample(8);
            for hash in hashes {
                values.observe(*hash, text_of(*hash).as_ref().map(String::as_bytes));
            }
            values
        };
        let mut merged = of(&left);
        merged.merge(&of(&right));
        let both = of(&[left, right].concat());
        prop_assert_eq!(merged.entries().collect::<Vec<_>>(), both.entries().collect::<Vec<_>>());
    }

    #[test]
    fn a_closed_set_is_whole_or_forgotten_in_any_grouping(left in proptest::collection::vec(0u64..12, 0..30), right in proptest::collection::vec(0u64..12, 0..30)) {
        let of = |hashes: &[u64]| {
            let mut values = Values::closed(8);
            for hash in hashes {
                values.observe(*hash, None);
            }
            values
        };
        let mut merged = of(&left);
        merged.merge(&of(&right));
        let all = [left, right].concat();
        let distinct: std::collections::BTreeSet<_> = all.iter().collect();
        let both = of(&all);
        prop_assert_eq!(merged.entries().collect::<Vec<_>>(), both.entries().collect::<Vec<_>>());
        prop_assert_eq!((merged.is_forgotten(), both.is_forgotten()), (distinct.len() >= 8, distinct.len() >= 8));
        prop_assert_eq!(both.len(), if distinct.len() < 8 { distinct.len() } else { 0 });
    }
}
