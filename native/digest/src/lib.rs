//! Bodies to shapes, values to classes, tokens to facts. Raw values end here.

pub mod auth;
pub mod body;
pub mod classes;
pub mod client;
mod context;
pub mod cookies;
mod fields;
mod form;
pub mod format;
mod format_of;
pub mod hash;
pub mod header;
mod json;
pub mod lexical;
mod limits;
mod multipart;
mod ndjson;
pub mod path;
pub mod place;
pub mod public;
pub mod query;
pub mod shape;
pub mod sketch;
pub mod token;
mod xml;

pub use context::Cx;
pub use limits::Limits;
