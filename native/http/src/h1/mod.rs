//! HTTP/1 (RFC 9112) as it is found on the wire: tolerant, incremental, every oddity named.

mod breach;
mod chunked;
mod framing;
mod head;
mod host;
mod line;
mod machine;
mod method;
pub mod parser;
pub mod probe;
mod request_line;
mod resync;
mod role;
mod scan;
pub mod sink;
mod status_line;
mod token;

pub use method::registered_name as registered_method_name;
pub use parser::{Hole, RequestParser, ResponseParser, Start, StreamEnd};
pub use probe::{Probe, is_request_start, is_response_start};
pub use role::{Requests, Responses};
pub use sink::{Field, MessageEnd, RequestHead, ResponseContext, ResponseHead, Sink, Version};
