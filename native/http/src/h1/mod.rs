//! HTTP/1 (RFC 9112) as it is found on the wire: tolerant, incremental, every oddity named.

pub mod sink;
