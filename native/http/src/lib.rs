//! HTTP/1 messages and content codings out of byte streams that may have gaps.

pub mod h1;
