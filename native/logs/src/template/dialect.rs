//! In whose words a template is written.

use crate::escape::Escape;
use crate::fields::Field;

use super::{apache, envoy, haproxy, nginx};

/// The language of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `$request`: nginx, the load balancers and gateways of AWS, and the names of our own fields.
    Dollar,
    /// `%r`, `%{User-Agent}i`
    Apache,
    /// `%ci`, `%[req.hdr(host)]`
    HaProxy,
    /// `%REQ(:METHOD)%`
    Envoy,
}

/// A piece of a template as it is written.
#[derive(Clone, Debug)]
pub(crate) enum Piece {
    Literal(String),
    /// A field, and how it is written.
    Field(Field, String),
}

impl Dialect {
    /// The language that `text` is in.
    pub fn of(text: &str) -> Self {
        let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if text.contains('$') {
            Self::Dollar
        } else if has(&["%REQ(", "%RESP(", "%START_TIME", "%PROTOCOL%", "%RESPONSE_CODE%"]) {
            Self::Envoy
        } else if has(&["%ci", "%ST", "%[", "%{+", "%HM", "%tr", "%ft"]) {
            Self::HaProxy
        } else {
            Self::Apache
        }
    }

    /// The pieces of `text`.
    pub fn pieces(self, text: &str) -> Result<Vec<Piece>, String> {
        match self {
            Self::Dollar => Ok(nginx::pieces(text)),
            Self::Apache => apache::pieces(text),
            Self::HaProxy => haproxy::pieces(text),
            Self::Envoy => envoy::pieces(text),
        }
    }

    pub fn escape(self) -> Escape {
        match self {
            Self::Dollar | Self::Apache => Escape::Backslash,
            Self::HaProxy => Escape::Hash,
            Self::Envoy => Escape::None,
        }
    }

    /// What a request is called.
    pub fn request_names(self) -> &'static str {
        match self {
            Self::Dollar => "$request, or $method and $path (nginx: $request_method and $request_uri)",
            Self::Apache => "%r, or %m and %U%q",
            Self::HaProxy => "%r, or %HM and %HU",
            Self::Envoy => "%REQ(:METHOD)% and %REQ(:PATH)%",
        }
    }
}

/// The field that `written` stands for by a table of how they call it and what it is called here.
pub(super) fn translate(table: &[(&str, &str)], written: &str) -> Option<Field> {
    let (_, name) = table.iter().find(|(theirs, _)| *theirs == written)?;
    Field::named(name)
}
