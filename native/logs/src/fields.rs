//! What the fields of a line of text mean, and the exchange that their values add up to.

use std::borrow::Cow;

use crate::access::Found;
use crate::access::table::{self, Role, Slot};
use crate::clf::extras;
use crate::record::ExchangeRecord;
use crate::rejection::Rejection;
use crate::time::{self, DayCache};

/// What one field of a line tells.
#[derive(Clone, Debug)]
pub(crate) enum Field {
    /// Nothing of the exchange.
    Ignored,
    /// What the key of that row tells in a JSON log.
    Known(&'static Slot),
    /// A header field, in lower case.
    RequestHeader(Box<str>),
    ResponseHeader(Box<str>),
    /// A day, `2000-10-10`, whose time of day is in another field.
    Day,
    /// The time of a day, `20:55:36`.
    TimeOfDay,
    /// The client's address and port with a colon between, an IPv6 address without brackets.
    Peer,
    /// A share of the duration, in seconds: those of a line are added up.
    DurationShare,
    /// HAProxy's name of a frontend, with `~` behind it where the client used TLS.
    Frontend,
    /// HAProxy's captured header fields, `a|b`: without names, so that only a host is told by how it looks.
    Captures,
}

impl Field {
    /// The field that servers, gateways and Tapistry call `name`; none for a name that means nothing here.
    pub fn named(name: &str) -> Option<Self> {
        if name.ends_with("_processing_time") {
            return Some(Self::DurationShare);
        }
        if let Some(slot) = row(name) {
            let is_value = !matches!(slot.role, Role::Ignored | Role::Group | Role::RequestFields | Role::ResponseFields | Role::UserObject);
            return Some(if is_value { Self::Known(slot) } else { Self::Ignored });
        }
        let field = |prefix| Some(name.strip_prefix(prefix)?.to_ascii_lowercase().replace('_', "-").into_boxed_str());
        field("http_").map(Self::RequestHeader).or_else(|| field("sent_http_").or_else(|| field("upstream_http_")).map(Self::ResponseHeader))
    }

    /// The header field of a request, by its name as sent.
    pub fn request(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        match &*name {
            "host" | "user-agent" => Self::named(&format!("http_{name}")).unwrap_or(Self::Ignored),
            "referer" | "x-request-id" => Self::Ignored,
            _ => Self::RequestHeader(name.into()),
        }
    }

    /// The header field of a response, by its name as sent.
    pub fn response(name: &str) -> Self {
        match &*name.to_ascii_lowercase() {
            "x-envoy-upstream-service-time" => Self::Ignored,
            name => Self::ResponseHeader(name.into()),
        }
    }

    /// What a value of a known key tells.
    pub fn role(&self) -> Option<Role> {
        match self {
            Self::Known(slot) => Some(slot.role),
            _ => None,
        }
    }
}

fn row(name: &str) -> Option<&'static Slot> {
    table::find(table::ROOT, table::hash(table::ROOT, name), name)
}

/// The values of a line so far.
pub(crate) struct Values<'r, 'a> {
    found: Found<'r, 'a>,
    day: Cow<'a, [u8]>,
    time_of_day: Cow<'a, [u8]>,
    duration_s: Option<f64>,
}

impl<'r, 'a> Values<'r, 'a> {
    /// None yet, for an empty record.
    pub fn of(record: &'r mut ExchangeRecord<'a>) -> Self {
        Self { found: Found::of(record), day: Cow::default(), time_of_day: Cow::default(), duration_s: None }
    }

    /// Takes a value; `-` and nothing stand for none.
    pub fn take(&mut self, field: &Field, value: Cow<'a, [u8]>, days: &mut DayCache) -> Result<(), Rejection> {
        match field {
            Field::Known(slot) => self.known(slot, value, days)?,
            _ if is_unset(&value) => {}
            Field::Ignored => {}
            Field::RequestHeader(name) => self.found.record.request_fields.push((Cow::Owned(name.to_string()), value)),
            Field::ResponseHeader(name) => self.found.record.response_fields.push((Cow::Owned(name.to_string()), value)),
            Field::Day => self.day = value,
            Field::TimeOfDay => self.time_of_day = value,
            Field::DurationShare => {
                let seconds = str::from_utf8(&value).ok().and_then(|text| text.parse::<f64>().ok()).ok_or(Rejection::NotFormat)?;
                // Negative: it did not come to that.
                if (0.0..1e9).contains(&seconds) {
                    self.duration_s = Some(self.duration_s.unwrap_or(0.0) + seconds);
                }
            }
            Field::Frontend => {
                if value.ends_with(b"~") {
                    self.found.record.scheme = Some(Cow::Borrowed("https"));
                }
            }
            Field::Captures => {
                if let Cow::Borrowed(value) = value {
                    value.split(|&byte| byte == b'|').filter_map(|part| str::from_utf8(part).ok()).for_each(|part| extras::read_host(part, self.found.record));
                }
            }
            Field::Peer => {
                let end = memchr::memrchr(b':', &value).unwrap_or(value.len());
                let address = match value {
                    Cow::Borrowed(value) => Cow::Borrowed(&value[..end]),
                    Cow::Owned(value) => Cow::Owned(value[..end].to_vec()),
                };
                self.found.record.client = Some(address);
            }
        }
        Ok(())
    }

    fn known(&mut self, slot: &'static Slot, value: Cow<'a, [u8]>, days: &mut DayCache) -> Result<(), Rejection> {
        let value = match (slot.role, &*value) {
            // What was no request is `-` or nothing, too.
            (Role::RequestLine, _) => value,
            (_, unset) if is_unset(unset) => return Ok(()),
            // HAProxy's `<BADREQ>`.
            (Role::Method, [b'<', ..]) => return Err(Rejection::NotHttp),
            (Role::Status | Role::Duration(_) | Role::RequestBytes | Role::ResponseBytes, number) => match number {
                [b'0'..=b'9', ..] => value,
                // HAProxy: more will have passed when the exchange is over.
                [b'+', b'0'..=b'9', ..] => without_first(value),
                // It did not come to that.
                [b'-', b'0'..=b'9', ..] => return Ok(()),
                _ => return Err(if slot.role == Role::Status { Rejection::StatusBad } else { Rejection::NotFormat }),
            },
            _ => value,
        };
        self.found.value(slot, text(value), days)?;
        let is_time_bad = slot.role == Role::Time && self.found.record.time_ns.is_none();
        if is_time_bad { Err(Rejection::TimeBad) } else { Ok(()) }
    }

    /// The exchange of the line; `day` is that of lines which have only the time of day.
    pub fn finish(&mut self, day: &[u8], days: &mut DayCache) -> Result<(), Rejection> {
        if !self.time_of_day.is_empty() {
            let day = if self.day.is_empty() { day } else { &self.day };
            let time = [day, b" ", &self.time_of_day].concat();
            self.found.record.time_ns = Some(str::from_utf8(&time).ok().and_then(|time| time::any(time, days)).ok_or(Rejection::TimeBad)?);
        }
        self.found.finish()?;
        if let Some(seconds) = self.duration_s {
            self.found.record.duration_ms = Some(seconds * 1e3);
        }
        Ok(())
    }
}

/// What servers write for a value that is not there.
fn is_unset(value: &[u8]) -> bool {
    matches!(value, b"" | b"-")
}

/// A value as text. What is no UTF-8 is shown by U+FFFD: servers escape such bytes, so that it is the client's own making.
fn text(value: Cow<'_, [u8]>) -> Cow<'_, str> {
    match value {
        Cow::Borrowed(value) => str::from_utf8(value).map_or_else(|_| String::from_utf8_lossy(value), Cow::Borrowed),
        Cow::Owned(value) => Cow::Owned(String::from_utf8(value).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())),
    }
}

fn without_first(value: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    match value {
        Cow::Borrowed(value) => Cow::Borrowed(&value[1..]),
        Cow::Owned(value) => Cow::Owned(value[1..].to_vec()),
    }
}
