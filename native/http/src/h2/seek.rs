//! Where a frame begins in bytes that may begin anywhere: frames chain, each says where the next one is.

use super::frame::{Frame, HEADER_BYTES};

/// What a place in the bytes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A frame begins here.
    Frame,
    /// None does before here, and more bytes are needed to tell of this place.
    Unsure,
}

/// The first place that begins a frame, or may. `is_whole` says that `bytes` end where a frame may end, as segments often do: then a place
/// that is sure comes before one that is not.
pub(super) fn seek(bytes: &[u8], is_whole: bool) -> (usize, Place) {
    let (mut at, mut unsure) = (0, None);
    while at < bytes.len() {
        match chain(&bytes[at..], is_whole) {
            Some(true) => return (at, Place::Frame),
            None if !is_whole => return (at, Place::Unsure),
            None => {
                unsure.get_or_insert(at);
            }
            Some(false) => {}
        }
        at += 1 + memchr::memchr(0, &bytes[at + 1..]).unwrap_or(bytes.len() - at - 1);
    }
    (unsure.unwrap_or(bytes.len()), Place::Unsure)
}

/// Whether frames follow each other from here on: two of them, or one that ends with the bytes where these are whole.
pub(super) fn chain(bytes: &[u8], is_whole: bool) -> Option<bool> {
    let mut rest = bytes;
    for count in 0..2 {
        let Some(header) = rest.first_chunk::<HEADER_BYTES>() else {
            return match (count, rest) {
                (1, []) if is_whole => Some(true),
                (_, [first, ..]) if *first != 0 => Some(false),
                _ => None,
            };
        };
        let frame = Frame::of(*header);
        if !frame.is_plausible() {
            return Some(false);
        }
        match rest.get(HEADER_BYTES + frame.length as usize..) {
            Some(after) => rest = after,
            None if count == 1 => return Some(true),
            None => return None,
        }
    }
    Some(true)
}
