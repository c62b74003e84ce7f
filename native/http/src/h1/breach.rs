//! A response head with a line that is no field, on a connection that closes after it.

use super::token::{is_space, trim};

/// The index of the first line that is neither a field nor continues one, where the fields before it say `Connection: close`.
/// RFC 9112 does not say what such a line means. Wireshark takes it and all that follows for content; so do we where nothing can
/// come after the message, so that whoever compares sees the same bytes. On a connection that goes on, the line is skipped: losing the
/// next messages would be worse.
pub(super) fn find(bytes: &[u8], lines: &[(u32, u32)]) -> Option<usize> {
    let mut closes = false;
    for (index, (start, end)) in lines.iter().enumerate().skip(1) {
        let line = &bytes[*start as usize..*end as usize];
        match memchr::memchr(b':', line) {
            Some(colon) => closes |= line[..colon].eq_ignore_ascii_case(b"connection") && trim(&line[colon + 1..]).eq_ignore_ascii_case(b"close"),
            None if line.first().copied().is_some_and(is_space) => {}
            None => return closes.then_some(index),
        }
    }
    None
}
