//! What went over a WebSocket connection.

use tapistry_digest::classes::ClassSet;
use tapistry_digest::operation::Operation;

/// Of a whole connection, or of so much of it as was seen.
#[derive(Clone, Debug, Default)]
pub struct SocketFacts {
    /// By direction, the client's first.
    pub directions: [SocketCounts; 2],
    /// Data classes of its messages.
    pub classes: ClassSet,
    /// What its messages ask for, where they name operations: of several the first.
    pub operation: Option<Box<Operation>>,
}

/// Counts of one direction.
#[derive(Clone, Copy, Debug, Default)]
pub struct SocketCounts {
    /// Frames, those of control included.
    pub frames: u64,
    /// Messages; the last may be cut off.
    pub messages: u64,
    /// Bytes of their payload, decompressed.
    pub bytes: u64,
    /// Messages of text.
    pub text: u64,
    /// The others.
    pub binary: u64,
}
