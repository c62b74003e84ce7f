//! OTLP, the protocol of OpenTelemetry: spans and log records to exchange records.
//!
//! An exchange is a span of kind SERVER, or a log record, with attributes of the semantic conventions for HTTP, old or new; or a log record
//! whose body is a line of an access log. A CLIENT span tells of an exchange that its server may tell of too, and mostly of a service of
//! others: it is named and passed over.

use crate::format::Format;
use crate::json::Json;
use crate::parse::{Scratch, parse_line};
use crate::record::ExchangeRecord;
use crate::rejection::Rejection;
use crate::sniff::sniff;

mod entry;
mod json;
mod protobuf;
mod wire;

use entry::Entry;

/// What an export request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// `ExportTraceServiceRequest`
    Traces,
    /// `ExportLogsServiceRequest`
    Logs,
}

/// How it is written (OTLP 1.x, "OTLP/HTTP").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Binary Protocol Buffers.
    Protobuf,
    /// JSON, as OTLP maps the messages to it.
    Json,
}

/// Takes a record, or the reason why there is none; and the name of its service where it may have no host.
pub type Take<'t> = dyn FnMut(Result<ExchangeRecord<'_>, Rejection>, Option<&str>, &mut Scratch) + 't;

/// Calls `take` for each span or log record of an export request. An error says that `body` is none; what was taken before it is to be thrown away.
pub fn read(signal: Signal, form: Form, body: &[u8], scratch: &mut Scratch, take: &mut Take<'_>) -> Result<(), Rejection> {
    match form {
        Form::Protobuf => protobuf::records(body, |service, record| {
            one(signal, service, scratch, take, |entry| match signal {
                Signal::Traces => protobuf::span(record, entry),
                Signal::Logs => protobuf::log(record, entry),
            })
        }),
        Form::Json => {
            let text = simdutf8::basic::from_utf8(body).map_err(|_| Rejection::NotUtf8)?;
            let mut json = Json::new(text);
            json::records(signal, &mut json, |service, json| {
                one(signal, service, scratch, take, |entry| match signal {
                    Signal::Traces => json::span(json, entry),
                    Signal::Logs => json::log(json, entry),
                })
            })?;
            json.end()
        }
    }
}

/// Takes one span or log record. `read` fails where the whole request cannot be read.
fn one<'a>(
    signal: Signal,
    service: Option<&str>,
    scratch: &mut Scratch,
    take: &mut Take<'_>,
    read: impl FnOnce(&mut Entry<'_, 'a>) -> Result<(), Rejection>,
) -> Result<(), Rejection> {
    let mut record: ExchangeRecord<'a> = scratch.record();
    let mut entry = Entry::new(signal, &mut record, &mut scratch.days);
    read(&mut entry)?;
    let (told, body, time_ns) = (entry.finish(), entry.body.take(), entry.time_ns());
    let service = service.filter(|service| is_name(service));
    match (told, body) {
        (Err(Rejection::OtherEvent), Some(line)) => {
            scratch.recycle(record);
            let format = sniff(line.as_bytes()).filter(|format| *format != Format::Har);
            let parsed = format.ok_or(Rejection::OtherEvent).and_then(|format| parse_line(format, line.as_bytes(), scratch));
            take(parsed.map(|record| ExchangeRecord { time_ns: record.time_ns.or(time_ns), ..record }), service, scratch);
        }
        (told, _) => {
            let kept = scratch.kept(record, told);
            take(kept, service, scratch);
        }
    }
    Ok(())
}

/// Bytes of a name of a service that is believed; as many as a label of a host name has at most.
const NAME_BYTES_MAX: usize = 63;

/// Whether a text can stand where the name of a host stands.
fn is_name(text: &str) -> bool {
    (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}
