//! HTTP/1 (RFC 9112) as it is found on the wire: tolerant, incremental, every oddity named.

pub mod parser;
pub mod probe;
pub mod sink;

pub use parser::{RequestParser, ResponseParser, Start, StreamEnd};
pub use probe::{Probe, is_request_start, is_response_start};
pub use sink::{Field, MessageEnd, RequestHead, ResponseContext, ResponseHead, Sink, Version};
