//! The request line (RFC 9112 §3), with whatever clients make of it.

use super::method::{is_registered, registered_at_end};
use super::sink::Version;
use super::token::{is_space, starts_with_ignoring_case, token_length, trim};
use tapistry_wire::weird::{Weird, WeirdSet};

/// Longer tokens are no methods.
const METHOD_BYTES_MAX: usize = 32;

/// A request line taken apart.
#[derive(Debug)]
pub(crate) struct RequestLine<'a> {
    pub method: &'a [u8],
    pub target: &'a [u8],
    pub version: Version,
    pub weirds: WeirdSet,
}

/// Reads a line without its end. `None`: no request line. After loss of synchronisation (`strict`) only a line that names its
/// HTTP version is one; otherwise a registered method may go without (HTTP/0.9), or with another version word. The preface of HTTP/2 (RFC 9113 §3.4) is none.
pub(crate) fn read(line: &[u8], strict: bool) -> Option<RequestLine<'_>> {
    let mut weirds = WeirdSet::default();
    let method_length = token_length(line);
    if method_length == 0 || method_length > METHOD_BYTES_MAX || !line.get(method_length).copied().is_some_and(is_space) {
        return None;
    }
    let (method, rest) = line.split_at(method_length);
    if !is_registered(method) {
        weirds.insert(Weird::Http1MethodUnknown);
    }
    if rest.get(1).copied().is_some_and(is_space) {
        weirds.insert(Weird::Http1SpaceInTarget);
    }
    let rest = trim(rest);
    let (target, version) = match split_version(rest) {
        Some((target, word)) if starts_with_ignoring_case(word, b"HTTP/") => {
            let (version, odd) = version_of(word);
            if odd {
                weirds.insert(Weird::Http1VersionOdd);
            }
            (target, version)
        }
        _ if strict || !is_registered(method) || !has_plain_target(rest) => return None,
        Some((target, word)) if is_version_shaped(word) || word.eq_ignore_ascii_case(b"HTTP") => {
            weirds.insert(Weird::Http1VersionOdd);
            (target, Version::Http11)
        }
        _ => {
            weirds.insert(Weird::Http1VersionMissing);
            (rest, Version::Http09)
        }
    };
    // RFC 9112 §3.2.3: a host and a port, which hold no white space.
    let target = if method == b"CONNECT" { target.split(|&b| is_space(b)).next().unwrap_or_default() } else { target };
    let is_preface = method == b"PRI" && target == b"*" && rest.ends_with(b"HTTP/2.0");
    if target.is_empty() || is_preface {
        return None;
    }
    if target.iter().any(|&b| is_space(b)) {
        weirds.insert(Weird::Http1SpaceInTarget);
    }
    Some(RequestLine { method, target, version, weirds })
}

/// The request line of which a capture with short packets kept the method, the target and a part of the version.
pub(crate) fn mend(beginning: &[u8]) -> Option<Vec<u8>> {
    const VERSION: &[u8] = b"HTTP/1.1";
    let (_, word) = split_version(beginning)?;
    if word.is_empty() || !VERSION.starts_with(word) {
        return None;
    }
    let line = [&beginning[..beginning.len() - word.len()], VERSION].concat();
    read(&line, true).is_some().then_some(line)
}

/// Whether the first bytes of a line can become a request line; once false, it stays false for every longer prefix.
pub(crate) fn could_start(prefix: &[u8]) -> bool {
    let length = token_length(prefix);
    if length == prefix.len() {
        return length <= METHOD_BYTES_MAX;
    }
    length > 0 && length <= METHOD_BYTES_MAX && is_space(prefix[length])
}

/// The version that a word such as `HTTP/1.1` names, and whether it is written or chosen in an odd way.
pub(crate) fn version_of(word: &[u8]) -> (Version, bool) {
    match word {
        b"HTTP/1.1" => (Version::Http11, false),
        b"HTTP/1.0" => (Version::Http10, false),
        _ => match word.get(5..) {
            Some(b"1.0") => (Version::Http10, true),
            Some(b"0.9") => (Version::Http09, true),
            _ => (Version::Http11, true),
        },
    }
}

/// Splits at the last white space: RFC 9112 §3 has servers that take the target up to there.
fn split_version(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = memchr::memrchr2(b' ', b'\t', rest)?;
    Some((trim(&rest[..at]), &rest[at + 1..]))
}

/// A name, a slash, a digit: another protocol's version, or a misspelt one.
fn is_version_shaped(word: &[u8]) -> bool {
    let letters = word.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    letters > 0 && word.get(letters) == Some(&b'/') && word.get(letters + 1).is_some_and(u8::is_ascii_digit)
}

/// Whether a target that goes on can become one of [`has_plain_target`].
pub(crate) fn could_be_plain_target(beginning: &[u8]) -> bool {
    let begins = |form: &[u8]| {
        let length = beginning.len().min(form.len());
        beginning[..length].eq_ignore_ascii_case(&form[..length])
    };
    begins(b"/") || begins(b"http://") || begins(b"https://")
}

/// How many bytes before the start line belong to a body that was longer than it said. They end with no line end, so they look like the
/// beginning of a method; what they are, is told by the registered method at their end and by letters that no method has.
pub(crate) fn leftover(line: &[u8]) -> usize {
    let parts = split_version(line).filter(|(_, word)| starts_with_ignoring_case(word, b"HTTP/")).and_then(|(rest, _)| split_version(rest));
    let Some((methods, target)) = parts else { return 0 };
    let before = registered_at_end(methods).map_or(0, |length| methods.len() - length);
    let is_method = line[..before].iter().all(|b| b.is_ascii_uppercase() || matches!(b, b'-' | b'_'));
    if is_method || !has_plain_target(target) { 0 } else { before }
}

/// Origin-form, absolute-form of HTTP, or asterisk-form: what tells a line without version from prose and from SIP or RTSP.
pub(crate) fn has_plain_target(target: &[u8]) -> bool {
    target.first() == Some(&b'/') || starts_with_ignoring_case(target, b"http://") || starts_with_ignoring_case(target, b"https://")
}
