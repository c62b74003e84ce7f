//! Bodies to shapes, values to classes, tokens to facts. Raw values end here.

pub mod auth;
mod base64;
pub mod body;
pub mod classes;
pub mod client;
mod context;
pub mod cookies;
pub mod descriptors;
#[cfg(test)]
mod dump;
mod event_stream;
mod fields;
pub mod format;
mod format_of;
mod grpc;
pub mod hash;
pub mod header;
pub mod histogram;
mod json;
mod kind;
pub mod letters;
pub mod lexical;
mod limits;
mod media_type;
mod multipart;
mod name_head;
mod ndjson;
pub mod operation;
mod pairs;
pub mod path;
pub mod place;
mod protobuf;
pub mod public;
pub mod query;
mod repeats;
pub mod shape;
pub mod sketch;
pub mod token;
mod value_digits;
mod xml;

#[cfg(test)]
mod laws;

pub use context::Cx;
pub use limits::Limits;
