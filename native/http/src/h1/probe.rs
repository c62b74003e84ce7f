//! Whether bytes at the start of a stream are HTTP/1, by content alone.

use super::method::is_registered;
use super::request_line::{self, has_plain_target};
use super::sink::Version;
use super::status_line;
use super::token::{is_space, token_length, trim};

/// Bytes after which an answer is given without the end of the line.
const LINE_BYTES_MAX: usize = 8 << 10;

/// What the first bytes of a direction say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// It is.
    Yes,
    /// It is not, whatever follows.
    No,
    /// More bytes are needed.
    Unsure,
}

/// Whether `bytes` begin with an HTTP/1 request. Blank lines and spaces may come before it. A line must name an HTTP version below 2, or have a
/// registered method and a plain target (HTTP/0.9): SIP, RTSP and ICAP have the shape, but neither. Looks at 8 KiB at most.
pub fn is_request_start(bytes: &[u8]) -> Probe {
    let bytes = &bytes[..bytes.len().min(LINE_BYTES_MAX)];
    let Some(start) = bytes.iter().position(|&b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n')) else {
        return if bytes.len() < LINE_BYTES_MAX { Probe::Unsure } else { Probe::No };
    };
    let rest = &bytes[start..];
    if !request_line::could_start(rest) {
        return Probe::No;
    }
    let method = &rest[..token_length(rest)];
    if let Some(end) = memchr::memchr2(b'\r', b'\n', rest) {
        return whole_line(method, &rest[..end]);
    }
    let target = trim(&rest[method.len()..]);
    let known = is_registered(method);
    if known && !target.is_empty() && !could_be_target(method, target) {
        return Probe::No;
    }
    match (bytes.len() < LINE_BYTES_MAX, known) {
        (true, _) => Probe::Unsure,
        (false, true) if has_plain_target(target) => Probe::Yes,
        (false, _) => Probe::No,
    }
}

/// Whether `bytes` begin with an HTTP/1 status line. Blank lines and spaces may come before it. Looks at 8 KiB at most.
pub fn is_response_start(bytes: &[u8]) -> Probe {
    let bytes = &bytes[..bytes.len().min(LINE_BYTES_MAX)];
    let Some(start) = bytes.iter().position(|&b| !matches!(b, b' ' | b'\t' | b'\r' | b'\n')) else {
        return if bytes.len() < LINE_BYTES_MAX { Probe::Unsure } else { Probe::No };
    };
    let rest = &bytes[start..];
    match (status_line::could_start(rest), rest.get(5)) {
        (false, _) => Probe::No,
        (true, None) => Probe::Unsure,
        (true, Some(digit)) if digit.is_ascii_digit() => Probe::Yes,
        _ => Probe::No,
    }
}

fn whole_line(method: &[u8], line: &[u8]) -> Probe {
    let Some(read) = request_line::read(line, false) else { return Probe::No };
    let version = line.iter().rposition(|&b| is_space(b)).map_or(&line[..0], |at| &line[at + 1..]);
    let is_http = super::token::starts_with_ignoring_case(version, b"HTTP/");
    // The connection preface of HTTP/2 is a request line by shape.
    if is_http && (method == b"PRI" || version.get(5) == Some(&b'2')) {
        return Probe::No;
    }
    if is_http || read.version == Version::Http09 { Probe::Yes } else { Probe::No }
}

/// Whether a target that may go on can be one of HTTP.
fn could_be_target(method: &[u8], target: &[u8]) -> bool {
    if method == b"CONNECT" || matches!(target[0], b'/' | b'*') {
        return true;
    }
    [&b"http://"[..], b"https://"].into_iter().any(|scheme| {
        let length = target.len().min(scheme.len());
        target[..length].eq_ignore_ascii_case(&scheme[..length])
    })
}
