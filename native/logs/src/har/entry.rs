//! One entry of a HAR document to an exchange record.

use std::borrow::Cow;

use super::form::{self, Form};
use crate::base64;
use crate::exchange::{bytes, lower, status};
use crate::json::{Json, Kind};
use crate::parse::Scratch;
use crate::record::ExchangeRecord;
use crate::rejection::Rejection;
use crate::target;
use crate::time;

type Fields<'a> = Vec<(Cow<'a, str>, Cow<'a, [u8]>)>;

/// Parses one element of `log.entries`.
pub fn parse<'a>(text: &'a str, scratch: &mut Scratch) -> Result<ExchangeRecord<'a>, Rejection> {
    let mut record = scratch.record();
    let mut json = Json::new(text);
    if json.kind()? != Kind::Object {
        return Err(Rejection::NotObject);
    }
    let mut url = None;
    json.object(|key, json| {
        let kind = json.kind()?;
        match (&*key, kind) {
            ("startedDateTime", Kind::String) => record.time_ns = Some(time::rfc3339(json.string()?.as_bytes()).ok_or(Rejection::TimeBad)?),
            ("time", Kind::Number) => record.duration_ms = json.number()?.parse().ok().filter(|time| (0.0..1e12).contains(time)),
            ("serverIPAddress", Kind::String) => record.server = Some(json.string()?).filter(|address| !address.is_empty()),
            ("request", Kind::Object) => url = request(json, &mut record)?,
            ("response", Kind::Object) => response(json, &mut record)?,
            _ => json.skip().map(drop)?,
        }
        Ok(())
    })?;
    json.end()?;
    if record.method.is_empty() && url.is_none() {
        return Err(Rejection::RequestMissing);
    }
    if record.method.is_empty() {
        return Err(Rejection::MethodMissing);
    }
    if !target::is_method(record.method.as_bytes()) {
        return Err(Rejection::MethodBad);
    }
    // A fragment is shown by the browser and never sent.
    let sent = match url.ok_or(Rejection::PathMissing)? {
        Cow::Borrowed(url) => Cow::Borrowed(url.split('#').next().unwrap_or_default()),
        Cow::Owned(url) => Cow::Owned(url.split('#').next().unwrap_or_default().to_owned()),
    };
    target::write(bytes(sent), &mut record)?;
    // The body is shown decoded; the fields that say how it was coded would be wrong about it.
    record.response_fields.retain(|(name, _)| !matches!(&**name, "content-encoding" | "transfer-encoding"));
    Ok(record)
}

fn request<'a>(json: &mut Json<'a>, record: &mut ExchangeRecord<'a>) -> Result<Option<Cow<'a, str>>, Rejection> {
    let mut url = None;
    let mut media_type = None;
    json.object(|key, json| {
        let kind = json.kind()?;
        match (&*key, kind) {
            ("method", Kind::String) => record.method = json.string()?,
            ("httpVersion", Kind::String) => record.protocol = target::protocol_of(json.string()?.as_bytes()),
            ("url", Kind::String) => url = Some(json.string()?),
            ("headers", Kind::Array) => fields(json, &mut record.request_fields)?,
            ("bodySize", Kind::Number) => record.request_bytes = json.number()?.parse().ok(),
            ("postData", Kind::Object) => (media_type, record.request_body) = content(json)?.parts(),
            _ => json.skip().map(drop)?,
        }
        Ok(())
    })?;
    add_media_type(&mut record.request_fields, media_type);
    if record.request_bytes == Some(0) && record.request_body.is_none() {
        record.request_body = Some(Cow::Borrowed(b""));
    }
    Ok(url)
}

fn response<'a>(json: &mut Json<'a>, record: &mut ExchangeRecord<'a>) -> Result<(), Rejection> {
    let mut media_type = None;
    json.object(|key, json| {
        let kind = json.kind()?;
        match (&*key, kind) {
            // Browsers write 0 or -1 where no response came.
            ("status", Kind::Number) => record.status = status(json.number()?).unwrap_or(0),
            ("headers", Kind::Array) => fields(json, &mut record.response_fields)?,
            ("content", Kind::Object) => {
                let content = content(json)?;
                record.response_bytes = content.size;
                (media_type, record.response_body) = content.parts();
            }
            _ => json.skip().map(drop)?,
        }
        Ok(())
    })?;
    if record.status > 0 {
        add_media_type(&mut record.response_fields, media_type);
    }
    if record.response_bytes == Some(0) && record.response_body.is_none() {
        record.response_body = Some(Cow::Borrowed(b""));
    }
    Ok(())
}

#[derive(Default)]
struct Body<'a> {
    media_type: Option<Cow<'a, str>>,
    bytes: Option<Cow<'a, [u8]>>,
    size: Option<u64>,
}

impl<'a> Body<'a> {
    fn parts(self) -> (Option<Cow<'a, str>>, Option<Cow<'a, [u8]>>) {
        (self.media_type, self.bytes)
    }
}

/// `postData` and `content` alike; a form may be told by its fields alone. A body that is not base64 although it says so is unknown; the exchange is still one.
fn content<'a>(json: &mut Json<'a>) -> Result<Body<'a>, Rejection> {
    let mut body = Body::default();
    let mut text = None;
    let mut is_base64 = false;
    let mut form = Form::default();
    json.object(|key, json| {
        let kind = json.kind()?;
        match (&*key, kind) {
            ("mimeType", Kind::String) => body.media_type = Some(json.string()?).filter(|name| !name.is_empty()),
            ("text", Kind::String) => text = Some(json.string()?),
            ("encoding", Kind::String) => is_base64 = json.string()?.eq_ignore_ascii_case("base64"),
            ("params", Kind::Array) => form = form::body(json)?,
            ("size", Kind::Number) => body.size = json.number()?.parse().ok(),
            _ => json.skip().map(drop)?,
        }
        Ok(())
    })?;
    body.bytes = match text {
        Some(text) if is_base64 => base64::decode(text.as_bytes()).map(Cow::Owned),
        text => text.map(bytes),
    };
    if body.bytes.as_ref().is_none_or(|bytes| bytes.is_empty()) {
        body.bytes = form.write(body.media_type.as_deref()).or(body.bytes);
    }
    // Some exporters leave the text out of a body that was not empty, and write an empty one.
    if body.bytes.as_ref().is_some_and(|bytes| bytes.is_empty()) && body.size.is_some_and(|size| size > 0) {
        body.bytes = None;
    }
    Ok(body)
}

/// A list of `{"name":..., "value":...}`; pseudo-header fields of HTTP/2 are left out, they are in the URL.
fn fields<'a>(json: &mut Json<'a>, fields: &mut Fields<'a>) -> Result<(), Rejection> {
    json.array(|json| {
        if json.kind()? != Kind::Object {
            return json.skip().map(drop);
        }
        let (mut name, mut value) = (None, None);
        json.object(|key, json| {
            let kind = json.kind()?;
            match (&*key, kind) {
                ("name", Kind::String) => name = Some(lower(json.string()?)),
                ("value", Kind::String) => value = Some(bytes(json.string()?)),
                _ => json.skip().map(drop)?,
            }
            Ok(())
        })?;
        fields.extend(name.filter(|name| !name.starts_with(':')).zip(value));
        Ok(())
    })
}

fn add_media_type<'a>(fields: &mut Fields<'a>, media_type: Option<Cow<'a, str>>) {
    if let (Some(media_type), false) = (media_type, fields.iter().any(|(name, _)| name == "content-type")) {
        fields.push((Cow::Borrowed("content-type"), bytes(media_type)));
    }
}
