//! The list of codings that a message names.

use crate::h1::Field;
use tapistry_wire::weird::WeirdSet;

/// One coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// None.
    Identity,
    /// `gzip`, `x-gzip`.
    Gzip,
    /// `deflate`: zlib or raw, told apart by content.
    Deflate,
    /// `br`.
    Brotli,
    /// `zstd`.
    Zstd,
    /// Any other name.
    Unknown,
}

/// The codings of a message in the order in which they were applied; at most three.
#[derive(Clone, Copy, Debug, Default)]
pub struct Codings {
    weirds: WeirdSet,
}

impl Codings {
    /// The codings that the fields of a message name (Content-Encoding, then those of Transfer-Encoding but chunked).
    pub fn of(_fields: &[Field<'_>]) -> Self {
        Codings::default()
    }

    /// In the order of application.
    pub fn as_slice(&self) -> &[Coding] {
        &[]
    }

    /// `coding.unknown`, `coding.layers`.
    pub fn weirds(&self) -> WeirdSet {
        self.weirds
    }
}
