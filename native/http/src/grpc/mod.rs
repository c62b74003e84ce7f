//! gRPC and gRPC-Web, told by media type on any port and over either version of HTTP: messages behind prefixes.

mod base64;
mod framing;
mod messages;

pub use base64::Base64;
pub use framing::Framing;
pub use messages::{Messages, PREFIX_BYTES, messages, status_in};
