//! TLS as it is seen from outside: what a handshake says without keys (RFC 8446, RFC 5246), and the content of records whose keys a log holds.
//!
//! Any bytes give what was understood of them and named oddities, in bounded memory. Secrets are never shown, and wiped when they go.

mod certificate;
mod cursor;
mod decrypt;
mod facts;
mod hello;
mod hex;
mod keys;
mod probe;
mod records;
mod session;
mod suite;

pub use certificate::Certificate;
pub use facts::Facts;
pub use hello::ja4::ja4;
pub use hello::{ClientHello, ServerHello, is_grease, version_name};
pub use keys::{KeyLog, Keys};
pub use probe::{Probe, is_client_start, is_record_start};
pub use session::{CLIENT, SERVER, Session, Sink};
pub use suite::suite_name;
