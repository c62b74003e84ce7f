//! One direction of a connection: frames out of bytes that come in any pieces, with holes.

use super::blocks::{BLOCK_BYTES_MAX, Blocks};
use super::frame::{CONTINUATION, DATA, END_STREAM, Frame, GOAWAY, HEADER_BYTES, HEADERS, PADDED, PAYLOAD_BYTES_DEFAULT, PUSH_PROMISE, RST_STREAM, SETTINGS};
use super::probe::PREFACE;
use super::seek::{Place, seek};
use super::sink::Sink;
use tapistry_wire::weird::Weird;

/// Where the bytes of a direction begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the client's preface, or without it with a frame.
    Connection,
    /// Anywhere.
    Midstream,
}

/// The state of one direction.
#[derive(Debug)]
pub struct Half {
    state: State,
    /// A frame's header, a payload that is read as a whole, or bytes in which a frame is sought, as far as they came.
    pending: Vec<u8>,
    blocks: Blocks,
    /// What the other side lets this one put into a frame.
    frame_bytes_max: u32,
    /// What this side lets the other one put into a frame.
    announced: u32,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// In the preface, so many bytes of it seen.
    Preface(usize),
    /// At a frame's header.
    Header,
    /// In a payload that is told as it comes.
    Data { frame: Frame, left: u32, padding: Option<u32> },
    /// In a payload that is read as a whole.
    Whole(Frame),
    /// In a payload that nobody needs.
    Skip(u32),
    /// In bytes of which nobody knows where a frame begins.
    Seek,
}

/// Bytes in which a frame is sought: the largest frame of most connections, and what proves it.
const SEEK_BYTES_MAX: usize = PAYLOAD_BYTES_DEFAULT as usize + 4 * HEADER_BYTES;

/// Room that stays for the next payload that comes in pieces.
const POOLED_BYTES_MAX: usize = 4096;

impl Half {
    /// Nothing seen.
    pub fn new(start: Start) -> Self {
        let mut blocks = Blocks::default();
        if start == Start::Midstream {
            blocks.lose();
        }
        Half {
            state: if start == Start::Connection { State::Preface(0) } else { State::Seek },
            pending: Vec::new(),
            blocks,
            frame_bytes_max: PAYLOAD_BYTES_DEFAULT,
            announced: PAYLOAD_BYTES_DEFAULT,
        }
    }

    /// Bytes that are kept of frames and blocks that are not whole, and of fields that later blocks refer to.
    pub fn held_bytes(&self) -> usize {
        self.blocks.held_bytes() + self.pending.capacity()
    }

    /// What this side lets the other one put into a frame (SETTINGS_MAX_FRAME_SIZE).
    pub fn announced(&self) -> u32 {
        self.announced
    }

    /// What the other side said of that.
    pub fn allow(&mut self, frame_bytes_max: u32) {
        self.frame_bytes_max = frame_bytes_max;
    }

    /// The next bytes.
    pub fn feed(&mut self, mut bytes: &[u8], sink: &mut impl Sink) {
        while !bytes.is_empty() {
            bytes = match self.state {
                State::Preface(seen) => self.preface(seen, bytes),
                State::Header => self.header(bytes, sink),
                State::Data { frame, left, padding } => self.data(frame, left, padding, bytes, sink),
                State::Whole(frame) => self.whole(&frame, bytes, sink),
                State::Skip(left) => {
                    let length = bytes.len().min(left as usize);
                    self.state = if length == left as usize { State::Header } else { State::Skip(left - length as u32) };
                    &bytes[length..]
                }
                State::Seek => self.seek(bytes, sink),
            };
        }
    }

    /// `length` bytes that will never come.
    pub fn gap(&mut self, length: u64, sink: &mut impl Sink) {
        let left = match self.state {
            State::Data { left, .. } | State::Skip(left) => u64::from(left),
            State::Whole(frame) => u64::from(frame.length) - self.pending.len() as u64,
            State::Preface(_) | State::Header | State::Seek => 0,
        };
        if length > left {
            sink.weird(Weird::TcpGap);
            return self.lose(sink);
        }
        match self.state {
            State::Data { frame, left, padding } => {
                let padding = padding.unwrap_or(0);
                sink.data_gap(frame.stream, length.min(u64::from(left - padding.min(left))));
                self.go_on(frame, left - length as u32, Some(padding), sink);
            }
            State::Whole(frame) => {
                self.pending.clear();
                self.state = State::Header;
                self.skip((left - length) as u32);
                if matches!(frame.kind, HEADERS | PUSH_PROMISE | CONTINUATION) {
                    // Which fields were in it is unknown, and what they put into the table.
                    sink.weird(Weird::TcpGap);
                    self.blocks.break_open(&frame, sink);
                }
            }
            State::Skip(left) => self.skip(left - length as u32),
            State::Preface(_) | State::Header | State::Seek => {}
        }
    }

    /// Nothing more comes.
    pub fn finish(&mut self, sink: &mut impl Sink) {
        if let State::Seek = self.state {
            let bytes = std::mem::take(&mut self.pending);
            let (at, place) = seek(&bytes, true);
            sink.skip(at);
            if place == Place::Frame {
                self.state = State::Header;
                self.feed(&bytes[at..], sink);
            }
        }
        self.blocks.finish(sink);
    }

    fn preface<'b>(&mut self, seen: usize, bytes: &'b [u8]) -> &'b [u8] {
        let length = bytes.len().min(PREFACE.len() - seen);
        let is_preface = bytes[..length] == PREFACE[seen..seen + length];
        self.state = if is_preface && seen + length < PREFACE.len() { State::Preface(seen + length) } else { State::Header };
        if is_preface {
            return &bytes[length..];
        }
        // It was none: what looked like it was the beginning of a frame's header, or of nothing.
        self.pending.extend_from_slice(&PREFACE[..seen.min(HEADER_BYTES - 1)]);
        bytes
    }

    #[inline]
    fn header<'b>(&mut self, bytes: &'b [u8], sink: &mut impl Sink) -> &'b [u8] {
        if self.pending.is_empty() {
            sink.frame();
            if let Some((header, rest)) = bytes.split_first_chunk::<HEADER_BYTES>() {
                return self.begin(*header, rest, sink).unwrap_or(&bytes[1..]);
            }
        }
        let length = bytes.len().min(HEADER_BYTES - self.pending.len());
        self.pending.extend_from_slice(&bytes[..length]);
        let Some(header) = self.pending.first_chunk::<HEADER_BYTES>().copied() else { return &[] };
        self.pending.clear();
        let rest = &bytes[length..];
        self.begin(header, rest, sink).unwrap_or_else(|| {
            self.pending.extend_from_slice(&header[1..]);
            rest
        })
    }

    /// A frame's header was read; what follows is looked at where it is whole. `None` where it is no frame: one is sought behind its first byte.
    fn begin<'b>(&mut self, header: [u8; HEADER_BYTES], rest: &'b [u8], sink: &mut impl Sink) -> Option<&'b [u8]> {
        let frame = Frame::of(header);
        if !frame.is_lawful() || !self.blocks.may_follow(&frame) || (frame.kind > CONTINUATION && frame.length > self.frame_bytes_max) {
            sink.weird(Weird::H2FrameInvalid);
            self.lose(sink);
            sink.skip(1);
            return None;
        }
        if frame.length > self.frame_bytes_max {
            sink.weird(Weird::H2FrameTooLong);
        }
        match frame.kind {
            DATA => self.go_on(frame, frame.length, if frame.has(PADDED) { None } else { Some(0) }, sink),
            HEADERS | PUSH_PROMISE | CONTINUATION | RST_STREAM | SETTINGS | GOAWAY => {
                let length = frame.length as usize;
                if length > BLOCK_BYTES_MAX {
                    sink.weird(Weird::H2HeaderLimit);
                    if matches!(frame.kind, HEADERS | PUSH_PROMISE | CONTINUATION) {
                        self.blocks.break_open(&frame, sink);
                    }
                    self.skip(frame.length);
                } else if let Some((payload, rest)) = rest.split_at_checked(length) {
                    self.state = State::Header;
                    self.payload(&frame, payload, sink);
                    return Some(rest);
                } else {
                    self.state = State::Whole(frame);
                }
            }
            _ => self.skip(frame.length),
        }
        Some(rest)
    }

    fn skip(&mut self, left: u32) {
        self.state = if left == 0 { State::Header } else { State::Skip(left) };
    }

    /// DATA with so much of its payload left; `padding` is not known before its first byte.
    fn go_on(&mut self, frame: Frame, left: u32, padding: Option<u32>, sink: &mut impl Sink) {
        if left > 0 {
            self.state = State::Data { frame, left, padding };
            return;
        }
        self.state = State::Header;
        if frame.has(END_STREAM) {
            sink.end_stream(frame.stream);
        }
    }

    fn data<'b>(&mut self, frame: Frame, left: u32, padding: Option<u32>, bytes: &'b [u8], sink: &mut impl Sink) -> &'b [u8] {
        let Some(padding) = padding else {
            let padding = u32::from(bytes[0]);
            if padding > left - 1 {
                sink.weird(Weird::H2FrameInvalid);
            }
            self.go_on(frame, left - 1, Some(padding), sink);
            return &bytes[1..];
        };
        let length = bytes.len().min(left as usize);
        let content = length.min((left - padding.min(left)) as usize);
        if content > 0 {
            sink.data(frame.stream, &bytes[..content]);
        }
        self.go_on(frame, left - length as u32, Some(padding), sink);
        &bytes[length..]
    }

    fn whole<'b>(&mut self, frame: &Frame, bytes: &'b [u8], sink: &mut impl Sink) -> &'b [u8] {
        let length = bytes.len().min(frame.length as usize - self.pending.len());
        self.pending.extend_from_slice(&bytes[..length]);
        if self.pending.len() == frame.length as usize {
            let mut payload = std::mem::take(&mut self.pending);
            self.state = State::Header;
            self.payload(frame, &payload, sink);
            payload.clear();
            payload.shrink_to(POOLED_BYTES_MAX);
            self.pending = payload;
        }
        &bytes[length..]
    }

    fn payload(&mut self, frame: &Frame, payload: &[u8], sink: &mut impl Sink) {
        match frame.kind {
            RST_STREAM => sink.reset(frame.stream),
            GOAWAY => sink.go_away(payload.first_chunk().map_or(0, |last| u32::from_be_bytes(*last) & 0x7fff_ffff)),
            SETTINGS => {
                for setting in payload.as_chunks::<6>().0 {
                    if let [0, 5, size @ ..] = setting {
                        self.announced = u32::from_be_bytes(*size).clamp(PAYLOAD_BYTES_DEFAULT, (1 << 24) - 1);
                    }
                }
            }
            CONTINUATION => self.blocks.go_on(frame, payload, sink),
            _ => self.blocks.first(frame, payload, sink),
        }
    }

    /// Nobody knows any more where a frame begins, and which went by.
    fn lose(&mut self, sink: &mut impl Sink) {
        self.blocks.lose();
        self.pending.clear();
        self.state = State::Seek;
        sink.lost();
    }

    fn seek<'b>(&mut self, bytes: &'b [u8], sink: &mut impl Sink) -> &'b [u8] {
        if self.pending.is_empty() {
            // Segments often begin and end with a frame; what was sought in vain before does not.
            let (at, place) = seek(bytes, true);
            sink.skip(at);
            match place {
                Place::Frame => self.state = State::Header,
                Place::Unsure => self.keep(&bytes[at..], sink),
            }
            return if place == Place::Frame { &bytes[at..] } else { &[] };
        }
        let mut sought = std::mem::take(&mut self.pending);
        sought.extend_from_slice(bytes);
        let (at, place) = seek(&sought, false);
        sink.skip(at);
        match place {
            Place::Frame => {
                self.state = State::Header;
                self.feed(&sought[at..], sink);
            }
            Place::Unsure => self.keep(&sought[at..], sink),
        }
        &[]
    }

    fn keep(&mut self, bytes: &[u8], sink: &mut impl Sink) {
        let passed = bytes.len().saturating_sub(SEEK_BYTES_MAX);
        sink.skip(passed);
        self.pending = bytes[passed..].to_vec();
    }
}
