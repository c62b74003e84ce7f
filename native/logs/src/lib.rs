//! Access-log lines, NDJSON exchanges and HAR entries to exchange records.
//!
//! A line is a slice of the block it was read into, and a record borrows from the line: on the common path nothing is copied
//! or allocated. A line that is no exchange is a named rejection, never an error that stops the rest.

mod access;
mod base64;
mod clf;
mod escape;
mod exchange;
pub mod format;
pub mod har;
mod json;
pub mod lines;
pub mod parse;
pub mod record;
pub mod rejection;
mod target;
mod time;

pub use exchange::id_of;
pub use format::{Format, sniff};
pub use lines::{Line, LineReader};
pub use parse::{Scratch, parse_line};
pub use record::ExchangeRecord;
pub use rejection::Rejection;
