//! The W3C's extended log file format (WD-logfile-960323), IIS' and Tomcat's use of it, and CloudFront's.

use std::borrow::Cow;

use crate::fields::Field;
use crate::format::Format;

use super::{COLUMNS_MAX, Columns};

/// CloudFront's columns in the order of its documentation ("Standard logging reference"), as far as they tell of an exchange: a part of a
/// log has no head.
const CLOUDFRONT: &str = "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) \
    cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher \
    x-edge-response-result-type cs-protocol-version";

/// Takes `#Fields: NAME NAME` and `#Date: DAY TIME`.
pub(super) fn read_head(line: &str, format: Format, columns: &mut Columns) {
    if let Some(date) = line.strip_prefix("#Date:") {
        columns.day = date.split_whitespace().next().unwrap_or_default().as_bytes().to_vec();
    } else if let Some(names) = line.strip_prefix("#Fields:") {
        columns.fields = names.split_whitespace().take(COLUMNS_MAX).map(|name| field(name, format)).collect();
        columns.separator = if format == Format::CloudFront || names.contains('\t') { b'\t' } else { b' ' };
    }
}

pub(super) fn read_default_head(columns: &mut Columns) {
    read_head(CLOUDFRONT, Format::CloudFront, columns);
}

/// `cs(NAME)` is a header field of the request, `sc(NAME)` and `rs(NAME)` of the response.
fn field(name: &str, format: Format) -> Field {
    let header = |prefix| name.strip_prefix(prefix).and_then(|name: &str| name.strip_suffix(')'));
    match name {
        "date" => Field::Day,
        "time" => Field::TimeOfDay,
        // The name of the distribution; what the client sent is in `x-host-header`.
        "cs(Host)" if format == Format::CloudFront => Field::Ignored,
        _ => match (header("cs("), header("sc(").or_else(|| header("rs("))) {
            (Some(name), _) => Field::request(name),
            (None, Some(name)) => Field::response(name),
            (None, None) => Field::named(name).unwrap_or(Field::Ignored),
        },
    }
}

/// A value, and what is behind the separator; none at the end of the line.
pub(super) type Cell<'a> = (Cow<'a, [u8]>, Option<&'a [u8]>);

/// A value in quotes, in which `""` is a quote; none where the value is not quoted.
pub(super) fn quoted(text: &[u8], separator: u8) -> Option<Cell<'_>> {
    let inside = text.strip_prefix(b"\"")?;
    let mut at = 0;
    let mut has_quotes = false;
    loop {
        at += memchr::memchr(b'"', inside.get(at..)?)?;
        match inside.get(at + 1) {
            Some(b'"') => (has_quotes, at) = (true, at + 2),
            None => break,
            Some(byte) if *byte == separator => break,
            Some(_) => return None,
        }
    }
    let value = &inside[..at];
    let value = if has_quotes { Cow::Owned(without_doubles(value)) } else { Cow::Borrowed(value) };
    Some((value, inside.get(at + 2..)))
}

fn without_doubles(value: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(value.len());
    let mut bytes = value.iter();
    while let Some(&byte) = bytes.next() {
        out.push(byte);
        if byte == b'"' {
            bytes.next();
        }
    }
    out
}
