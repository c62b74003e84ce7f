//! Logs whose columns a head names: the W3C's extended format, CloudFront's standard logs, Zeek's `http.log`.
//!
//! A head may come again in the middle of a file, and counts from there. Its lines are comments: neither exchanges nor lost.

use std::borrow::Cow;

use crate::access::table::Role;
use crate::escape::Escape;
use crate::fields::{Field, Values};
use crate::format::Format;
use crate::parse::Scratch;
use crate::record::ExchangeRecord;
use crate::rejection::Rejection;
use crate::time::DayCache;

mod w3c;
mod zeek;

/// Columns that are looked at.
const COLUMNS_MAX: usize = 512;

/// What the heads said so far.
#[derive(Default)]
pub(crate) struct Columns {
    /// Whose heads they were.
    format: Option<Format>,
    fields: Vec<Field>,
    separator: u8,
    /// `#Date` of a log whose lines have only the time of day.
    day: Vec<u8>,
    /// What stands for nothing, besides `-`.
    empty: Vec<u8>,
    /// Whether the columns are those of another log than one of HTTP.
    is_other: bool,
}

/// The format whose columns `line` names, if it does.
pub(crate) fn format_of(line: &[u8]) -> Option<Format> {
    if line.starts_with(b"#separator ") || line.starts_with(b"#fields\t") {
        return Some(Format::Zeek);
    }
    let names = line.strip_prefix(b"#Fields:")?;
    let is_cloudfront = names.split(u8::is_ascii_whitespace).any(|name| name == b"x-edge-location");
    Some(if is_cloudfront { Format::CloudFront } else { Format::W3c })
}

/// Takes a line that starts with `#`. What is no head changes nothing.
pub(crate) fn read_head(format: Format, line: &[u8], scratch: &mut Scratch) {
    let (Ok(line), true) = (str::from_utf8(line), format.has_head()) else { return };
    let columns = scratch.columns.of(format);
    if format == Format::Zeek { zeek::read_head(line, columns) } else { w3c::read_head(line, format, columns) }
}

/// Parses a line by the head before it. CloudFront's columns are known without one.
pub(crate) fn parse<'a>(format: Format, line: &'a [u8], scratch: &mut Scratch) -> Result<ExchangeRecord<'a>, Rejection> {
    if scratch.columns.of(format).fields.is_empty() {
        if format != Format::CloudFront {
            return Err(Rejection::HeadMissing);
        }
        if memchr::memchr(b'\t', line).is_none() {
            return Err(Rejection::NotFormat);
        }
        w3c::read_default_head(&mut scratch.columns);
    }
    if scratch.columns.is_other {
        return Err(Rejection::OtherEvent);
    }
    let mut record = scratch.record();
    let mut values = Values::of(&mut record);
    let (columns, days) = (&scratch.columns, &mut scratch.days);
    let read = columns.read(format, line, &mut values, days).and_then(|()| values.finish(&columns.day, days));
    scratch.kept(record, read)
}

impl Columns {
    /// These, without what the heads of another format said.
    fn of(&mut self, format: Format) -> &mut Self {
        if self.format != Some(format) {
            *self = Self { format: Some(format), ..Self::default() };
        }
        self
    }

    fn read<'a>(&self, format: Format, line: &'a [u8], values: &mut Values<'_, 'a>, days: &mut DayCache) -> Result<(), Rejection> {
        let mut rest = Some(line);
        for field in &self.fields {
            let at = rest.ok_or(Rejection::NotFormat)?;
            let (value, after) = w3c::quoted(at, self.separator).unwrap_or_else(|| match memchr::memchr(self.separator, at) {
                Some(end) => (Cow::Borrowed(&at[..end]), Some(&at[end + 1..])),
                None => (Cow::Borrowed(at), None),
            });
            rest = after;
            if !self.empty.is_empty() && *value == *self.empty {
                continue;
            }
            values.take(field, undone(format, field, value), days)?;
        }
        // A line with more columns than the head has is of another head; but AWS adds columns.
        if rest.is_none() || format == Format::CloudFront { Ok(()) } else { Err(Rejection::NotFormat) }
    }
}

/// A value as it was before the server made it fit into a column.
fn undone<'a>(format: Format, field: &Field, value: Cow<'a, [u8]>) -> Cow<'a, [u8]> {
    let is_header = matches!(field, Field::RequestHeader(_)) || field.role() == Some(Role::UserAgent);
    match (format, value) {
        (Format::Zeek, Cow::Borrowed(value)) => Escape::Backslash.undo(value),
        (Format::CloudFront, Cow::Borrowed(value)) if is_header => Escape::Percent.undo(value),
        // IIS writes a space as `+`.
        (Format::W3c, Cow::Borrowed(value)) if is_header && value.contains(&b'+') => {
            Cow::Owned(value.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect())
        }
        (_, value) => value,
    }
}
