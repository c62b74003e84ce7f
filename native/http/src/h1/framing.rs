//! Where a message's body ends (RFC 9112 §6.3), and what to make of fields that contradict each other.

use super::sink::{Field, ResponseContext, Version};
use super::token::{starts_with_ignoring_case, trim};
use crate::coding::Coding;
use tapistry_wire::weird::{Weird, WeirdSet};

/// How a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// There is none.
    None,
    /// After so many bytes.
    Length(u64),
    /// With the last chunk. `fallback` is how it ends if it turns out not to be chunked at all (responses only).
    Chunked { fallback: Option<ChunkFallback> },
    /// With the stream.
    ToClose,
    /// No HTTP/1 follows.
    Tunnel,
}

/// How the body of a response that only calls itself chunked ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChunkFallback {
    /// After so many bytes.
    Length(u64),
    /// With the stream.
    ToClose,
}

/// What the fields say about framing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Framing {
    length: Option<u64>,
    length_invalid: bool,
    has_length: bool,
    coded: bool,
    chunked: bool,
}

impl Framing {
    /// Reads Content-Length and Transfer-Encoding.
    pub fn of(fields: &[Field<'_>], version: Version, weirds: &mut WeirdSet) -> Self {
        let mut framing = Framing::default();
        for field in fields {
            match field.name.len() {
                14 if field.name.eq_ignore_ascii_case(b"content-length") => framing.read_length(field.value, weirds),
                17 if field.name.eq_ignore_ascii_case(b"transfer-encoding") => framing.read_coding(field.value, weirds),
                _ => {}
            }
        }
        if framing.coded && framing.has_length {
            weirds.insert(Weird::Http1ClAndTe);
        }
        if framing.coded && version != Version::Http11 {
            weirds.insert(Weird::Http1TeIn10);
        }
        framing
    }

    /// The body of a request: without either field there is none. A length that is no number leaves none either.
    pub fn of_request(self) -> Body {
        match (self.chunked, self.length) {
            (true, _) => Body::Chunked { fallback: None },
            (_, Some(0)) | (_, None) => Body::None,
            (_, Some(length)) => Body::Length(length),
        }
    }

    /// The body of a response: without either field it goes to the end of the stream.
    pub fn of_response(self, status: u16, context: ResponseContext) -> Body {
        match (status, context) {
            (101, _) | (200..=299, ResponseContext::Connect) => return Body::Tunnel,
            (100..=199 | 204 | 304, _) | (_, ResponseContext::Head) => return Body::None,
            _ => {}
        }
        match (self.chunked, self.length) {
            (true, Some(length)) => Body::Chunked { fallback: Some(ChunkFallback::Length(length)) },
            (true, None) => Body::Chunked { fallback: Some(ChunkFallback::ToClose) },
            (_, Some(0)) => Body::None,
            (_, Some(length)) => Body::Length(length),
            (_, None) => Body::ToClose,
        }
    }

    /// Whether a request has a length that is none, or a transfer coding that does not delimit, so that nobody knows where it ends.
    pub fn is_lost(self) -> bool {
        (self.length_invalid || self.coded) && self.length.is_none() && !self.chunked
    }

    /// Of different lengths the last one counts, as in Wireshark; receivers disagree, so it is named.
    fn read_length(&mut self, value: &[u8], weirds: &mut WeirdSet) {
        for (index, part) in value.split(|&b| b == b',').enumerate() {
            if self.has_length || index > 0 {
                weirds.insert(Weird::Http1ClDuplicate);
            }
            self.has_length = true;
            let part = trim(part);
            let digits = part.strip_prefix(b"+").unwrap_or(part);
            if digits.len() < part.len() {
                weirds.insert(Weird::Http1ClInvalid);
            }
            let Some(length) = decimal(digits) else {
                weirds.insert(Weird::Http1ClInvalid);
                self.length_invalid = true;
                self.length = None;
                return;
            };
            if self.length.is_some_and(|other| other != length) {
                weirds.insert(Weird::Http1ClConflict);
            }
            self.length = Some(length);
        }
    }

    /// `chunked` anywhere in the list counts, also with more characters after it, as receivers that compare prefixes read it. Codings that
    /// are undone may stand before it (RFC 9112 §6.1), not behind it.
    fn read_coding(&mut self, value: &[u8], weirds: &mut WeirdSet) {
        for part in value.split(|&b| b == b',').map(trim).filter(|part| !part.is_empty()) {
            if part.eq_ignore_ascii_case(b"identity") {
                continue;
            }
            self.coded = true;
            let is_chunked = starts_with_ignoring_case(part, b"chunked");
            let is_known = if is_chunked { part.len() == b"chunked".len() } else { Coding::named(part) != Coding::Unknown };
            if !is_known || self.chunked {
                weirds.insert(Weird::Http1TeUnknown);
            }
            self.chunked |= is_chunked;
        }
    }
}

/// A length, if it is one; receivers keep it in 63 bits.
fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits
        .iter()
        .try_fold(0i64, |number, digit| {
            if !digit.is_ascii_digit() {
                return None;
            }
            number.checked_mul(10)?.checked_add(i64::from(digit - b'0'))
        })
        .map(i64::unsigned_abs)
}
