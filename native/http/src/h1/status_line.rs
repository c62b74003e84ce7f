//! The status line (RFC 9112 §4), with whatever servers make of it.

use super::request_line::version_of;
use super::sink::Version;
use super::token::{is_space, starts_with_ignoring_case};
use tapistry_wire::weird::{Weird, WeirdSet};

const NAME: &[u8] = b"HTTP/";

/// A status line taken apart; the reason phrase is not kept.
#[derive(Debug)]
pub(crate) struct StatusLine {
    pub status: u16,
    /// More follows the digits than a status has, so it may not mean what the first three do.
    pub status_unsure: bool,
    pub version: Version,
    pub weirds: WeirdSet,
}

/// Reads a line without its end. `None`: no status line. `strict`, after loss of synchronisation, asks for a digit after the slash and three
/// for the status; otherwise a line without status is one of status 0, and at most three digits are read, as most receivers do.
pub(crate) fn read(line: &[u8], strict: bool) -> Option<StatusLine> {
    if !starts_with_ignoring_case(line, NAME) {
        return None;
    }
    let mut weirds = WeirdSet::default();
    let word_end = line.iter().position(|&b| is_space(b)).unwrap_or(line.len());
    let (version, odd) = version_of(&line[..word_end]);
    if odd || version == Version::Http09 {
        weirds.insert(Weird::Http1VersionOdd);
    }
    let rest = &line[word_end..];
    let rest = &rest[rest.iter().position(|&b| !is_space(b)).unwrap_or(rest.len())..];
    let digits = rest.iter().take(3).take_while(|b| b.is_ascii_digit()).count();
    let status = rest[..digits].iter().fold(0, |status, digit| status * 10 + u16::from(digit - b'0'));
    if strict && (digits < 3 || !line.get(NAME.len()).is_some_and(u8::is_ascii_digit)) {
        return None;
    }
    let status_unsure = rest.get(digits).is_some_and(|&b| !is_space(b));
    if !(100..600).contains(&status) || status_unsure {
        weirds.insert(Weird::Http1StatusOdd);
    }
    Some(StatusLine { status, status_unsure, version, weirds })
}

/// Whether the first bytes of a line can become a status line; once false, it stays false for every longer prefix.
pub(crate) fn could_start(prefix: &[u8]) -> bool {
    let length = prefix.len().min(NAME.len());
    prefix[..length].eq_ignore_ascii_case(&NAME[..length])
}
