//! HTTP/1, HTTP/2 and WebSocket messages and content codings out of byte streams that may have gaps.
//!
//! Nothing here panics, blocks or allocates without a bound, whatever the bytes are: oddities are named
//! ([`tapistry_wire::weird::Weird`]), not raised.

pub mod coding;
pub mod grpc;
pub mod h1;
pub mod h2;
pub mod websocket;
