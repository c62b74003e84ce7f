//! What differs between the two directions.

use super::breach;
use super::framing::{Body, Framing};
use super::host;
use super::request_line;
use super::resync::{self, Resume};
use super::scan::{StartLine, StartLines};
use super::sink::{Field, RequestHead, ResponseHead, Sink, Version};
use super::status_line;
use tapistry_wire::weird::{Weird, WeirdSet};

/// Marks a parser of requests.
#[derive(Debug)]
pub struct Requests;

/// Marks a parser of responses.
#[derive(Debug)]
pub struct Responses;

/// Reports heads.
pub trait Role: StartLines {
    /// Reports a head and says how its body ends. Of a head that is not `whole` the fields prove nothing by their absence.
    fn report(start: &[u8], fields: &[Field<'_>], whole: bool, weirds: &mut WeirdSet, sink: &mut impl Sink) -> Outcome;
}

/// What follows a head.
#[derive(Debug)]
pub struct Outcome {
    pub body: Body,
    /// Nobody can tell where the message ends, so the next start line is looked for.
    pub lost: bool,
}

impl StartLines for Requests {
    fn could_start(prefix: &[u8]) -> bool {
        request_line::could_start(prefix)
    }

    fn could_resume(prefix: &[u8]) -> bool {
        resync::could_be_request(prefix)
    }

    fn resume(bytes: &[u8]) -> Resume {
        resync::request(bytes)
    }

    fn leftover(line: &[u8]) -> usize {
        request_line::leftover(line)
    }

    fn judge(line: &[u8], strict: bool) -> StartLine {
        match request_line::read(line, strict) {
            None => StartLine::None,
            Some(line) if line.version == Version::Http09 => StartLine::Simple,
            Some(_) => StartLine::Full,
        }
    }

    fn mend(beginning: &[u8]) -> Option<Vec<u8>> {
        request_line::mend(beginning)
    }
}

impl Role for Requests {
    fn report(start: &[u8], fields: &[Field<'_>], whole: bool, weirds: &mut WeirdSet, sink: &mut impl Sink) -> Outcome {
        let Some(line) = request_line::read(start, false) else {
            return Outcome { body: Body::None, lost: true };
        };
        weirds.extend(line.weirds);
        let framing = Framing::of(fields, line.version, weirds);
        if whole {
            host::check(line.target, line.version, fields, weirds);
        }
        raise(*weirds, sink);
        sink.request(&RequestHead { method: line.method, target: line.target, version: line.version, fields });
        Outcome { body: framing.of_request(), lost: framing.is_lost() }
    }
}

impl StartLines for Responses {
    fn could_start(prefix: &[u8]) -> bool {
        status_line::could_start(prefix)
    }

    fn could_resume(prefix: &[u8]) -> bool {
        resync::could_be_response(prefix)
    }

    fn resume(bytes: &[u8]) -> Resume {
        resync::response(bytes)
    }

    fn judge(line: &[u8], strict: bool) -> StartLine {
        if status_line::read(line, strict).is_some() { StartLine::Full } else { StartLine::None }
    }

    fn breaks_at(bytes: &[u8], lines: &[(u32, u32)], weirds: WeirdSet) -> Option<usize> {
        let may_break = [Weird::Http1NoColon, Weird::Http1ObsFold, Weird::Http1BareCr].into_iter().any(|weird| weirds.contains(weird));
        if may_break { breach::find(bytes, lines) } else { None }
    }
}

impl Role for Responses {
    fn report(start: &[u8], fields: &[Field<'_>], whole: bool, weirds: &mut WeirdSet, sink: &mut impl Sink) -> Outcome {
        let Some(line) = status_line::read(start, false) else {
            return Outcome { body: Body::None, lost: true };
        };
        weirds.extend(line.weirds);
        let framing = Framing::of(fields, line.version, weirds);
        raise(*weirds, sink);
        let context = sink.response(&ResponseHead { status: line.status, version: line.version, fields });
        let has_none = matches!(line.status, 204 | 304);
        let body = framing.of_response(if has_none && line.status_unsure { 200 } else { line.status }, context);
        if whole && body == Body::ToClose {
            sink.weird(Weird::Http1BodyToClose);
        }
        Outcome { body, lost: false }
    }
}

fn raise(weirds: WeirdSet, sink: &mut impl Sink) {
    if !weirds.is_empty() {
        weirds.iter().for_each(|weird| sink.weird(weird));
    }
}
