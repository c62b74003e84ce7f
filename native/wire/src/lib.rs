//! Packets to byte streams: link layers, IP defragmentation, TCP reassembly with named gaps.
//!
//! Nothing here panics, blocks or allocates without a bound, whatever the bytes are.

pub mod stream;
pub mod weird;
