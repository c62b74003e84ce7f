//! The mergeable summary of the values seen at one place of messages, and of all places below it.
//!
//! A [`Node`] is a commutative monoid: counts add, ranges widen, sketches keep the smallest keyed hashes. The order of
//! observations never shows (the domain: `nodes_max` not hit, which is counted).

use crate::classes::{ClassCounts, KeyHint};
use crate::format::FormatCounts;
use crate::sketch::Values;

/// Counts and sketches of one place, with its children.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Values seen here, null included: the sum of the seven counts that follow.
    pub seen: u64,
    /// JSON null.
    pub nulls: u64,
    /// `true` or `false`.
    pub booleans: u64,
    /// Numbers without fraction (untyped text such as a query value counts here when it is a plain integer).
    pub integers: u64,
    /// Other numbers.
    pub numbers: u64,
    /// Text.
    pub strings: u64,
    /// Arrays.
    pub arrays: u64,
    /// Objects.
    pub objects: u64,
    /// Smallest and largest number, where any was seen.
    pub number_range: Option<(f64, f64)>,
    /// Shortest and longest text in code points, where any was seen.
    pub length_range: Option<(u32, u32)>,
    /// Fewest and most items, where any array was seen.
    pub items_range: Option<(u32, u32)>,
    /// How many texts had which format.
    pub formats: FormatCounts,
    /// How many values passed as which data class, on value and key evidence.
    pub classes: ClassCounts,
    /// Distinct scalar values: smallest keyed hashes with counts, and text where it is public.
    pub values: Values,
    /// Children of objects by public name, or by `{class}` for names that look like values. Sorted at read time only.
    pub fields: Vec<Field>,
    /// Field values whose name did not fit into `fields` (bottom-k by the hash of the name), a count without structure.
    pub fields_folded: u64,
    /// All items of all arrays.
    pub items: Option<Box<Node>>,
}

/// A named child.
#[derive(Clone, Debug)]
pub struct Field {
    /// As it crosses the privacy boundary: `isPublicName` holds, or `{class}`.
    pub name: Box<str>,
    /// Priority hash of the name, unkeyed: what stays when there are too many.
    pub priority: u64,
    /// What the name says about its values.
    pub hint: KeyHint,
    /// The summary.
    pub node: Node,
}
