//! The messages of one direction, as its bytes come.

use super::deflate::{Deflate, Inflater, Unread};
use super::head::{CONTROL_BYTES_MAX, HEAD_BYTES_MAX, Head, Opcode, Parsed, parse};
use super::resync::next_frame;
use tapistry_wire::weird::Weird;

/// Bytes that are looked through for the next frame before a direction is given up.
const SOUGHT_BYTES_MAX: u64 = 1 << 20;
/// Bytes that are unmasked at a time.
const PIECE_BYTES: usize = 4096;
/// Room that is kept from message to message.
const POOLED_BYTES_MAX: usize = 4096;

/// Hears of frames and messages.
pub trait Sink {
    /// The head of a frame was read, whose payload has so many bytes.
    fn frame(&mut self, opcode: Opcode, bytes: u64);

    /// A message is over.
    fn message(&mut self, message: &Message<'_>);

    /// The sender closes, and says why (RFC 6455 §7.4).
    fn close(&mut self, code: Option<u16>);

    /// Something odd.
    fn weird(&mut self, weird: Weird);
}

/// A message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// Whether it is said to be text; not where its beginning was not seen.
    pub is_text: bool,
    /// Bytes, decompressed as far as that went.
    pub bytes: u64,
    /// Its beginning.
    pub prefix: &'a [u8],
    /// Whether `prefix` is all of it.
    pub is_whole: bool,
}

/// One direction. Nothing grows beyond the prefix of a message and what an inflater takes.
#[derive(Debug)]
pub struct Reader {
    /// Whether the sender is the client, which masks.
    is_client: bool,
    prefix_bytes_max: usize,
    inflater: Option<Box<Inflater>>,
    state: State,
    message: Option<Open>,
    prefix: Vec<u8>,
    control: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Head {
        bytes: [u8; HEAD_BYTES_MAX],
        count: usize,
    },
    Payload {
        head: Head,
        taken: u64,
    },
    /// The place of the next frame is unknown.
    Sought {
        passed: u64,
    },
    Given,
}

/// A message of which frames came.
#[derive(Clone, Copy, Debug)]
struct Open {
    is_text: bool,
    is_compressed: bool,
    is_whole: bool,
    bytes: u64,
}

const BETWEEN: State = State::Head { bytes: [0; HEAD_BYTES_MAX], count: 0 };

impl Reader {
    /// At the first byte after the handshake. Without `deflate` compressed messages stay unread.
    pub fn new(is_client: bool, deflate: Option<Deflate>, prefix_bytes_max: usize) -> Self {
        let inflater = deflate.map(|deflate| Box::new(Inflater::new(deflate.takes_over[usize::from(!is_client)])));
        Reader { is_client, prefix_bytes_max, inflater, state: BETWEEN, message: None, prefix: Vec::new(), control: Vec::new() }
    }

    /// Takes the next bytes.
    pub fn feed(&mut self, mut bytes: &[u8], sink: &mut impl Sink) {
        while !bytes.is_empty() {
            let taken = match self.state {
                State::Head { .. } => self.read_head(bytes, sink),
                State::Payload { head, taken } => self.read_payload(bytes, head, taken, sink),
                State::Sought { passed } => self.seek(bytes, passed, sink),
                State::Given => return,
            };
            bytes = &bytes[taken..];
        }
    }

    /// Bytes that will never come.
    pub fn gap(&mut self, length: u64, sink: &mut impl Sink) {
        match self.state {
            State::Payload { head, taken } if length <= head.length - taken => {
                if !head.opcode.is_control() {
                    self.miss();
                }
                self.state = State::Payload { head, taken: taken + length };
                self.end_frame_if_whole(sink);
            }
            State::Sought { .. } | State::Given => {}
            State::Payload { .. } | State::Head { .. } => self.lose(sink),
        }
    }

    /// Nothing more comes: a message that is open is told as it is.
    pub fn finish(&mut self, sink: &mut impl Sink) {
        if let Some(message) = &mut self.message {
            message.is_whole = false;
            self.end_message(sink);
        }
    }

    /// Bytes of a message that are in memory.
    pub fn held_bytes(&self) -> usize {
        self.prefix.len()
    }

    /// Forgets them: the message is told as one that is not whole.
    pub fn forget(&mut self) {
        self.prefix = Vec::new();
        if let Some(message) = &mut self.message {
            message.is_whole = false;
        }
    }

    fn read_head(&mut self, bytes: &[u8], sink: &mut impl Sink) -> usize {
        let State::Head { bytes: mut held, count } = self.state else { return 0 };
        let added = bytes.len().min(HEAD_BYTES_MAX - count);
        held[count..count + added].copy_from_slice(&bytes[..added]);
        match parse(&held[..count + added]) {
            Parsed::More => {
                self.state = State::Head { bytes: held, count: count + added };
                added
            }
            Parsed::No => {
                sink.weird(Weird::WsFrameInvalid);
                self.lose(sink);
                0
            }
            Parsed::Head(head) => {
                self.begin(head, sink);
                head.bytes - count
            }
        }
    }

    fn begin(&mut self, head: Head, sink: &mut impl Sink) {
        sink.frame(head.opcode, head.length);
        if head.mask.is_some() != self.is_client {
            sink.weird(if self.is_client { Weird::WsMaskMissing } else { Weird::WsMaskByServer });
        }
        if head.opcode.is_control() && head.length > CONTROL_BYTES_MAX {
            sink.weird(if head.opcode == Opcode::Close { Weird::WsCloseOversize } else { Weird::WsFrameInvalid });
        }
        let opened = Open { is_text: head.opcode == Opcode::Text, is_compressed: head.is_compressed, is_whole: true, bytes: 0 };
        match head.opcode {
            Opcode::Text | Opcode::Binary => {
                self.finish(sink);
                self.message = Some(opened);
                if let (true, Some(inflater)) = (head.is_compressed, &mut self.inflater) {
                    inflater.begin();
                }
            }
            // The first frame of the message was not seen.
            Opcode::Continuation if self.message.is_none() => {
                self.message = Some(Open { is_whole: false, is_compressed: self.inflater.is_some(), ..opened });
                self.miss();
            }
            Opcode::Continuation => {}
            Opcode::Close | Opcode::Ping | Opcode::Pong => self.control.clear(),
        }
        self.state = State::Payload { head, taken: 0 };
        self.end_frame_if_whole(sink);
    }

    fn read_payload(&mut self, bytes: &[u8], head: Head, taken: u64, sink: &mut impl Sink) -> usize {
        let left = usize::try_from(head.length - taken).unwrap_or(usize::MAX);
        let piece = &bytes[..bytes.len().min(left)];
        match head.mask {
            None => self.take(piece, head.opcode, sink),
            Some(mask) => {
                let mut plain = [0; PIECE_BYTES];
                let mut at = taken as usize;
                for masked in piece.chunks(PIECE_BYTES) {
                    for (plain, masked) in plain.iter_mut().zip(masked) {
                        *plain = masked ^ mask[at & 3];
                        at += 1;
                    }
                    self.take(&plain[..masked.len()], head.opcode, sink);
                }
            }
        }
        self.state = State::Payload { head, taken: taken + piece.len() as u64 };
        self.end_frame_if_whole(sink);
        piece.len()
    }

    fn take(&mut self, piece: &[u8], opcode: Opcode, sink: &mut impl Sink) {
        if opcode.is_control() {
            let room = 2usize.saturating_sub(self.control.len());
            self.control.extend_from_slice(&piece[..piece.len().min(room)]);
            return;
        }
        let Reader { message: Some(message), prefix, prefix_bytes_max, inflater, .. } = self else { return };
        if !message.is_compressed {
            return keep(piece, message, prefix, *prefix_bytes_max);
        }
        let outcome = match inflater {
            Some(inflater) => inflater.feed(piece, &mut |piece| keep(piece, message, prefix, *prefix_bytes_max)),
            None => Err(Unread::Lost),
        };
        if let Err(unread) = outcome {
            say(unread, message, sink);
        }
    }

    fn end_frame_if_whole(&mut self, sink: &mut impl Sink) {
        let State::Payload { head, taken } = self.state else { return };
        if taken < head.length {
            return;
        }
        self.state = BETWEEN;
        match head.opcode {
            Opcode::Close => sink.close(self.control.first_chunk().map(|code| u16::from_be_bytes(*code))),
            Opcode::Ping | Opcode::Pong => {}
            _ if head.is_last => self.end_message(sink),
            _ => {}
        }
    }

    fn end_message(&mut self, sink: &mut impl Sink) {
        let Some(mut message) = self.message.take() else { return };
        let Reader { prefix, prefix_bytes_max, inflater, .. } = self;
        if let (true, Some(inflater)) = (message.is_compressed, inflater)
            && let Err(unread) = inflater.end(&mut |piece| keep(piece, &mut message, prefix, *prefix_bytes_max))
        {
            say(unread, &mut message, sink);
        }
        sink.message(&Message { is_text: message.is_text, bytes: message.bytes, prefix, is_whole: message.is_whole });
        prefix.clear();
        prefix.shrink_to(POOLED_BYTES_MAX);
    }

    /// Bytes of the message are missing.
    fn miss(&mut self) {
        let Some(message) = &mut self.message else { return };
        message.is_whole = false;
        if let (true, Some(inflater)) = (message.is_compressed, &mut self.inflater) {
            inflater.lose();
        }
    }

    /// The place of the next frame is unknown; messages may have gone by, and those that come may refer to them.
    fn lose(&mut self, sink: &mut impl Sink) {
        self.finish(sink);
        if let Some(inflater) = &mut self.inflater {
            inflater.lose();
        }
        self.state = State::Sought { passed: 0 };
    }

    fn seek(&mut self, bytes: &[u8], passed: u64, sink: &mut impl Sink) -> usize {
        if let Some(start) = next_frame(bytes, self.is_client, self.inflater.is_some()) {
            self.state = BETWEEN;
            return start;
        }
        let passed = passed + bytes.len() as u64;
        self.state = State::Sought { passed };
        if passed > SOUGHT_BYTES_MAX {
            sink.weird(Weird::WsLost);
            self.state = State::Given;
        }
        bytes.len()
    }
}

fn keep(piece: &[u8], message: &mut Open, prefix: &mut Vec<u8>, most: usize) {
    message.bytes += piece.len() as u64;
    let room = most.saturating_sub(prefix.len());
    prefix.extend_from_slice(&piece[..piece.len().min(room)]);
    message.is_whole &= piece.len() <= room;
}

fn say(unread: Unread, message: &mut Open, sink: &mut impl Sink) {
    message.is_whole = false;
    sink.weird(if unread == Unread::Bomb { Weird::CodingBomb } else { Weird::WsDeflateDesync });
}
