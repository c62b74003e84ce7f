//! Access-log lines, NDJSON exchanges and HAR entries to exchange records.
//!
//! A line is a slice of the block it was read into, and a record borrows from the line: on the common path nothing is copied
//! or allocated. A line that is no exchange is a named rejection, never an error that stops the rest.

mod access;
mod base64;
mod clf;
mod columns;
mod escape;
mod exchange;
mod fields;
pub mod format;
pub mod har;
mod json;
pub mod lines;
mod named;
pub mod otlp;
pub mod parse;
pub mod record;
mod records;
pub mod rejection;
mod sniff;
pub mod syslog;
mod target;
mod template;
mod time;

pub use exchange::id_of;
pub use format::Format;
pub use lines::{Line, LineReader};
pub use named::{NamedFormat, allowed};
pub use parse::{Scratch, parse_line};
pub use record::ExchangeRecord;
pub use records::records;
pub use rejection::Rejection;
pub use sniff::sniff;
pub use template::Template;
