//! The fields of a form as a HAR document lists them, `postData.params`, written as the body that they were.

use std::borrow::Cow;

use crate::json::{Json, Kind};
use crate::rejection::Rejection;

/// The body of a list of `{"name":..., "value":..., "fileName":...}`. Of a media type that is no form nothing can be said.
pub fn body(json: &mut Json<'_>) -> Result<Form, Rejection> {
    let mut form = Form::default();
    json.array(|json| {
        if json.kind()? != Kind::Object {
            return json.skip().map(drop);
        }
        let mut field = Field::default();
        json.object(|key, json| {
            let kind = json.kind()?;
            match (&*key, kind) {
                ("name", Kind::String) => field.name = json.string()?.into_owned(),
                ("value", Kind::String) => field.value = json.string()?.into_owned(),
                ("fileName", Kind::String) => field.is_file = !json.string()?.is_empty(),
                _ => json.skip().map(drop)?,
            }
            Ok(())
        })?;
        form.fields.push(field);
        Ok(())
    })?;
    Ok(form)
}

/// Fields in the order of the list.
#[derive(Default)]
pub struct Form {
    fields: Vec<Field>,
}

#[derive(Default)]
struct Field {
    name: String,
    value: String,
    is_file: bool,
}

impl Form {
    /// The body that a message of `media_type` had; none where it is no form, or has no fields.
    pub fn write(&self, media_type: Option<&str>) -> Option<Cow<'static, [u8]>> {
        let media_type = media_type.unwrap_or_default();
        let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if self.fields.is_empty() {
            return None;
        }
        match &*essence {
            "" | "application/x-www-form-urlencoded" => Some(Cow::Owned(self.urlencoded().into_bytes())),
            "multipart/form-data" => Some(Cow::Owned(self.multipart(boundary(media_type)?).into_bytes())),
            _ => None,
        }
    }

    fn urlencoded(&self) -> String {
        let pairs: Vec<String> = self.fields.iter().map(|field| format!("{}={}", encoded(&field.name), encoded(&field.value))).collect();
        pairs.join("&")
    }

    fn multipart(&self, boundary: &str) -> String {
        let mut body = String::new();
        for Field { name, value, is_file } in &self.fields {
            let name = name.replace(['"', '\r', '\n'], " ");
            // What the file was called is nobody's business here.
            let file = if *is_file { "; filename=\"file\"" } else { "" };
            body.push_str(&format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n{value}\r\n"));
        }
        body.push_str(&format!("--{boundary}--\r\n"));
        body
    }
}

/// Some programs write fields as they were sent, others decoded: `%` before two hexadecimal digits stays.
fn encoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = String::with_capacity(text.len());
    for (at, byte) in bytes.iter().enumerate() {
        let is_escape = *byte == b'%' && bytes.get(at + 1..at + 3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        match byte {
            b'&' | b'=' | b'%' | b'+' | b' ' if !is_escape => out.push_str(&format!("%{byte:02X}")),
            0x21..=0x7e => out.push(char::from(*byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

fn boundary(media_type: &str) -> Option<&str> {
    let parameter = media_type.split(';').skip(1).map(str::trim).find(|part| part.get(..9).is_some_and(|name| name.eq_ignore_ascii_case("boundary=")))?;
    Some(parameter[9..].trim_matches('"')).filter(|boundary| !boundary.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(list: &str, media_type: Option<&str>) -> Option<String> {
        let form = body(&mut Json::new(list)).ok()?;
        form.write(media_type).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    }

    #[test]
    fn fields_are_written_as_they_were_sent() {
        let list = r#"[{"name":"a b","value":"1&2"},{"name":"mail","value":"x%40y.example"},{"name":"p","value":"100%"},7,{"name":"é"}]"#;
        assert_eq!(of(list, None).unwrap(), "a%20b=1%262&mail=x%40y.example&p=100%25&%C3%A9=");
        assert_eq!(of(list, Some("application/x-www-form-urlencoded; charset=utf-8")), of(list, None));
        assert_eq!(of("[]", None), None);
        assert_eq!(of(list, Some("application/json")), None);
    }

    #[test]
    fn parts_are_written_with_their_boundary() {
        let list = r#"[{"name":"a","value":"1"},{"name":"b","value":"x","fileName":"b.png"}]"#;
        let expected = "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n\
                        --XX\r\nContent-Disposition: form-data; name=\"b\"; filename=\"file\"\r\n\r\nx\r\n--XX--\r\n";
        assert_eq!(of(list, Some("multipart/form-data; boundary=\"XX\"")).unwrap(), expected);
        assert_eq!(of(list, Some("multipart/form-data")), None, "without its boundary no parser finds the parts");
    }
}
