//! One exchange as a log line, an NDJSON object or a HAR entry tells it.

use std::borrow::Cow;

/// Borrowed from the line where no unescaping was needed. Lives only inside the native engine.
#[derive(Debug, Default)]
pub struct ExchangeRecord<'a> {
    /// Echoed by `exchanges` and `match`, NDJSON only.
    pub id: Option<Cow<'a, str>>,
    /// Nanoseconds since the epoch.
    pub time_ns: Option<i64>,
    /// `http` or `https`, where known.
    pub scheme: Option<Cow<'a, str>>,
    /// `http/0.9`, `http/1.0`, `http/1.1`, `h2` or `h3`; empty where unknown.
    pub protocol: &'static str,
    /// Authority as logged.
    pub host: Option<Cow<'a, str>>,
    /// As sent.
    pub method: Cow<'a, str>,
    /// As sent, without query.
    pub path: Cow<'a, [u8]>,
    /// Raw, without `?`.
    pub query: Option<Cow<'a, [u8]>>,
    /// 0 where unknown.
    pub status: u16,
    /// User-Agent where the log gives it by itself; that of a whole head is among the fields.
    pub user_agent: Option<Cow<'a, [u8]>>,
    /// Lower-case names.
    pub request_fields: Vec<(Cow<'a, str>, Cow<'a, [u8]>)>,
    /// Lower-case names.
    pub response_fields: Vec<(Cow<'a, str>, Cow<'a, [u8]>)>,
    /// None: unknown, not empty.
    pub request_body: Option<Cow<'a, [u8]>>,
    /// None: unknown, not empty.
    pub response_body: Option<Cow<'a, [u8]>>,
    /// Bytes of the bodies where a log gives only their size.
    pub request_bytes: Option<u64>,
    /// See `request_bytes`.
    pub response_bytes: Option<u64>,
    /// Client address.
    pub client: Option<Cow<'a, [u8]>>,
    /// Server address, HAR only.
    pub server: Option<Cow<'a, str>>,
    /// User name or other sign that the server authenticated the client.
    pub user: bool,
    /// From request to response.
    pub duration_ms: Option<f64>,
    /// Keys of the object that are not of the format, counted.
    pub unknown_keys: u32,
}
