//! An export request of OTLP, in pieces as it comes.

use crate::intake::Intake;
use crate::settings::Settings;
use std::sync::Arc;
use tapistry_http::coding::{Coding, Limits as CodingLimits, StreamDecoder};
pub use tapistry_logs::otlp::{Form, Signal};
use tapistry_logs::{Format, Rejection, Scratch, otlp};

/// Collects the request, and reads it when it is whole: its messages say nothing before their ends.
pub struct Otlp {
    intake: Intake,
    signal: Signal,
    form: Form,
    body: Vec<u8>,
    decoder: Option<StreamDecoder>,
}

/// Bytes of a request when it is decoded. Exporters send 512 spans at a time, of a kilobyte each.
const BODY_BYTES_MAX: usize = 16 << 20;

const TOO_LONG: &str = "the body has more than 16 MiB when it is decoded: export fewer at once";
const UNDECODABLE: &str = "the bytes are not what their Content-Encoding says, or end before it does";

impl Otlp {
    /// Nothing received. `unknown` is the service of exchanges without a host whose resource has no name.
    pub fn new(settings: Arc<Settings>, signal: Signal, form: Form, unknown: String) -> Self {
        Otlp { intake: Intake::new(settings, unknown), signal, form, body: Vec::new(), decoder: None }
    }

    /// What is pushed is coded by gzip.
    pub fn decode_gzip(&mut self) {
        // The bound of the body is looked at here, so that it has its own name.
        let limits = CodingLimits { output_bytes_max: u64::MAX, ..CodingLimits::default() };
        self.decoder = Some(StreamDecoder::new(&[Coding::Gzip], &limits));
    }

    /// Takes bytes. The error says why the request cannot be read.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), String> {
        let Otlp { decoder, body, .. } = self;
        match decoder {
            Some(decoder) => drop(decoder.feed(bytes, &mut |piece| keep(body, piece))),
            None => drop(keep(body, bytes)),
        }
        self.check()
    }

    /// Nothing follows: reads the request. The error says why that cannot be; then nothing of it may be kept.
    pub fn end(&mut self) -> Result<(), String> {
        let Otlp { decoder, body, .. } = self;
        let is_whole = decoder.take().is_none_or(|mut decoder| decoder.finish(true, &mut |piece| keep(body, piece)).complete);
        self.check()?;
        if !is_whole {
            return Err(UNDECODABLE.into());
        }
        let (body, mut scratch) = (std::mem::take(&mut self.body), Scratch::default());
        let intake = &mut self.intake;
        intake.expect(Format::JsonAccess);
        otlp::read(self.signal, self.form, &body, &mut scratch, &mut |parsed, service, scratch| intake.take(parsed, service, scratch)).map_err(reason)
    }

    /// Everything that was observed, as batches.
    pub fn drain(&mut self) -> Vec<Vec<u8>> {
        self.intake.drain()
    }

    /// What was read, as JSON, as of a feed; a line is a span or a log record.
    pub fn counts(&self) -> String {
        self.intake.report.counts()
    }

    fn check(&mut self) -> Result<(), String> {
        if self.body.len() <= BODY_BYTES_MAX {
            return Ok(());
        }
        self.body = Vec::new();
        Err(TOO_LONG.into())
    }
}

/// Takes one byte more than may be at most. False where that came.
fn keep(body: &mut Vec<u8>, piece: &[u8]) -> bool {
    let room = (BODY_BYTES_MAX + 1).saturating_sub(body.len());
    body.extend_from_slice(&piece[..piece.len().min(room)]);
    body.len() <= BODY_BYTES_MAX
}

fn reason(rejection: Rejection) -> String {
    let what = match rejection {
        Rejection::TooDeep => "its values are nested too deeply",
        Rejection::NotUtf8 => "it is not UTF-8",
        Rejection::ProtobufBad => "it is not in the wire format of Protocol Buffers",
        Rejection::NotObject => "it is JSON, but no object",
        Rejection::WrongType => "it has no list where the list of its resources stands",
        _ => "it is not JSON",
    };
    format!("the body is no export request: {what} ({})", rejection.name())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;
    use std::io::Write;

    const SPANS: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"checkout"}}]},"scopeSpans":[{"spans":[
        {"kind":2,"startTimeUnixNano":"1790000000000000000","endTimeUnixNano":"1790000000012000000","attributes":[
            {"key":"http.request.method","value":{"stringValue":"GET"}},{"key":"url.path","value":{"stringValue":"/orders/17"}}]},
        {"kind":3,"attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}}]}]}]}]}"#;

    fn otlp() -> Otlp {
        Otlp::new(Arc::new(Settings::new(&Options::default())), Signal::Traces, Form::Json, "unknown (otlp)".into())
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_request_is_read_when_it_is_whole() {
        let coded = gzip(SPANS.as_bytes());
        let mut otlp = otlp();
        otlp.decode_gzip();
        for piece in coded.chunks(7) {
            otlp.push(piece).unwrap();
            assert_eq!(otlp.intake.report.exchanges, 0);
        }
        otlp.end().unwrap();
        assert_eq!(otlp.intake.report.exchanges, 1);
        assert_eq!(otlp.intake.report.rejected["client_span"].0, 1);
        let batch = otlp.drain().concat();
        for text in [b"checkout".as_slice(), b"/orders/{int}"] {
            assert!(memchr::memmem::find(&batch, text).is_some());
        }
    }

    #[test]
    fn what_is_too_long_or_broken_is_refused_and_not_held() {
        let bomb = gzip(&vec![b' '; BODY_BYTES_MAX * 4]);
        let mut coded = otlp();
        coded.decode_gzip();
        let refused = bomb.chunks(1000).find_map(|piece| coded.push(piece).err());
        assert_eq!(refused.as_deref(), Some(TOO_LONG));
        assert_eq!(coded.body.capacity(), 0);
        let mut plain = otlp();
        plain.push(&vec![b' '; BODY_BYTES_MAX]).unwrap();
        assert_eq!(plain.push(b" "), Err(TOO_LONG.into()));
        let mut cut = otlp();
        cut.decode_gzip();
        let whole = gzip(SPANS.as_bytes());
        cut.push(&whole[..whole.len() - 9]).unwrap();
        assert_eq!(cut.end(), Err(UNDECODABLE.into()));
        let mut half = otlp();
        half.push(&SPANS.as_bytes()[..SPANS.len() - 1]).unwrap();
        assert_eq!(half.end(), Err("the body is no export request: it is not JSON (not_json)".into()));
    }
}
