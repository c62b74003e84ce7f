//! The head of a frame (RFC 6455 §5.2).

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// More of a message.
    Continuation,
    /// The beginning of a message of text.
    Text,
    /// The beginning of a message of bytes.
    Binary,
    /// No more messages come.
    Close,
    /// Are you there?
    Ping,
    /// I am.
    Pong,
}

impl Opcode {
    /// Whether it is no part of a message.
    pub(super) const fn is_control(self) -> bool {
        matches!(self, Opcode::Close | Opcode::Ping | Opcode::Pong)
    }
}

/// The longest head: two bytes, a long length, a mask.
pub(super) const HEAD_BYTES_MAX: usize = 14;
/// Nobody sends more in one frame; what says so is no frame.
const LENGTH_MAX: u64 = 1 << 40;
/// What a control frame may carry.
pub(super) const CONTROL_BYTES_MAX: u64 = 125;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub is_last: bool,
    /// The first reserved bit: compressed, where that was agreed on.
    pub is_compressed: bool,
    pub opcode: Opcode,
    pub mask: Option<[u8; 4]>,
    /// Of the payload.
    pub length: u64,
    /// Of the head itself.
    pub bytes: usize,
    /// Whether the length could have been written shorter.
    pub is_wide: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Head(Head),
    More,
    No,
}

/// Reads a head. A control frame that is too long is read too; one in parts is none.
pub(super) fn parse(bytes: &[u8]) -> Parsed {
    let [first, second, rest @ ..] = bytes else { return Parsed::More };
    let opcode = match first & 0x0f {
        0 => Opcode::Continuation,
        1 => Opcode::Text,
        2 => Opcode::Binary,
        8 => Opcode::Close,
        9 => Opcode::Ping,
        10 => Opcode::Pong,
        _ => return Parsed::No,
    };
    let (is_last, is_compressed) = (first & 0x80 != 0, first & 0x40 != 0);
    if first & 0x30 != 0 || (opcode.is_control() && (!is_last || is_compressed)) {
        return Parsed::No;
    }
    let short = second & 0x7f;
    let (length, length_bytes) = match (short, rest) {
        (126, [a, b, ..]) => (u64::from(u16::from_be_bytes([*a, *b])), 2),
        (127, [a, b, c, d, e, f, g, h, ..]) => (u64::from_be_bytes([*a, *b, *c, *d, *e, *f, *g, *h]), 8),
        (126 | 127, _) => return Parsed::More,
        (short, _) => (u64::from(short), 0),
    };
    if length > LENGTH_MAX {
        return Parsed::No;
    }
    let is_wide = (short == 126 && length < 126) || (short == 127 && length < 1 << 16);
    let (mask, mask_bytes) = match (second & 0x80, rest.get(length_bytes..length_bytes + 4)) {
        (0, _) => (None, 0),
        (_, Some(mask)) => (mask.try_into().ok(), 4),
        (_, None) => return Parsed::More,
    };
    Parsed::Head(Head { is_last, is_compressed, opcode, mask, length, bytes: 2 + length_bytes + mask_bytes, is_wide })
}
