//! One line of a known format to one exchange record.

use std::borrow::Cow;
use std::sync::Arc;

use crate::access::{self, table::KeyCache};
use crate::clf;
use crate::columns::{self, Columns};
use crate::exchange;
use crate::format::Format;
use crate::record::ExchangeRecord;
use crate::rejection::Rejection;
use crate::template::Template;
use crate::time::DayCache;

type Fields<'a> = Vec<(Cow<'a, str>, Cow<'a, [u8]>)>;

/// Memory that is used again from line to line, and what the head of a log said; one per input.
#[derive(Default)]
pub struct Scratch {
    /// Empty field lists that keep their room.
    spare: [Fields<'static>; 2],
    pub(crate) days: DayCache,
    pub(crate) keys: KeyCache,
    pub(crate) columns: Columns,
    template: Option<Arc<Template>>,
}

impl Scratch {
    /// For lines of `Format::Custom`.
    pub fn with_template(template: Arc<Template>) -> Self {
        Self { template: Some(template), ..Self::default() }
    }

    /// Takes the field lists of a record that is no longer needed. Not calling it costs an allocation a line, nothing else.
    #[inline]
    pub fn recycle(&mut self, record: ExchangeRecord<'_>) {
        self.spare = [emptied(record.request_fields), emptied(record.response_fields)];
    }

    /// The record, or why it is none: then its lists are kept.
    pub(crate) fn kept<'a>(&mut self, record: ExchangeRecord<'a>, read: Result<(), Rejection>) -> Result<ExchangeRecord<'a>, Rejection> {
        match read {
            Ok(()) => Ok(record),
            Err(rejection) => {
                self.recycle(record);
                Err(rejection)
            }
        }
    }

    #[inline]
    pub(crate) fn record<'a>(&mut self) -> ExchangeRecord<'a> {
        let [request, response] = std::mem::take(&mut self.spare);
        ExchangeRecord { request_fields: emptied(request), response_fields: emptied(response), ..ExchangeRecord::default() }
    }
}

/// The list without its fields, for fields of another lifetime; collecting in place keeps its room.
#[inline]
fn emptied<'b>(mut fields: Fields<'_>) -> Fields<'b> {
    if fields.capacity() == 0 {
        return Vec::new();
    }
    fields.clear();
    fields.into_iter().map_while(|_| None).collect()
}

/// The exchange that `line` tells. `line` has no line feed; a carriage return at its end and a byte-order mark at its start are
/// passed over, and so are the NULs that stand before the first line of a log that was cut while its writer went on where it was. Hand the record back with `Scratch::recycle` when it is done with. `Format::Har` is not a format of lines.
#[inline]
pub fn parse_line<'a>(format: Format, line: &'a [u8], scratch: &mut Scratch) -> Result<ExchangeRecord<'a>, Rejection> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line).trim_ascii();
    let line = without_hole(line);
    match line.first() {
        None => return Err(Rejection::Blank),
        Some(b'#') => {
            columns::read_head(format, line, scratch);
            return Err(Rejection::Comment);
        }
        _ => {}
    }
    if memchr::memchr(0, line).is_some() {
        return Err(Rejection::NulByte);
    }
    match format {
        Format::Combined | Format::Common => clf::parse(line, false, scratch),
        Format::VCombined => clf::parse(line, true, scratch),
        Format::JsonAccess => access::parse(object(line)?, scratch),
        Format::NdjsonExchange => exchange::parse(object(line)?, scratch),
        Format::Har => Err(Rejection::NotFormat),
        Format::W3c | Format::CloudFront | Format::Zeek => columns::parse(format, line, scratch),
        format => parse_template(format, line, scratch),
    }
}

/// The line behind a hole of NULs; nothing but NULs stays as it is.
#[inline]
fn without_hole(line: &[u8]) -> &[u8] {
    match line.first() {
        Some(0) => line.iter().position(|byte| *byte != 0).map_or(line, |end| &line[end..]),
        _ => line,
    }
}

fn parse_template<'a>(format: Format, line: &'a [u8], scratch: &mut Scratch) -> Result<ExchangeRecord<'a>, Rejection> {
    if let Some(template) = format.template() {
        return template.parse(line, scratch);
    }
    // Taken out for the time of the line, since both are needed at once.
    let Some(template) = scratch.template.take() else { return Err(Rejection::NotFormat) };
    let parsed = template.parse(line, scratch);
    scratch.template = Some(template);
    parsed
}

/// The text of a line that starts like an object.
#[inline]
fn object(line: &[u8]) -> Result<&str, Rejection> {
    let text = simdutf8::basic::from_utf8(line).map_err(|_| Rejection::NotUtf8)?;
    match line.first() {
        Some(b'{') => Ok(text),
        Some(b'[' | b'"' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n') => Err(Rejection::NotObject),
        _ => Err(Rejection::NotJson),
    }
}
