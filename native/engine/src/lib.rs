//! Probing, pairing, observations, limits and counters over the parsers: bytes in, batches of observations out.

mod asker;
mod backlog;
mod body;
mod budget;
mod captures;
mod codec;
mod connection;
mod counters;
mod credentials;
mod descriptor_files;
mod ends;
mod exchange;
pub mod feed;
mod fold;
mod grpc;
mod h1;
mod h2;
mod head;
mod hex;
mod intake;
pub mod kept_hash;
mod key_files;
mod known;
mod late_tls;
mod limits;
mod line;
mod line_format;
mod line_shape;
pub mod live;
mod message;
mod observation;
mod observe;
mod opaque;
mod operation;
pub mod options;
mod order;
pub mod otlp;
mod outlet;
mod pairing;
mod parcel;
mod pipe;
pub mod pool;
mod preamble;
mod probing;
mod protocol;
mod recent;
mod record;
mod remembered;
mod report;
pub mod run;
pub mod settings;
mod sieve;
mod socket_facts;
pub mod syslog;
mod table;
mod tap;
mod text_file;
mod texts;
mod time;
mod tls;
mod tls_facts;
#[cfg(test)]
mod tls_tests;
mod visibility;
mod websocket;
mod wire_counters;
mod worker;

pub use descriptor_files::read_descriptor_files;
pub use live::{Live, LiveOptions};
pub use options::{Options, Position};
pub use run::{Run, RunError};
pub use settings::Mode;
pub use tapistry_capture::PrefixHash;
pub use tapistry_capture::live::{Interface, LiveError, RING_BYTES, privileges};
pub use tapistry_digest::descriptors::Descriptors;
pub use tapistry_logs::NamedFormat;

/// The path as it may be shown: `/users/{int}`; literals of registered specs are shown whatever they look like.
pub fn shape_path(path: &str, literals: &[String]) -> String {
    let known = literals.iter().map(|literal| literal.as_bytes().into()).collect();
    let mut shape = tapistry_digest::path::PathShape::default();
    tapistry_digest::path::shape_path(path.as_bytes(), &mut tapistry_digest::path::Literals::new(known), &mut shape);
    shape.text
}
pub use tap::Tap;
