//! Packets to byte streams: link layers, IP defragmentation, TCP reassembly with named gaps.
//!
//! `PacketDecoder` makes segments of captured records; `Reassembler` makes streams of segments and hands them to an
//! `Application`. Nothing here panics, blocks or allocates without a bound, whatever the bytes are.

mod address;
mod counters;
mod duplicate;
mod fragment;
mod inflate;
pub mod link;
mod packet;
mod reassembly;
mod segment;
pub mod stream;
pub mod weird;

pub use address::{FlowKey, TAGS_MAX, Tags};
pub use counters::{PacketCounters, TcpCounters};
pub use fragment::{Fragment, FragmentHead, FragmentLimits};
pub use packet::{DecodeOptions, Outcome, PacketDecoder};
pub use reassembly::{Reassembler, ReassemblyLimits, SharedBudget};
pub use segment::{Segment, SegmentHeader};
