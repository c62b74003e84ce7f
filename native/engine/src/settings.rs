//! What is fixed over one run, shared by all workers.

use crate::budget::Budget;
use crate::fold::Words;
use crate::limits::Limits;
use tapistry_digest::Limits as DigestLimits;
use tapistry_digest::hash::KeyedHash;
use tapistry_digest::path::KnownLiterals;

/// What goes up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Merged observations.
    Observations,
    /// One line for each exchange.
    Exchanges,
}

/// Options and shared state of one run.
#[derive(Debug)]
pub struct Settings {
    /// What goes up.
    pub mode: Mode,
    /// Whether `targetSha` and `bodySha` are shown.
    pub digests: bool,
    /// Whether lines of the input that are no exchange get a line too.
    pub rejections: bool,
    /// Path literals of registered specs.
    pub literals: KnownLiterals,
    /// Which path literals stay where there are very many.
    pub words: Words,
    /// Under the secret of the data directory, or a constant.
    pub hash: KeyedHash,
    /// Bounds.
    pub limits: Limits,
    /// Bounds of digests of bodies.
    pub digest: DigestLimits,
    /// Bounds of digests of parameters: more distinct values, since their number is shown.
    pub parameters: DigestLimits,
    /// Memory for bodies.
    pub bodies: Budget,
}
