//! Content codings (RFC 9110 §8.4): what was applied, and how to undo it within bounds.

mod brotli;
pub mod decoder;
mod gzip;
pub(crate) mod inflate;
mod layer;
pub mod limits;
pub mod list;
pub(crate) mod step;
mod zstd;

pub use decoder::{CodingOutcome, Decoder, StreamDecoder};
pub use limits::Limits;
pub use list::{Coding, Codings};
