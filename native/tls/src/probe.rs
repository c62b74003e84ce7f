//! Whether bytes of a stream are those of TLS: its client's first ones, or records of a stream that was joined late.

use crate::records::{HEADER_BYTES, is_header};
use crate::session::sslv2_message;

/// What the first bytes of a stream say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// They are none.
    No,
    /// More bytes are needed.
    Unsure,
    /// They are.
    Yes,
}

/// Looks at the first bytes of a direction.
pub fn is_client_start(bytes: &[u8]) -> Probe {
    match bytes {
        [] | [0x16] | [0x16, 3] | [0x16, 3, 0..=4] | [0x16, 3, 0..=4, _] | [0x16, 3, 0..=4, _, _] => Probe::Unsure,
        [0x16, 3, 0..=4, _, _, 1, ..] => Probe::Yes,
        [0x80..=0xff, _, 1, 0, 2, ..] | [0x80..=0xff, _, 1, 3, 0..=4, ..] => match sslv2_message(bytes) {
            Some(_) => Probe::Yes,
            None => Probe::Unsure,
        },
        [0x80..=0xff] | [0x80..=0xff, _] | [0x80..=0xff, _, 1] | [0x80..=0xff, _, 1, 0 | 3] => Probe::Unsure,
        _ => Probe::No,
    }
}

/// Looks at bytes that may begin a record anywhere in a stream: the next record has to follow where it says, so that chance tells nothing.
pub fn is_record_start(bytes: &[u8]) -> Probe {
    let Some(header) = bytes.first_chunk::<HEADER_BYTES>() else {
        return if matches!(bytes, [0x14..=0x18, 3, 0..=4, ..]) { Probe::Unsure } else { Probe::No };
    };
    if !is_header(header) {
        return Probe::No;
    }
    match bytes.get(HEADER_BYTES + usize::from(u16::from_be_bytes([header[3], header[4]]))..) {
        None => Probe::Unsure,
        Some([] | [0x14..=0x18] | [0x14..=0x18, 3] | [0x14..=0x18, 3, 0..=4] | [0x14..=0x18, 3, 0..=4, _]) => Probe::Yes,
        Some(next) if is_header(next) => Probe::Yes,
        Some(_) => Probe::No,
    }
}
