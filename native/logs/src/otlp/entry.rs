//! What the attributes of a span or log record add up to.

use std::borrow::Cow;

use super::Signal;
use crate::access::Found;
use crate::access::table::{self, Role};
use crate::exchange::{bytes, lower};
use crate::record::ExchangeRecord;
use crate::rejection::Rejection;
use crate::time::DayCache;

/// A span or log record of which everything but its attributes is of no use here.
pub(crate) struct Entry<'r, 'a> {
    signal: Signal,
    found: Found<'r, 'a>,
    days: &'r mut DayCache,
    /// `SpanKind`
    pub kind: u64,
    /// Of a span its start, of a log record its time; 0 where unknown.
    pub start_ns: u64,
    /// Of a span its end, of a log record when it was observed; 0 where unknown.
    pub end_ns: u64,
    /// Of a log record, where it is a text.
    pub body: Option<Cow<'a, str>>,
    /// `server.address` and `server.port`: the host and the port of a URL, not of a socket.
    server: Option<Cow<'a, str>>,
    port: Option<Cow<'a, str>>,
    is_request: bool,
    read: Result<(), Rejection>,
}

/// Bytes of the name of an attribute, with the names of the maps around it; longer ones are none of ours.
pub(crate) const KEY_BYTES_MAX: usize = 256;

const KIND_SERVER: u64 = 2;
const KIND_CLIENT: u64 = 3;

impl<'r, 'a> Entry<'r, 'a> {
    /// Nothing read, for an empty record.
    pub fn new(signal: Signal, record: &'r mut ExchangeRecord<'a>, days: &'r mut DayCache) -> Self {
        let found = Found::of(record);
        Entry { signal, found, days, kind: 0, start_ns: 0, end_ns: 0, body: None, server: None, port: None, is_request: false, read: Ok(()) }
    }

    /// Takes a text or number. Of a list each value comes by itself, of a map each with the name of the map and a dot before its own.
    pub fn attribute(&mut self, key: &str, value: Cow<'a, str>) {
        if value.is_empty() {
            return;
        }
        match key {
            "server.address" | "net.host.name" => self.server = Some(value),
            "server.port" | "net.host.port" => self.port = Some(value),
            // Of a method that is not in the registry the attribute below has the name.
            "http.request.method" if value == "_OTHER" => {}
            "http.request.method_original" => self.known("http.request.method", value),
            "http.request.header.host" => self.known("http.host", value),
            _ => match (key.strip_prefix("http.request.header."), key.strip_prefix("http.response.header.")) {
                (Some(name), _) => self.found.record.request_fields.push((field_name(name), bytes(value))),
                (_, Some(name)) => self.found.record.response_fields.push((field_name(name), bytes(value))),
                // Names without a dot are an application's own: only in a log may they be those of an access log.
                _ if self.signal == Signal::Logs || key.contains('.') => self.known(key, value),
                _ => {}
            },
        }
    }

    fn known(&mut self, key: &str, value: Cow<'a, str>) {
        let Some(slot) = table::find(table::ROOT, table::hash(table::ROOT, key), key) else { return };
        self.is_request |= matches!(slot.role, Role::Method | Role::RequestLine);
        let read = self.found.value(slot, value, self.days);
        self.read = self.read.and(read);
    }

    /// Puts together what was taken. `Rejection::OtherEvent` where it is no exchange.
    pub fn finish(&mut self) -> Result<(), Rejection> {
        if self.signal == Signal::Traces && self.kind != KIND_SERVER {
            return Err(if self.kind == KIND_CLIENT && self.is_request { Rejection::ClientSpan } else { Rejection::OtherEvent });
        }
        if !self.is_request {
            return Err(Rejection::OtherEvent);
        }
        self.read?;
        self.found.finish()?;
        let time_ns = self.time_ns();
        let record = &mut *self.found.record;
        record.host = record.host.take().or_else(|| Some(authority(self.server.take()?, self.port.as_deref())));
        record.time_ns = record.time_ns.or(time_ns);
        if self.signal == Signal::Traces && self.start_ns > 0 {
            record.duration_ms = self.end_ns.checked_sub(self.start_ns).map(|duration_ns| duration_ns as f64 / 1e6);
        }
        Ok(())
    }

    /// When it began.
    pub fn time_ns(&self) -> Option<i64> {
        let known = if self.start_ns > 0 { self.start_ns } else { self.end_ns };
        i64::try_from(known).ok().filter(|time_ns| *time_ns > 0)
    }
}

/// In lower case; the old conventions have `_` for `-`.
fn field_name<'a>(name: &str) -> Cow<'a, str> {
    Cow::Owned(lower(Cow::Borrowed(name)).replace('_', "-"))
}

/// A port that is none is as good as not there.
fn authority<'a>(host: Cow<'a, str>, port: Option<&str>) -> Cow<'a, str> {
    let is_bare = host.contains(':') && !host.starts_with('[');
    match port.and_then(|port| port.parse::<u16>().ok()).filter(|port| *port > 0) {
        Some(port) if is_bare => Cow::Owned(format!("[{host}]:{port}")),
        Some(port) => Cow::Owned(format!("{host}:{port}")),
        None if is_bare => Cow::Owned(format!("[{host}]")),
        None => host,
    }
}
