//! Our own lines: one exchange a JSON object, as the NDJSON exchanges of the contract.

use std::borrow::Cow;

use crate::base64;
use crate::json::{Json, Kind};
use crate::parse::Scratch;
use crate::record::ExchangeRecord;
use crate::rejection::Rejection;
use crate::target;
use crate::time;

/// Parses one object. Only `method` and `path` are needed; keys that are not of the format are counted.
pub fn parse<'a>(text: &'a str, scratch: &mut Scratch) -> Result<ExchangeRecord<'a>, Rejection> {
    let mut record = scratch.record();
    match parse_into(text, &mut record) {
        Ok(()) => Ok(record),
        Err(rejection) => {
            scratch.recycle(record);
            Err(rejection)
        }
    }
}

fn parse_into<'a>(text: &'a str, record: &mut ExchangeRecord<'a>) -> Result<(), Rejection> {
    let mut json = Json::new(text);
    let mut path = None;
    let mut query = None;
    let mut authority = None;
    json.object(|key, json| {
        // A null is an absent value, but in a body it is a value: only there it is seen by the arm itself.
        if json.kind()? == Kind::Null && !matches!(&*key, "reqBody" | "resBody") && is_key(&key) {
            return json.skip().map(drop);
        }
        match &*key {
            "id" => record.id = Some(scalar(json)?),
            "ts" => record.time_ns = Some(read_time(json)?),
            "scheme" => record.scheme = Some(string(json)?),
            "host" => authority = Some(string(json)?),
            "method" => record.method = string(json)?,
            "path" => path = Some(bytes(string(json)?)),
            "query" => query = Some(bytes(string(json)?)),
            "status" => record.status = status(&scalar(json)?).ok_or(Rejection::StatusBad)?,
            "reqHeaders" => read_fields(json, &mut record.request_fields)?,
            "resHeaders" => read_fields(json, &mut record.response_fields)?,
            "reqBody" => record.request_body = Some(body(json)?),
            "resBody" => record.response_body = Some(body(json)?),
            "reqBodyBase64" => record.request_body = Some(body_base64(json)?),
            "resBodyBase64" => record.response_body = Some(body_base64(json)?),
            "client" => record.client = Some(bytes(string(json)?)),
            "durationMs" => record.duration_ms = Some(scalar(json)?.parse().ok().filter(|value: &f64| value.is_finite()).ok_or(Rejection::WrongType)?),
            _ => {
                record.unknown_keys = record.unknown_keys.saturating_add(1);
                json.skip()?;
            }
        }
        Ok(())
    })?;
    json.end()?;
    if record.method.is_empty() {
        return Err(Rejection::MethodMissing);
    }
    if !target::is_method(record.method.as_bytes()) {
        return Err(Rejection::MethodBad);
    }
    target::write(path.ok_or(Rejection::PathMissing)?, record)?;
    // What is said in a key of its own wins over what the path holds.
    record.query = query.or(record.query.take());
    record.host = authority.or(record.host.take());
    Ok(())
}

/// The `id` of a line that is no exchange, where it can be read.
pub fn id_of(line: &[u8]) -> Option<String> {
    let mut json = Json::new(std::str::from_utf8(line).ok()?);
    let mut id = None;
    // What is wrong was said already; what stands before it may be read.
    let _ = json.object(|key, json| {
        if key == "id" && matches!(json.kind()?, Kind::String | Kind::Number) {
            id = Some(scalar(json)?.into_owned());
            return Ok(());
        }
        json.skip().map(drop)
    });
    id
}

/// A status as some write it: `200`, `200.0`.
pub(crate) fn status(text: &str) -> Option<u16> {
    let whole = text.split_once('.').filter(|(_, fraction)| fraction.bytes().all(|digit| digit == b'0')).map_or(text, |(whole, _)| whole);
    whole.parse().ok().filter(|status| *status < 1_000)
}

/// Keys of the format, to tell it from an access log with like names.
pub fn is_key(key: &str) -> bool {
    matches!(key, "id" | "ts" | "scheme" | "host" | "method" | "path" | "query" | "status" | "client") || is_own_key(key)
}

/// Keys that no server writes.
pub fn is_own_key(key: &str) -> bool {
    matches!(key, "reqHeaders" | "resHeaders" | "reqBody" | "resBody" | "reqBodyBase64" | "resBodyBase64" | "durationMs")
}

fn string<'a>(json: &mut Json<'a>) -> Result<Cow<'a, str>, Rejection> {
    if json.kind()? == Kind::String { json.string() } else { Err(Rejection::WrongType) }
}

/// A string, or a number as it is written.
fn scalar<'a>(json: &mut Json<'a>) -> Result<Cow<'a, str>, Rejection> {
    match json.kind()? {
        Kind::String => json.string(),
        Kind::Number => json.number().map(Cow::Borrowed),
        _ => Err(Rejection::WrongType),
    }
}

pub(crate) fn bytes(text: Cow<'_, str>) -> Cow<'_, [u8]> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
        Cow::Owned(text) => Cow::Owned(text.into_bytes()),
    }
}

fn read_time(json: &mut Json<'_>) -> Result<i64, Rejection> {
    match json.kind()? {
        Kind::Number => time::epoch_ms(json.number()?),
        Kind::String => {
            let text = json.string()?;
            time::rfc3339(text.as_bytes()).or_else(|| time::epoch_ms(&text))
        }
        _ => return Err(Rejection::WrongType),
    }
    .ok_or(Rejection::TimeBad)
}

/// The bytes of a string, or any other value as it is written.
fn body<'a>(json: &mut Json<'a>) -> Result<Cow<'a, [u8]>, Rejection> {
    match json.kind()? {
        Kind::String => json.string().map(bytes),
        _ => json.skip().map(|text| Cow::Borrowed(text.as_bytes())),
    }
}

fn body_base64<'a>(json: &mut Json<'a>) -> Result<Cow<'a, [u8]>, Rejection> {
    base64::decode(string(json)?.as_bytes()).map(Cow::Owned).ok_or(Rejection::Base64Bad)
}

/// An object of name to value or list of values.
pub(crate) fn read_fields<'a>(json: &mut Json<'a>, fields: &mut Vec<(Cow<'a, str>, Cow<'a, [u8]>)>) -> Result<(), Rejection> {
    if json.kind()? != Kind::Object {
        return Err(Rejection::WrongType);
    }
    json.object(|name, json| {
        let name = lower(name);
        if json.kind()? == Kind::Array {
            return json.array(|json| {
                let value = value(json)?;
                fields.extend(value.map(|value| (name.clone(), value)));
                Ok(())
            });
        }
        fields.extend(value(json)?.map(|value| (name, value)));
        Ok(())
    })
}

/// A field's value; none for null. Numbers and booleans are taken as they are written.
fn value<'a>(json: &mut Json<'a>) -> Result<Option<Cow<'a, [u8]>>, Rejection> {
    match json.kind()? {
        Kind::String => json.string().map(|text| Some(bytes(text))),
        Kind::Null => json.skip().map(|_| None),
        Kind::Object | Kind::Array => Err(Rejection::WrongType),
        _ => json.skip().map(|text| Some(Cow::Borrowed(text.as_bytes()))),
    }
}

/// Lower case, borrowed where it is already.
pub(crate) fn lower(name: Cow<'_, str>) -> Cow<'_, str> {
    if name.bytes().any(|byte| byte.is_ascii_uppercase()) { Cow::Owned(name.to_ascii_lowercase()) } else { name }
}
