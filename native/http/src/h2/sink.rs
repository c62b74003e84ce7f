//! What one direction of HTTP/2 tells whoever listens.

use super::hpack::FieldSink;
use tapistry_wire::weird::Weird;

/// A block of header fields that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// The stream it is on.
    pub stream: u32,
    /// The stream that is promised, by PUSH_PROMISE: the fields are those of its request.
    pub promised: Option<u32>,
}

/// How a block ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockEnd {
    /// Nothing follows on this stream in this direction.
    pub ends_stream: bool,
    /// Fields may be missing, or not be known.
    pub is_partial: bool,
}

/// Hears of one direction. A block's fields come between `begin` and `end`.
pub trait Sink: FieldSink {
    /// A frame begins in the bytes that are fed.
    fn frame(&mut self) {}

    /// A block begins.
    fn begin(&mut self, block: Block);

    /// Its fields are over.
    fn end(&mut self, block: Block, end: BlockEnd);

    /// Payload of a stream.
    fn data(&mut self, stream: u32, bytes: &[u8]);

    /// Payload that will never come, within a frame.
    fn data_gap(&mut self, stream: u32, length: u64);

    /// The last DATA frame of a stream is over.
    fn end_stream(&mut self, stream: u32);

    /// A stream was given up.
    fn reset(&mut self, stream: u32);

    /// The connection ends: streams above this one are not answered.
    fn go_away(&mut self, last: u32);

    /// Frames may have gone by unseen, on any stream.
    fn lost(&mut self);

    /// Bytes that could not be read as frames.
    fn skip(&mut self, bytes: usize);

    /// Something odd.
    fn weird(&mut self, weird: Weird);
}
