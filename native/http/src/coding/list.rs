//! The list of codings that a message names.

use crate::h1::Field;
use tapistry_wire::weird::{Weird, WeirdSet};

/// Codings of one message; more are not undone (`coding.layers`).
pub const LAYERS_MAX: usize = 3;

/// One coding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// None.
    Identity,
    /// `gzip`, `x-gzip`.
    Gzip,
    /// `deflate`: zlib or raw, told apart by content.
    Deflate,
    /// `br`.
    Brotli,
    /// `zstd`.
    Zstd,
    /// Any other name: not undone.
    Unknown,
}

impl Coding {
    /// The coding of a name, whatever its case.
    pub fn named(name: &[u8]) -> Coding {
        const NAMES: [(&[u8], Coding); 9] = [
            (b"gzip", Coding::Gzip),
            (b"br", Coding::Brotli),
            (b"deflate", Coding::Deflate),
            (b"zstd", Coding::Zstd),
            (b"identity", Coding::Identity),
            (b"none", Coding::Identity),
            (b"x-gzip", Coding::Gzip),
            (b"x-deflate", Coding::Deflate),
            (b"zstandard", Coding::Zstd),
        ];
        NAMES.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(Coding::Unknown, |(_, coding)| coding)
    }
}

/// The codings of a message in the order in which they were applied, identity left out; at most [`LAYERS_MAX`].
#[derive(Clone, Copy, Debug)]
pub struct Codings {
    list: [Coding; LAYERS_MAX],
    count: usize,
    weirds: WeirdSet,
}

impl Codings {
    /// The codings that the fields of a message name: those of Content-Encoding, then those of Transfer-Encoding but `chunked`, which
    /// the parser has undone. Where there are too many, or one that is not known, none is undone. A Content-Encoding with white space
    /// before its colon does not count, as in Wireshark.
    pub fn of(fields: &[Field<'_>]) -> Self {
        let mut codings = Codings::none();
        for field in fields.iter().filter(|field| !field.spaced && field.name.len() == 16 && field.name.eq_ignore_ascii_case(b"content-encoding")) {
            codings.content_encoding(field.value);
        }
        for field in fields.iter().filter(|field| field.name.len() == 17 && field.name.eq_ignore_ascii_case(b"transfer-encoding")) {
            for name in names(field.value) {
                match Coding::named(name) {
                    // Unknown transfer codings are the parser's to name; receivers go on without them.
                    Coding::Identity | Coding::Unknown => {}
                    coding => codings.push(coding),
                }
            }
        }
        codings
    }

    /// Nothing was named yet.
    pub fn none() -> Self {
        Codings { list: [Coding::Identity; LAYERS_MAX], count: 0, weirds: WeirdSet::default() }
    }

    /// Takes the value of a Content-Encoding.
    pub fn content_encoding(&mut self, value: &[u8]) {
        names(value).for_each(|name| self.push(Coding::named(name)));
    }

    /// In the order of application.
    pub fn as_slice(&self) -> &[Coding] {
        &self.list[..self.count]
    }

    /// `coding.unknown`, `coding.layers`.
    pub fn weirds(&self) -> WeirdSet {
        self.weirds
    }

    fn push(&mut self, coding: Coding) {
        match coding {
            // Content-Encoding has no identity (RFC 9110 §8.4.1); beside a coding, Wireshark and browsers take it to mean that none is to be undone.
            Coding::Identity if self.count > 0 => {
                self.weirds.insert(Weird::CodingUnknown);
                self.list[0] = Coding::Unknown;
                return;
            }
            Coding::Identity => return,
            Coding::Unknown => self.weirds.insert(Weird::CodingUnknown),
            _ => {}
        }
        if self.count == LAYERS_MAX {
            self.weirds.insert(Weird::CodingLayers);
            // What a part of the list would leave is no content.
            self.list[0] = Coding::Unknown;
            return;
        }
        self.list[self.count] = coding;
        self.count += 1;
    }
}

/// The elements of a list; a NUL at the end is cut, as receivers that use C strings do.
fn names(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    value.split(|&b| b == b',').map(|name| name.trim_ascii()).map(|name| name.strip_suffix(b"\0").unwrap_or(name)).filter(|name| !name.is_empty())
}
