//! Export requests in JSON (OTLP 1.x, "JSON Protobuf Encoding"): names in lower camel case, 64-bit numbers as texts or numbers, unknown names passed over.

use std::borrow::Cow;

use super::Signal;
use super::entry::{Entry, KEY_BYTES_MAX};
use crate::json::{Json, Kind};
use crate::rejection::Rejection;

/// Calls `each` at each span or log record, with `service.name` of its resource. What is no object, or has no list where the groups of records stand, is no
/// export request.
pub(crate) fn records<'a>(
    signal: Signal,
    json: &mut Json<'a>,
    mut each: impl FnMut(Option<&str>, &mut Json<'a>) -> Result<(), Rejection>,
) -> Result<(), Rejection> {
    let [groups, scopes, records] = match signal {
        Signal::Traces => ["resourceSpans", "scopeSpans", "spans"],
        Signal::Logs => ["resourceLogs", "scopeLogs", "logRecords"],
    };
    if json.kind()? != Kind::Object {
        return Err(Rejection::NotObject);
    }
    let mut each_group = |group: &mut Json<'a>| {
        let mut service = None;
        // The resource may stand behind what it is of.
        member(&mut group.clone(), "resource", &mut |resource| {
            lists(resource, "attributes", &mut |attribute| {
                if key_of(attribute.clone())? != "service.name" {
                    return attribute.skip().map(drop);
                }
                member(attribute, "value", &mut |value| value_of(value, "", &mut |_, text| service = Some(text)))
            })
        })?;
        lists(group, scopes, &mut |scope| lists(scope, records, &mut |record| each(service.as_deref(), record)))
    };
    member(json, groups, &mut |list| match list.kind()? {
        Kind::Array => list.array(&mut each_group),
        // As if it were not there ("JSON Mapping" of Protocol Buffers).
        Kind::Null => list.skip().map(drop),
        _ => Err(Rejection::WrongType),
    })
}

/// A span.
pub(crate) fn span<'a>(json: &mut Json<'a>, entry: &mut Entry<'_, 'a>) -> Result<(), Rejection> {
    fields(json, |name, json| {
        match name {
            "kind" => {
                entry.kind = match &*scalar(json)? {
                    "SPAN_KIND_SERVER" => 2,
                    "SPAN_KIND_CLIENT" => 3,
                    number => number.parse().unwrap_or(0),
                }
            }
            "startTimeUnixNano" => entry.start_ns = scalar(json)?.parse().unwrap_or(0),
            "endTimeUnixNano" => entry.end_ns = scalar(json)?.parse().unwrap_or(0),
            "attributes" => elements(json, &mut |json| take(json, entry))?,
            _ => drop(json.skip()?),
        }
        Ok(())
    })
}

/// A log record.
pub(crate) fn log<'a>(json: &mut Json<'a>, entry: &mut Entry<'_, 'a>) -> Result<(), Rejection> {
    fields(json, |name, json| {
        match name {
            "timeUnixNano" => entry.start_ns = scalar(json)?.parse().unwrap_or(0),
            "observedTimeUnixNano" => entry.end_ns = scalar(json)?.parse().unwrap_or(0),
            "body" => value_of(json, "", &mut |key, text| match key {
                "" => entry.body = Some(text),
                key => entry.attribute(key, text),
            })?,
            "attributes" => elements(json, &mut |json| take(json, entry))?,
            _ => drop(json.skip()?),
        }
        Ok(())
    })
}

/// A key and its value, in any order.
fn take<'a>(json: &mut Json<'a>, entry: &mut Entry<'_, 'a>) -> Result<(), Rejection> {
    let key = key_of(json.clone())?;
    if key.len() > KEY_BYTES_MAX {
        return json.skip().map(drop);
    }
    member(json, "value", &mut |value| value_of(value, &key, &mut |key, text| entry.attribute(key, text)))
}

fn key_of<'a>(mut json: Json<'a>) -> Result<Cow<'a, str>, Rejection> {
    let mut key = Cow::Borrowed("");
    member(&mut json, "key", &mut |json| scalar(json).map(|text| key = text))?;
    Ok(key)
}

/// Calls `each` for each text or number in a value, with the name that it has. How deep it goes the reader bounds.
fn value_of<'a>(json: &mut Json<'a>, key: &str, each: &mut dyn FnMut(&str, Cow<'a, str>)) -> Result<(), Rejection> {
    fields(json, |name, json| match name {
        "stringValue" | "intValue" | "doubleValue" => scalar(json).map(|text| each(key, text)),
        "arrayValue" => lists(json, "values", &mut |element| value_of(element, key, each)),
        "kvlistValue" => lists(json, "values", &mut |pair| {
            let name = key_of(pair.clone())?;
            let path = if key.is_empty() { name } else { Cow::Owned(format!("{key}.{name}")) };
            if path.len() > KEY_BYTES_MAX {
                return pair.skip().map(drop);
            }
            member(pair, "value", &mut |value| value_of(value, &path, each))
        }),
        _ => json.skip().map(drop),
    })
}

/// Calls `each` at each element of the list that an object has under `name`.
fn lists<'a>(json: &mut Json<'a>, name: &str, each: &mut dyn FnMut(&mut Json<'a>) -> Result<(), Rejection>) -> Result<(), Rejection> {
    member(json, name, &mut |list| elements(list, each))
}

/// Calls `each` at each element of a list; anything that is none is passed over, as a null is.
fn elements<'a>(json: &mut Json<'a>, each: &mut dyn FnMut(&mut Json<'a>) -> Result<(), Rejection>) -> Result<(), Rejection> {
    if json.kind()? == Kind::Array { json.array(each) } else { json.skip().map(drop) }
}

/// Calls `each` at the value that an object has under `name`.
fn member<'a>(json: &mut Json<'a>, name: &str, each: &mut dyn FnMut(&mut Json<'a>) -> Result<(), Rejection>) -> Result<(), Rejection> {
    fields(json, |key, json| if key == name { each(json) } else { json.skip().map(drop) })
}

/// Calls `each` at each value of an object; anything that is none is passed over.
fn fields<'a>(json: &mut Json<'a>, mut each: impl FnMut(&str, &mut Json<'a>) -> Result<(), Rejection>) -> Result<(), Rejection> {
    if json.kind()? == Kind::Object { json.object(|key, json| each(&key, json)) } else { json.skip().map(drop) }
}

/// A text, or a number as it is written; empty for anything else.
fn scalar<'a>(json: &mut Json<'a>) -> Result<Cow<'a, str>, Rejection> {
    match json.kind()? {
        Kind::String => json.string(),
        Kind::Number => json.number().map(Cow::Borrowed),
        _ => json.skip().map(|_| Cow::Borrowed("")),
    }
}
