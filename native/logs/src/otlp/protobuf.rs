//! Export requests in Protocol Buffers. Numbers of fields are those of opentelemetry-proto 1.x; traces and logs have the same down to the
//! spans and log records.

use std::borrow::Cow;

use super::entry::{Entry, KEY_BYTES_MAX};
use super::wire::{Fields, Wire};
use crate::rejection::Rejection;

/// Levels of lists and maps in a value that are followed; the libraries of Protocol Buffers follow as many messages.
const DEPTH_MAX: u32 = 100;

/// Calls `each` for each span or log record, with `service.name` of its resource.
pub(crate) fn records<'a>(body: &'a [u8], mut each: impl FnMut(Option<&str>, &'a [u8]) -> Result<(), Rejection>) -> Result<(), Rejection> {
    // ExportTraceServiceRequest: resource_spans = 1. ExportLogsServiceRequest: resource_logs = 1.
    messages(body, 1, |group| {
        let mut service = None;
        // ResourceSpans, ResourceLogs: resource = 1, scope_spans and scope_logs = 2. The resource may stand behind what it is of.
        messages(group, 1, |resource| {
            // Resource: attributes = 1.
            messages(resource, 1, |attribute| {
                let (key, value) = key_value(attribute)?;
                if key == b"service.name" {
                    value_of(value, "", 0, &mut |_, text| service = Some(text))?;
                }
                Ok(())
            })
        })?;
        // ScopeSpans: spans = 2. ScopeLogs: log_records = 2.
        messages(group, 2, |scope| messages(scope, 2, |record| each(service.as_deref(), record)))
    })
}

/// Span: kind = 6, start_time_unix_nano = 7, end_time_unix_nano = 8, attributes = 9.
pub(crate) fn span<'a>(span: &'a [u8], entry: &mut Entry<'_, 'a>) -> Result<(), Rejection> {
    for field in Fields(span) {
        match field? {
            (6, Wire::Varint(kind)) => entry.kind = kind,
            (7, Wire::Fixed64(time_ns)) => entry.start_ns = time_ns,
            (8, Wire::Fixed64(time_ns)) => entry.end_ns = time_ns,
            (9, Wire::Bytes(attribute)) => take(attribute, entry)?,
            _ => {}
        }
    }
    Ok(())
}

/// LogRecord: time_unix_nano = 1, body = 5, attributes = 6, observed_time_unix_nano = 11.
pub(crate) fn log<'a>(log: &'a [u8], entry: &mut Entry<'_, 'a>) -> Result<(), Rejection> {
    for field in Fields(log) {
        match field? {
            (1, Wire::Fixed64(time_ns)) => entry.start_ns = time_ns,
            (5, Wire::Bytes(body)) => value_of(body, "", 0, &mut |key, text| match key {
                "" => entry.body = Some(text),
                key => entry.attribute(key, text),
            })?,
            (6, Wire::Bytes(attribute)) => take(attribute, entry)?,
            (11, Wire::Fixed64(time_ns)) => entry.end_ns = time_ns,
            _ => {}
        }
    }
    Ok(())
}

fn take<'a>(attribute: &'a [u8], entry: &mut Entry<'_, 'a>) -> Result<(), Rejection> {
    let (key, value) = key_value(attribute)?;
    match str::from_utf8(key) {
        Ok(key) if key.len() <= KEY_BYTES_MAX => value_of(value, key, 0, &mut |key, text| entry.attribute(key, text)),
        _ => Ok(()),
    }
}

/// KeyValue: key = 1, value = 2.
fn key_value(message: &[u8]) -> Result<(&[u8], &[u8]), Rejection> {
    let (mut key, mut value): (&[u8], &[u8]) = (b"", b"");
    for field in Fields(message) {
        match field? {
            (1, Wire::Bytes(bytes)) => key = bytes,
            (2, Wire::Bytes(bytes)) => value = bytes,
            _ => {}
        }
    }
    Ok((key, value))
}

/// AnyValue: string_value = 1, int_value = 3, double_value = 4, array_value = 5, kvlist_value = 6, bytes_value = 7. Calls `each` for each text or number
/// in it, with the name that it has. ArrayValue, KeyValueList: values = 1.
fn value_of<'a>(value: &'a [u8], key: &str, depth: u32, each: &mut dyn FnMut(&str, Cow<'a, str>)) -> Result<(), Rejection> {
    if depth > DEPTH_MAX {
        return Err(Rejection::TooDeep);
    }
    for field in Fields(value) {
        match field? {
            (1 | 7, Wire::Bytes(text)) => each(key, String::from_utf8_lossy(text)),
            (3, Wire::Varint(number)) => each(key, Cow::Owned((number as i64).to_string())),
            (4, Wire::Fixed64(bits)) => each(key, Cow::Owned(f64::from_bits(bits).to_string())),
            (5, Wire::Bytes(list)) => messages(list, 1, |element| value_of(element, key, depth + 1, each))?,
            (6, Wire::Bytes(map)) => messages(map, 1, |member| {
                let (name, value) = key_value(member)?;
                let Ok(name) = str::from_utf8(name) else { return Ok(()) };
                let path = if key.is_empty() { Cow::Borrowed(name) } else { Cow::Owned(format!("{key}.{name}")) };
                if path.len() <= KEY_BYTES_MAX { value_of(value, &path, depth + 1, each) } else { Ok(()) }
            })?,
            _ => {}
        }
    }
    Ok(())
}

/// Calls `each` for each message in the field with that number.
fn messages<'a>(message: &'a [u8], number: u64, mut each: impl FnMut(&'a [u8]) -> Result<(), Rejection>) -> Result<(), Rejection> {
    for field in Fields(message) {
        if let (found, Wire::Bytes(bytes)) = field?
            && found == number
        {
            each(bytes)?;
        }
    }
    Ok(())
}
