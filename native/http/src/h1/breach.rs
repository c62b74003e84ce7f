//! Where a response head breaks off: a line that is no field, on a connection that closes after it.

use super::token::{is_space, token_length, trim, trim_end};

/// The index of the line with which the body begins, though the empty line has not come; `None` where the head is sound or the connection goes on.
///
/// RFC 9112 does not say what to make of a line without colon, of a bare CR that makes white space begin a line, or of a length or transfer
/// coding that continuation lines leave without meaning. Wireshark takes such a line and all that follows for content. So do we where
/// nothing can come after the message, so that whoever compares sees the same bytes. On a connection that goes on, the line is skipped or
/// joined: to lose the next messages would be worse.
pub(super) fn find(bytes: &[u8], lines: &[(u32, u32)]) -> Option<usize> {
    let line = |index: usize| lines.get(index).map(|(start, end)| &bytes[*start as usize..*end as usize]);
    let breach = (1..lines.len()).find(|&index| {
        let Some(content) = line(index) else { return false };
        if memchr::memchr(b':', content).is_some() {
            return false;
        }
        if !continues(content) {
            return true;
        }
        let before = (1..index).rev().find(|&before| line(before).is_some_and(|content| !continues(content)));
        let is_first = before.is_some_and(|before| before + 1 == index);
        is_first && (follows_bare_cr(bytes, lines[index - 1].1) || before.is_some_and(|field| !is_sound(field, line)))
    })?;
    let closes = (1..lines.len()).filter_map(line).any(|line| value_of(line, b"connection").is_some_and(|value| value.eq_ignore_ascii_case(b"close")));
    closes.then_some(breach)
}

fn continues(line: &[u8]) -> bool {
    line.first().copied().is_some_and(is_space)
}

/// Whether a line that ends at `end` ends with a CR alone.
fn follows_bare_cr(bytes: &[u8], end: u32) -> bool {
    let rest = &bytes[end as usize..];
    rest.first() == Some(&b'\r') && rest.get(1) != Some(&b'\n')
}

/// Whether a folded field still says what it is there for: a number for a length, tokens for a transfer coding. Others always do.
fn is_sound<'a>(field: usize, line: impl Fn(usize) -> Option<&'a [u8]>) -> bool {
    let first = line(field).unwrap_or_default();
    let is_length = value_of(first, b"content-length").is_some();
    if !is_length && value_of(first, b"transfer-encoding").is_none() {
        return true;
    }
    let colon = memchr::memchr(b':', first).map_or(first.len(), |colon| colon + 1);
    let mut joined = trim(&first[colon..]).to_vec();
    for more in (field + 1..).map_while(&line).take_while(|line| continues(line)) {
        joined.push(b' ');
        joined.extend_from_slice(trim(more));
    }
    match trim(&joined) {
        value if is_length => !value.is_empty() && value.iter().all(u8::is_ascii_digit),
        value => value.split(|&b| b == b',').map(trim).all(|coding| token_length(coding) == coding.len()),
    }
}

/// The value of a line where it is the field of this lower-case name.
fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let colon = memchr::memchr(b':', line)?;
    trim_end(&line[..colon]).eq_ignore_ascii_case(name).then(|| trim(&line[colon + 1..]))
}
