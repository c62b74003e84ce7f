//! Header compression (RFC 7541), read from outside: what is not known is said, and the rest is read.

mod decoder;
mod huffman;
mod integer;
mod static_table;
mod table;

pub use decoder::{Decoder, FieldSink, Outcome};
