//! HTTP/2 (RFC 9113) as it is found on the wire: read from outside, joined anywhere, every oddity named.

mod blocks;
mod frame;
mod half;
pub mod hpack;
mod probe;
mod seek;
mod sink;

pub use half::{Half, Start};
pub use hpack::FieldSink;
pub use probe::{Opening, Side, opening};
pub use sink::{Block, BlockEnd, Sink};
