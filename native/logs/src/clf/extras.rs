//! Fields that servers are told to write behind `combined`, known by how they look, since no header names them.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::record::ExchangeRecord;

/// Reads one field: `0.123` or `rt=0.123` (seconds), `12ms`, `host=name` or a host name, a list of addresses (X-Forwarded-For).
/// The first of each kind counts: `$request_time` stands before `$upstream_response_time` in every usual format. Anything else says nothing.
pub fn read<'a>(field: &'a [u8], record: &mut ExchangeRecord<'a>) {
    let Ok(field) = std::str::from_utf8(field) else { return };
    let (name, value) = match field.split_once('=') {
        Some((name, value)) if !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') => {
            (Some(name), value.trim_matches('"'))
        }
        _ => (None, field),
    };
    match name {
        None => {
            if record.duration_ms.is_none() {
                record.duration_ms = duration_ms(value);
            }
            if record.duration_ms.is_none() || !value.starts_with(|first: char| first.is_ascii_digit()) || value.contains(',') {
                read_address_or_host(value, record);
            }
        }
        Some("rt" | "request_time" | "reqtime") => record.duration_ms = value.parse::<f64>().ok().filter(is_sane).map(|seconds| seconds * 1e3),
        Some("host" | "http_host") => read_host(value, record),
        Some("xff" | "x_forwarded_for") => read_address_or_host(value, record),
        Some(_) => {}
    }
}

/// Seconds with a decimal point, or a number with its unit; an integer alone may be anything.
fn duration_ms(text: &str) -> Option<f64> {
    let (number, per_unit_ms) = [("ms", 1.0), ("us", 1e-3), ("µs", 1e-3), ("ns", 1e-6), ("s", 1e3)]
        .into_iter()
        .find_map(|(unit, per_unit_ms)| Some((text.strip_suffix(unit)?, per_unit_ms)))
        .or_else(|| text.contains('.').then_some((text, 1e3)))?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if !is_number {
        return None;
    }
    number.parse::<f64>().ok().filter(is_sane).map(|value| value * per_unit_ms)
}

fn is_sane(value: &f64) -> bool {
    (0.0..1e9).contains(value)
}

fn read_address_or_host<'a>(text: &'a str, record: &mut ExchangeRecord<'a>) {
    let first = text.split(',').next().unwrap_or_default().trim();
    if first.parse::<IpAddr>().is_err() {
        return read_host(text, record);
    }
    if !record.request_fields.iter().any(|(name, _)| name == "x-forwarded-for") {
        record.request_fields.push((Cow::Borrowed("x-forwarded-for"), Cow::Borrowed(text.as_bytes())));
    }
}

/// A name with dots whose last label is letters, and an optional port. `TLSv1.3` and upstream addresses are not.
pub(crate) fn read_host<'a>(text: &'a str, record: &mut ExchangeRecord<'a>) {
    let (name, port) = text.split_once(':').unwrap_or((text, "0"));
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    let last = name.rsplit('.').next().unwrap_or_default();
    let is_name = name.contains('.') && last.len() >= 2 && last.bytes().all(|byte| byte.is_ascii_alphabetic()) && name.split('.').all(is_label);
    if record.host.is_none() && is_name && port.parse::<u16>().is_ok() {
        record.host = Some(Cow::Borrowed(text));
    }
}
