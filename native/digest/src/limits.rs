//! The bounds of digesting; each one that is hit shows as the weird `digest.limit`.

/// Bounds per summary and per message, with their defaults. Memory of one root is at most about
/// `nodes_max` × (400 bytes + 16 × `values_max` bytes) and texts of at most 64 bytes each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Named children of one object; the names with the smallest priorities stay, values of the others are only counted.
    pub fields_max: usize,
    /// Levels below the root; what lies deeper is skipped.
    pub depth_max: usize,
    /// Nodes below one root; further places are only counted.
    pub nodes_max: u32,
    /// Distinct values kept of one place.
    pub values_max: usize,
    /// Whether a sample stays of more values than that; where none does, numbers are not kept at all, since only words make a closed set.
    pub is_sampled: bool,
    /// Parameters of one query, form or cookie header, and parts of one multipart body; the rest is left out.
    pub parameters_max: usize,
    /// Elements of one XML body; the rest is left out.
    pub elements_max: usize,
    /// Bytes of one text that data classes are looked for in.
    pub class_bytes_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fields_max: 256,
            depth_max: 12,
            nodes_max: 5_000,
            values_max: 64,
            is_sampled: true,
            parameters_max: 256,
            elements_max: 5_000,
            class_bytes_max: 4_096,
        }
    }
}
