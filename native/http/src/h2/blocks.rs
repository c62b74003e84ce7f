//! Blocks of header fields of one direction: put together out of frames, and decoded in the order in which they were sent (RFC 9113 §4.3).

use super::frame::{CONTINUATION, END_HEADERS, END_STREAM, Frame, HAS_PRIORITY, HEADERS, PADDED, PUSH_PROMISE};
use super::hpack::Decoder;
use super::sink::{Block, BlockEnd, Sink};
use tapistry_wire::weird::Weird;

/// The block that is open, and the table that all of them share.
#[derive(Debug, Default)]
pub struct Blocks {
    hpack: Decoder,
    /// A block that CONTINUATION frames go on with.
    open: Option<OpenBlock>,
    fragments: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct OpenBlock {
    block: Block,
    ends_stream: bool,
    is_promise: bool,
    frames: u32,
    /// A part of it is missing: the rest means nothing.
    is_broken: bool,
}

/// Bytes of a block of header fields, compressed.
pub const BLOCK_BYTES_MAX: usize = 64 << 10;
/// Frames that one block may come in.
const BLOCK_FRAMES_MAX: u32 = 128;

impl Blocks {
    /// Bytes that are kept of a block that is not whole, and of the table.
    pub fn held_bytes(&self) -> usize {
        self.fragments.capacity() + self.hpack.held_bytes()
    }

    /// Whether a frame may come now: one that goes on with what is open, or any other where nothing is.
    pub fn may_follow(&self, frame: &Frame) -> bool {
        match self.open {
            Some(open) => frame.kind == CONTINUATION && frame.stream == open.block.stream,
            None => frame.kind != CONTINUATION,
        }
    }

    /// The payload of HEADERS or PUSH_PROMISE, but for padding and priority (RFC 9113 §6.2, §6.6).
    pub fn first(&mut self, frame: &Frame, payload: &[u8], sink: &mut impl Sink) {
        let (mut fragment, mut padding) = (payload, 0);
        if frame.has(PADDED)
            && let Some((length, rest)) = payload.split_first()
        {
            (fragment, padding) = (rest, usize::from(*length));
        }
        let before = if frame.kind == HEADERS && frame.has(HAS_PRIORITY) { 5 } else { 0 };
        let promised = if frame.kind == PUSH_PROMISE { fragment.first_chunk().map(|id| u32::from_be_bytes(*id) & 0x7fff_ffff) } else { None };
        let before = if frame.kind == PUSH_PROMISE { 4 } else { before };
        let fragment = fragment.len().checked_sub(padding).and_then(|end| fragment.get(before..end));
        if fragment.is_none() {
            sink.weird(Weird::H2FrameInvalid);
            self.hpack.lose();
        }
        let ends_stream = frame.kind == HEADERS && frame.has(END_STREAM);
        let (block, is_promise) = (Block { stream: frame.stream, promised }, frame.kind == PUSH_PROMISE);
        let open = OpenBlock { block, ends_stream, is_promise, frames: 1, is_broken: fragment.is_none() };
        if frame.has(END_HEADERS) {
            self.decode(&open, fragment.unwrap_or_default(), sink);
        } else {
            self.fragments.extend_from_slice(fragment.unwrap_or_default());
            self.open = Some(open);
        }
    }

    /// The payload of CONTINUATION.
    pub fn go_on(&mut self, frame: &Frame, payload: &[u8], sink: &mut impl Sink) {
        if let Some(open) = &mut self.open {
            open.frames += 1;
            let is_flood = open.frames > BLOCK_FRAMES_MAX || self.fragments.len() + payload.len() > BLOCK_BYTES_MAX;
            if is_flood && !open.is_broken {
                sink.weird(Weird::H2ContinuationFlood);
                self.break_open(frame, sink);
            } else if open.is_broken {
                self.fragments.clear();
            } else {
                self.fragments.extend_from_slice(payload);
            }
        }
        if frame.has(END_HEADERS)
            && let Some(open) = self.open.take()
        {
            let mut fragments = std::mem::take(&mut self.fragments);
            self.decode(&open, &fragments, sink);
            fragments.clear();
            fragments.shrink_to(4096);
            self.fragments = fragments;
        }
    }

    /// A fragment of a block is missing: the whole block is, and what it put into the table.
    pub fn break_open(&mut self, frame: &Frame, sink: &mut impl Sink) {
        self.hpack.lose();
        self.fragments = Vec::new();
        let block = Block { stream: frame.stream, promised: None };
        let (ends_stream, is_promise) = (frame.kind == HEADERS && frame.has(END_STREAM), frame.kind == PUSH_PROMISE);
        let fresh = OpenBlock { block, ends_stream, is_promise, frames: 1, is_broken: true };
        let open = OpenBlock { is_broken: true, ..self.open.take().unwrap_or(fresh) };
        if frame.has(END_HEADERS) {
            self.decode(&open, &[], sink);
        } else {
            self.open = Some(open);
        }
    }

    /// Nobody knows which blocks went by.
    pub fn lose(&mut self) {
        self.hpack.lose();
        self.fragments = Vec::new();
        self.open = None;
    }

    /// Nothing more comes: what is open ends as far as it is.
    pub fn finish(&mut self, sink: &mut impl Sink) {
        if let Some(open) = self.open.take()
            && !open.is_lost_promise()
        {
            sink.begin(open.block);
            sink.end(open.block, BlockEnd { ends_stream: open.ends_stream, is_partial: true });
        }
    }

    fn decode(&mut self, open: &OpenBlock, fragment: &[u8], sink: &mut impl Sink) {
        if open.is_lost_promise() {
            return;
        }
        sink.begin(open.block);
        let mut is_partial = open.is_broken;
        if !open.is_broken {
            let outcome = self.hpack.block(fragment, sink);
            for (is_so, weird) in [(outcome.is_unknown, Weird::H2HpackUnknown), (outcome.is_wrong, Weird::H2HpackError), (outcome.is_cut, Weird::H2HeaderLimit)]
            {
                if is_so {
                    sink.weird(weird);
                    is_partial = true;
                }
            }
        }
        sink.end(open.block, BlockEnd { ends_stream: open.ends_stream, is_partial });
    }
}

impl OpenBlock {
    /// What a broken promise promises may not be known: it is no block of the stream on which it was made.
    fn is_lost_promise(&self) -> bool {
        self.is_promise && self.block.promised.is_none()
    }
}
