//! The nine octets before each frame (RFC 9113 §4.1), and whether some octets can be such.

/// A frame's header is so long.
pub(super) const HEADER_BYTES: usize = 9;
/// Payload of a frame while nothing else is said (§4.2).
pub(super) const PAYLOAD_BYTES_DEFAULT: u32 = 1 << 14;

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const PRIORITY: u8 = 2;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const PUSH_PROMISE: u8 = 5;
pub(super) const PING: u8 = 6;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const CONTINUATION: u8 = 9;

/// Also the acknowledgement of SETTINGS and PING.
pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
pub(super) const PADDED: u8 = 8;
pub(super) const HAS_PRIORITY: u8 = 0x20;

/// The header of one frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub length: u32,
    pub kind: u8,
    pub flags: u8,
    pub stream: u32,
    is_reserved_set: bool,
}

impl Frame {
    #[inline]
    pub fn of(bytes: [u8; HEADER_BYTES]) -> Self {
        let [a, b, c, kind, flags, stream @ ..] = bytes;
        let stream = u32::from_be_bytes(stream);
        Frame { length: u32::from_be_bytes([0, a, b, c]), kind, flags, stream: stream & 0x7fff_ffff, is_reserved_set: stream >> 31 == 1 }
    }

    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// Whether the frame is what its kind may be; those of unknown kinds are.
    pub fn is_lawful(&self) -> bool {
        let (of_stream, length) = (self.stream != 0, self.length);
        match self.kind {
            DATA | HEADERS | CONTINUATION => of_stream,
            PRIORITY => of_stream && length == 5,
            RST_STREAM => of_stream && length == 4,
            SETTINGS => !of_stream && length.is_multiple_of(6) && (!self.has(END_STREAM) || length == 0),
            PUSH_PROMISE => of_stream && length >= 4,
            PING => !of_stream && length == 8,
            GOAWAY => !of_stream && length >= 8,
            WINDOW_UPDATE => length == 4,
            _ => true,
        }
    }

    /// Whether octets that may be anything look like a frame's header.
    pub fn is_plausible(&self) -> bool {
        let flags = match self.kind {
            DATA => END_STREAM | PADDED,
            HEADERS => END_STREAM | END_HEADERS | PADDED | HAS_PRIORITY,
            SETTINGS | PING => END_STREAM,
            PUSH_PROMISE => END_HEADERS | PADDED,
            CONTINUATION => END_HEADERS,
            _ => 0,
        };
        let is_opened_by_client = self.kind != HEADERS || self.stream % 2 == 1;
        self.kind <= CONTINUATION
            && self.length <= PAYLOAD_BYTES_DEFAULT
            && self.flags & !flags == 0
            && !self.is_reserved_set
            && is_opened_by_client
            && self.is_lawful()
    }
}
