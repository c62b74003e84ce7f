//! Whether bytes are the start of HTTP/2, or from its middle.

use super::frame::{END_HEADERS, Frame, HAS_PRIORITY, HEADER_BYTES, HEADERS, PADDED, SETTINGS};
use super::seek::chain;

/// What the client says first (RFC 9113 §3.4).
pub const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Who sends the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Who asks.
    Client,
    /// Who answers.
    Server,
}

/// What bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opening {
    /// HTTP/2, from this side.
    Http2(Side),
    /// More bytes are needed.
    Unsure,
    /// Something else.
    No,
}

/// Judges bytes that begin a direction, or where `is_late` is set a segment in its middle.
pub fn opening(bytes: &[u8], is_late: bool) -> Opening {
    if bytes.starts_with(PREFACE) {
        return Opening::Http2(Side::Client);
    }
    if PREFACE.starts_with(bytes) {
        return Opening::Unsure;
    }
    let Some(header) = bytes.first_chunk::<HEADER_BYTES>() else {
        return if bytes.starts_with(&[0]) { Opening::Unsure } else { Opening::No };
    };
    let first = Frame::of(*header);
    if !first.is_plausible() {
        return Opening::No;
    }
    if !is_late {
        // A server begins with its SETTINGS.
        let (is_settings, payload) = (first.kind == SETTINGS && first.flags == 0, &bytes[HEADER_BYTES..]);
        return match payload.get(..first.length as usize) {
            _ if !is_settings => Opening::No,
            None => Opening::Unsure,
            Some(settings) if settings.chunks(6).all(|setting| setting[0] == 0) => Opening::Http2(Side::Server),
            Some(_) => Opening::No,
        };
    }
    match (chain(bytes, true), side(bytes)) {
        (Some(true), Some(side)) => Opening::Http2(side),
        (None, Some(_)) => Opening::Unsure,
        _ => Opening::No,
    }
}

/// Who sends frames: the first block of header fields among them begins with a pseudo-field of one side, nearly always in the static table.
fn side(bytes: &[u8]) -> Option<Side> {
    let mut rest = bytes;
    while let Some(header) = rest.first_chunk::<HEADER_BYTES>() {
        let frame = Frame::of(*header);
        let (payload, length) = (&rest[HEADER_BYTES..], frame.length as usize);
        if frame.kind == HEADERS && frame.has(END_HEADERS) {
            let before = usize::from(frame.has(PADDED)) + if frame.has(HAS_PRIORITY) { 5 } else { 0 };
            match payload.get(before)? {
                // :authority, :method, :path, :scheme; indexed, or literals with such a name.
                0x81..=0x87 | 0x41..=0x47 | 0x01..=0x07 | 0x11..=0x17 => return Some(Side::Client),
                0x88..=0x8e | 0x48..=0x4e | 0x08..=0x0e | 0x18..=0x1e => return Some(Side::Server),
                _ => {}
            }
        }
        rest = payload.get(length..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{Opening, PREFACE, Side, opening};

    #[test]
    fn tells_the_start_and_the_middle() {
        let settings = [0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100];
        let asks = [0, 0, 3, 1, 5, 0, 0, 0, 1, 0x82, 0x86, 0x84];
        let answers = [0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88, 0, 0, 2, 0, 1, 0, 0, 0, 1, b'o', b'k'];
        let mut even = asks;
        even[8] = 2;
        let rows: [(&[u8], bool, Opening); 12] = [
            (PREFACE, false, Opening::Http2(Side::Client)),
            (&PREFACE[..5], false, Opening::Unsure),
            (b"PRIVATE", false, Opening::No),
            (&settings, false, Opening::Http2(Side::Server)),
            (&settings[..12], false, Opening::Unsure),
            (&[0, 0], false, Opening::Unsure),
            (&[0, 0, 6, 4, 0, 0, 0, 0, 0, 9, 3, 0, 0, 0, 100], false, Opening::No),
            (&asks, false, Opening::No),
            (&asks, true, Opening::Http2(Side::Client)),
            (&answers, true, Opening::Http2(Side::Server)),
            (&answers[..14], true, Opening::Unsure),
            (&even, true, Opening::No),
        ];
        for (bytes, is_late, expected) in rows {
            assert_eq!(opening(bytes, is_late), expected, "{bytes:x?}");
        }
    }
}
