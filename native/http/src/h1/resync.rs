//! Where a message may begin among bytes that belong to none.
//!
//! Bodies mostly end without a line end, so that the next message begins within a line. There only what is a start line beyond doubt is one:
//! a status line with version and three digits, or a registered method, a target of plain form without white space, and a version.

use super::method::{begins_registered, begun_at_end, is_registered, registered_at_end};
use super::request_line::{could_be_plain_target, has_plain_target};
use super::token::token_length;
use memchr::{memchr2_iter, memchr3};

/// Where to look on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// Behind a line end, after so many bytes.
    Line(usize),
    /// Within a line, after so many bytes: a start line begins there, or may do so when more bytes come.
    Inside(usize),
    /// Not in these bytes.
    Nowhere,
}

/// Looks for a status line.
pub(super) fn response(bytes: &[u8]) -> Resume {
    let found = memchr2_iter(b'\n', b'H', bytes).find(|at| bytes[*at] == b'\n' || could_be_response(&bytes[*at..]));
    match found {
        Some(at) if bytes[at] == b'\n' => Resume::Line(at + 1),
        Some(at) => Resume::Inside(at),
        None => Resume::Nowhere,
    }
}

/// Whether bytes within a line can become a status line; once false, it stays false for every longer prefix.
pub(super) fn could_be_response(prefix: &[u8]) -> bool {
    const NAME: &[u8] = b"HTTP/1.";
    let length = prefix.len().min(NAME.len());
    let is_digit = |byte: &u8| byte.is_ascii_digit();
    let is_end = |byte: &u8| matches!(byte, b' ' | b'\r' | b'\n');
    let is_space = |byte: &u8| *byte == b' ';
    let shape: [&dyn Fn(&u8) -> bool; 6] = [&is_digit, &is_space, &is_digit, &is_digit, &is_digit, &is_end];
    prefix[..length] == NAME[..length] && prefix[length..].iter().zip(shape).all(|(byte, fits)| fits(byte))
}

/// Looks for a request line.
pub(super) fn request(bytes: &[u8]) -> Resume {
    for at in memchr2_iter(b'\n', b' ', bytes) {
        if bytes[at] == b'\n' {
            return Resume::Line(at + 1);
        }
        if let Some(length) = registered_at_end(&bytes[..at])
            && could_be_request(&bytes[at - length..])
        {
            return Resume::Inside(at - length);
        }
    }
    begun_at_end(bytes).map_or(Resume::Nowhere, Resume::Inside)
}

/// Whether bytes within a line can become a request line; once false, it stays false for every longer prefix.
pub(super) fn could_be_request(prefix: &[u8]) -> bool {
    const VERSION: &[u8] = b"HTTP/1.";
    let (method, rest) = prefix.split_at(token_length(prefix));
    let Some((b' ', rest)) = rest.split_first() else { return rest.is_empty() && begins_registered(method) };
    if !is_registered(method) {
        return false;
    }
    // A lone CR ends a line as well.
    match memchr3(b' ', b'\r', b'\n', rest) {
        None => could_be_plain_target(rest),
        Some(at) => {
            let version = &rest[at + 1..];
            let length = version.len().min(VERSION.len());
            rest[at] == b' ' && has_plain_target(&rest[..at]) && version[..length] == VERSION[..length]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Resume, could_be_request, could_be_response, request, response};

    #[test]
    fn starts_are_found_within_lines() {
        assert_eq!(response(b"{\"a\":1}HTTP/1.1 200 OK\r\n"), Resume::Inside(7));
        assert_eq!(response(b"\"GET / HTTP/1.1\" 200 HTTP/1."), Resume::Inside(21));
        assert_eq!(response(b"HTTP/1.1 2x\nHTTP/1.1 200"), Resume::Line(12));
        assert_eq!(response(b"HTTP/1.1 2000"), Resume::Nowhere);
        assert_eq!(request(b"cdefghGET /a HTTP/1.1\r\n"), Resume::Inside(6));
        assert_eq!(request(b"GET it, PUT /a down; }POST /"), Resume::Inside(22));
        assert_eq!(request(b"cdeGE"), Resume::Inside(3));
        assert_eq!(request(b"GET me a\nb"), Resume::Line(9));
        assert_eq!(request(b"GET /a\n"), Resume::Line(7));
        assert_eq!(request(b"GET /a\rb HTTP/1.1"), Resume::Nowhere);
    }

    #[test]
    fn a_prefix_that_cannot_start_never_can() {
        for (line, could) in [(&b"HTTP/1.1 200 OK"[..], could_be_response as fn(&[u8]) -> bool), (b"PROPFIND http://x/a HTTP/1.1", could_be_request)] {
            assert!((0..=line.len()).all(|length| could(&line[..length])), "{}", line.escape_ascii());
            for at in 1..line.len().min(13) {
                let mut broken = line.to_vec();
                broken[at] = b'{';
                let first = (0..=line.len()).find(|length| !could(&broken[..*length]));
                assert!(first.is_none_or(|first| (first..=line.len()).all(|length| !could(&broken[..length]))));
            }
        }
    }
}
