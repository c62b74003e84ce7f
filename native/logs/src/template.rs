//! A log format written as its server writes it, compiled once and then read line by line.
//!
//! A template is literals with fields between them. A field goes on to the next place where the literal behind it stands, so that only
//! a field that holds that literal can be misread; what its server escapes inside of quotes cannot.

use std::borrow::Cow;

use crate::escape::Escape;
use crate::fields::{Field, Values};
use crate::parse::Scratch;
use crate::record::ExchangeRecord;
use crate::rejection::Rejection;
use crate::syslog;
use crate::time::DayCache;

mod apache;
mod compile;
mod dialect;
mod envoy;
mod haproxy;
mod nginx;

pub(crate) use dialect::Dialect;

/// A compiled template. Compiling takes microseconds; reading a line allocates for names of header fields and for what is escaped.
#[derive(Debug)]
pub struct Template {
    escape: Escape,
    /// Whether lines may have the head of a syslog daemon.
    is_syslog: bool,
    lead: Box<[u8]>,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    field: Field,
    /// The literal behind the field; empty: it goes on to the end of the line.
    until: Box<[u8]>,
    next: Next,
}

/// What is behind the literal, where it helps to tell that from the same literal in the field itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    Any,
    /// Starts with a digit; a user name may hold ` [`.
    Time,
    /// Starts with `HTTP/`, mostly; a path may hold spaces.
    Protocol,
    End,
}

impl Template {
    /// Compiles what the author of a configuration wrote or pasted: the `log_format` of nginx, the `LogFormat` of Apache, the `log-format`
    /// of HAProxy, a format of Envoy, with the directive around it or without, or names of fields as `$method $path $status`. The error
    /// is a sentence that says what is wrong and what is allowed.
    pub fn compile(text: &str) -> Result<Self, String> {
        compile::pasted(text)
    }

    pub(crate) fn of(dialect: Dialect, text: &str) -> Result<Self, String> {
        compile::template(dialect, text, None)
    }

    /// Whether `text` is a template, and not the name of a format.
    pub fn is_template(text: &str) -> bool {
        text.contains(['$', '%'])
    }

    pub(crate) fn parse<'a>(&self, line: &'a [u8], scratch: &mut Scratch) -> Result<ExchangeRecord<'a>, Rejection> {
        let line = if self.is_syslog { syslog::message(line) } else { line };
        let mut record = scratch.record();
        let mut values = Values::of(&mut record);
        let read = self.read(line, &mut values, &mut scratch.days).and_then(|()| values.finish(b"", &mut scratch.days));
        scratch.kept(record, read)
    }

    fn read<'a>(&self, line: &'a [u8], values: &mut Values<'_, 'a>, days: &mut DayCache) -> Result<(), Rejection> {
        let mut rest = line.strip_prefix(&*self.lead).ok_or(Rejection::NotFormat)?;
        for part in &self.parts {
            // HAProxy leaves the braces out, and the space behind them, where nothing is captured.
            if let (Field::Captures, Some(behind)) = (&part.field, part.until.strip_prefix(b"} ")) {
                let Some(inside) = rest.strip_prefix(b"{") else {
                    rest = rest.strip_prefix(behind).ok_or(Rejection::NotFormat)?;
                    continue;
                };
                rest = inside;
            }
            let (value, behind) = part.split(rest, self.escape).ok_or(Rejection::NotFormat)?;
            match part.field {
                Field::Ignored => {}
                // What separates captures is escaped inside of them.
                Field::Captures => values.take(&part.field, Cow::Borrowed(value), days)?,
                _ => values.take(&part.field, self.escape.undo(value), days)?,
            }
            rest = behind;
        }
        Ok(())
    }
}

impl Part {
    /// The field, and what is behind its literal.
    fn split<'a>(&self, rest: &'a [u8], escape: Escape) -> Option<(&'a [u8], &'a [u8])> {
        if let Some(end) = self.end(rest, escape) {
            return Some((&rest[..end], &rest[end + self.until.len()..]));
        }
        // The last field is empty, and the space before it was taken for the end of the line.
        let until = self.until.trim_ascii_end();
        rest.strip_suffix(until).filter(|_| until.len() < self.until.len()).map(|value| (value, &rest[rest.len()..]))
    }

    /// Where the field ends.
    fn end(&self, rest: &[u8], escape: Escape) -> Option<usize> {
        let until = &*self.until;
        match (until.first(), self.next) {
            (None, _) => Some(rest.len()),
            (Some(b'"'), _) if escape == Escape::Backslash => quote(rest, until),
            (_, Next::Time) => places(rest, until).find(|at| rest.get(at + until.len()).is_some_and(u8::is_ascii_digit)),
            (_, Next::Protocol) => places(rest, until).find(|at| rest[at + until.len()..].starts_with(b"HTTP/")).or_else(|| places(rest, until).next()),
            // Nothing inside of the quotes is escaped: only the last one can be theirs.
            (_, Next::End) if escape == Escape::None => memchr::memmem::rfind(rest, until),
            _ => places(rest, until).next(),
        }
    }
}

/// Where `until` stands. Fields are short: a look for its first byte beats a search for all of it.
fn places<'a>(rest: &'a [u8], until: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = until.first().copied().unwrap_or_default();
    memchr::memchr_iter(first, rest).filter(move |at| rest[*at..].starts_with(until))
}

/// The first place of `until`, which starts with a quote, that is not escaped.
fn quote(rest: &[u8], until: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', rest.get(at..)?)?;
        if rest[at..].starts_with(until) {
            return Some(at);
        }
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
}
