//! Content codings (RFC 9110 §8.4): what was applied, and how to undo it within bounds.

pub mod decoder;
pub mod list;

pub use decoder::{CodingOutcome, Decoder, Limits, StreamDecoder};
pub use list::{Coding, Codings};
