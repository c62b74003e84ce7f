//! Capture files and streams: told by content, unwrapped, read record by record, merged by time.
//!
//! Nothing here panics or allocates without a bound, whatever the bytes are. A capture that is cut or broken keeps
//! every packet before the damage, and says where and why it stopped.

pub mod beginning;
mod block;
mod copies;
mod counters;
mod decompress;
pub mod expand;
pub mod fault;
mod filter;
pub mod input;
pub mod live;
pub mod merge;
mod netmon;
mod pcap;
mod pcapng;
pub mod prefix;
mod prefix_hash;
pub mod reader;
mod sniff;

pub use beginning::{Beginning, watched};
pub use copies::copies;
pub use counters::Counters;
pub use expand::expand;
pub use fault::{InputError, InputErrorCode, ReadProblem, ReadProblemCode};
pub use filter::{Filter, FilterError};
pub use input::{Content, Input, Options};
pub use merge::{InputProblem, InputReport, Merged, Resume, Source};
pub use prefix::{longest_known, prefix_digest};
pub use prefix_hash::PrefixHash;
pub use reader::{CaptureReader, End, Packet};
