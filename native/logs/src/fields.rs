//! What the fields of a line of text mean, and the exchange that their values add up to.

use std::borrow::Cow;

use crate::access::Found;
use crate::access::table::{self, Role};
use crate::clf::extras;
use crate::parse::Scratch;
use crate::record::ExchangeRecord;
use crate::rejection::Rejection;
use crate::time::DayCache;

/// What one field of a line tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// Nothing of the exchange.
    Ignored,
    /// What the key of that name tells in a JSON log, and how it ranks among others that tell the same.
    Known(Role, u8),
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
        if let Some(slot) = table::find(table::ROOT, table::hash(table::ROOT, name), name) {
            let is_value = !matches!(slot.role, Role::Ignored | Role::Group | Role::RequestFields | Role::ResponseFields | Role::UserObject);
            return Some(if is_value { Self::Known(slot.role, slot.rank) } else { Self::Ignored });
        }
        let field = |prefix| Some(name.strip_prefix(prefix)?.to_ascii_lowercase().replace('_', "-").into_boxed_str());
        field("http_").map(Self::RequestHeader).or_else(|| field("sent_http_").or_else(|| field("upstream_http_")).map(Self::ResponseHeader))
    }

    /// The header field of a request, by its name as sent.
    pub fn request(name: &str) -> Self {
        match &*name.to_ascii_lowercase() {
            "host" => Self::Known(Role::Host, 0),
            "user-agent" => Self::Known(Role::UserAgent, 0),
            "referer" | "x-request-id" => Self::Ignored,
            name => Self::RequestHeader(name.into()),
        }
    }

    /// The header field of a response, by its name as sent.
    pub fn response(name: &str) -> Self {
        match &*name.to_ascii_lowercase() {
            "x-envoy-upstream-service-time" => Self::Ignored,
            name => Self::ResponseHeader(name.into()),
        }
    }

    pub fn is_role(&self, wanted: Role) -> bool {
        matches!(self, Self::Known(role, _) if *role == wanted)
    }
}

/// The values of a line so far.
pub(crate) struct Values<'a> {
    found: Found<'a>,
    day: Cow<'a, [u8]>,
    time_of_day: Cow<'a, [u8]>,
    duration_s: Option<f64>,
}

impl<'a> Values<'a> {
    pub fn new(scratch: &mut Scratch) -> Self {
        Self { found: Found::of(scratch.record()), day: Cow::default(), time_of_day: Cow::default(), duration_s: None }
    }

    /// Takes a value; `-` and nothing stand for none.
    pub fn take(&mut self, field: &Field, value: Cow<'a, [u8]>, days: &mut DayCache) -> Result<(), Rejection> {
        match field {
            Field::Ignored => return Ok(()),
            // HAProxy's `<BADREQ>`.
            Field::Known(Role::Method, _) if value.starts_with(b"<") => return Err(Rejection::NotHttp),
            Field::Known(role @ Role::RequestLine, rank) => return self.found.value(*role, *rank, text(value), days),
            _ if matches!(&*value, b"" | b"-") => return Ok(()),
            Field::Known(role @ (Role::Status | Role::Duration(_) | Role::RequestBytes | Role::ResponseBytes), rank) => match &*value {
                [b'0'..=b'9', ..] => return self.found.value(*role, *rank, text(value), days),
                // HAProxy: more will have passed when the exchange is over.
                [b'+', b'0'..=b'9', ..] => return self.found.value(*role, *rank, text(without_first(value)), days),
                // It did not come to that.
                [b'-', b'0'..=b'9', ..] => {}
                _ => return Err(if *role == Role::Status { Rejection::StatusBad } else { Rejection::NotFormat }),
            },
            Field::Known(Role::Time, rank) => {
                self.found.value(Role::Time, *rank, text(value), days)?;
                if self.found.record.time_ns.is_none() {
                    return Err(Rejection::TimeBad);
                }
            }
            Field::Known(role, rank) => self.found.value(*role, *rank, text(value), days)?,
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
                    value
                        .split(|&byte| byte == b'|')
                        .filter_map(|part| str::from_utf8(part).ok())
                        .for_each(|part| extras::read_host(part, &mut self.found.record));
                }
            }
            Field::Peer => {
                let end = memchr::memrchr(b':', &value).unwrap_or(value.len());
                let address = match value {
                    Cow::Borrowed(value) => Cow::Borrowed(&value[..end]),
                    Cow::Owned(value) => Cow::Owned(value[..end].to_vec()),
                };
                self.found.value(Role::Client, 0, text(address), days)?;
            }
        }
        Ok(())
    }

    /// The exchange of the line; `day` is that of lines which have only the time of day.
    pub fn finish(&mut self, day: &[u8], days: &mut DayCache) -> Result<(), Rejection> {
        if !self.time_of_day.is_empty() {
            let day = if self.day.is_empty() { day } else { &self.day };
            self.take(&Field::Known(Role::Time, 0), Cow::Owned([day, b" ", &self.time_of_day].concat()), days)?;
        }
        self.found.finish()?;
        if let Some(seconds) = self.duration_s {
            self.found.record.duration_ms = Some(seconds * 1e3);
        }
        Ok(())
    }

    /// The record as far as it got.
    pub fn into_record(self) -> ExchangeRecord<'a> {
        self.found.record
    }
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
