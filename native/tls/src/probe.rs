//! Whether the first bytes of a stream are those of a TLS client.

use crate::session::sslv2_message;

/// What the first bytes of a stream say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// They are no ClientHello.
    No,
    /// More bytes are needed.
    Unsure,
    /// They begin a ClientHello.
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
