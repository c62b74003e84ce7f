//! WebSocket (RFC 6455) and its compression (RFC 7692), from the bytes of either direction, whatever carries them.

mod deflate;
mod handshake;
mod head;
mod reader;
mod resync;

pub use deflate::{Deflate, INFLATER_BYTES};
pub use handshake::accepts;
pub use head::Opcode;
pub use reader::{Message, Reader, Sink};
pub use resync::begins_with_client_frame;
