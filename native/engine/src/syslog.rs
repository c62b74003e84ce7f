//! Syslog messages of many senders: access-log lines below the headers of RFC 5424 or RFC 3164.

use crate::intake::Intake;
use crate::settings::Settings;
use std::collections::HashMap;
use std::sync::Arc;
use tapistry_logs::syslog::{Frames, parse};
use tapistry_logs::{ExchangeRecord, Format, NamedFormat, Rejection, Scratch, parse_line, sniff};

/// Takes datagrams and the pieces of streams.
pub struct Syslog {
    lines: Lines,
    /// Those that are in the middle of a frame, or may be.
    streams: HashMap<u32, Frames>,
}

/// Takes the messages.
struct Lines {
    intake: Intake,
    /// Told by each message alone where it is none: many programs write to one address, and the order of their messages says nothing.
    named: Option<NamedFormat>,
    scratch: Scratch,
}

impl Syslog {
    /// Nothing received. `unknown` is the service of lines that name no host.
    pub fn new(settings: Arc<Settings>, named: Option<NamedFormat>, unknown: String) -> Self {
        let scratch = named.as_ref().map(NamedFormat::scratch).unwrap_or_default();
        Syslog { lines: Lines { intake: Intake::new(settings, unknown), named, scratch }, streams: HashMap::new() }
    }

    /// Takes a datagram, which is one message (RFC 5426 §3.1).
    pub fn datagram(&mut self, message: &[u8]) {
        self.lines.take(Ok(message));
    }

    /// Takes the next bytes of a stream. Who numbers the streams bounds how many there are.
    pub fn push(&mut self, stream: u32, bytes: &[u8]) {
        let Syslog { lines, streams } = self;
        streams.entry(stream).or_default().push(bytes, |frame| lines.take(frame));
    }

    /// Nothing follows in a stream.
    pub fn end(&mut self, stream: u32) {
        let Syslog { lines, streams } = self;
        if let Some(mut frames) = streams.remove(&stream) {
            frames.end(|frame| lines.take(frame));
        }
    }

    /// Everything that was observed since the last call, as batches.
    pub fn drain(&mut self) -> Vec<Vec<u8>> {
        self.lines.intake.drain()
    }

    /// What was read over its life, as JSON, as of a feed.
    pub fn counts(&self) -> String {
        self.lines.intake.report.counts()
    }
}

impl Lines {
    fn take(&mut self, frame: Result<&[u8], Rejection>) {
        let Lines { intake, named, scratch } = self;
        let record = frame.and_then(parse).and_then(|message| {
            // What is in no format is named by the one that asks least.
            let told = || sniff(message.content).filter(|format| *format != Format::Har).unwrap_or(Format::Combined);
            let format = named.as_ref().map_or_else(told, |named| named.format);
            intake.expect(format);
            let record = parse_line(format, message.content, scratch)?;
            Ok(ExchangeRecord { time_ns: record.time_ns.or(message.time_ns), ..record })
        });
        intake.take(record, None, scratch);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    const LINE: &str = "10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] \"GET /a/17 HTTP/1.1\" 200 3 \"-\" \"curl/8\"";

    fn syslog(named: Option<&str>) -> Syslog {
        let named = named.map(|name| NamedFormat::parse(name).unwrap());
        Syslog::new(Arc::new(Settings::new(&Options::default())), named, "shop".into())
    }

    fn counts(syslog: &Syslog) -> (u64, Vec<(&'static str, u64)>) {
        let report = &syslog.lines.intake.report;
        (report.exchanges, report.rejected.iter().map(|(reason, (count, _))| (*reason, *count)).collect())
    }

    #[test]
    fn each_message_tells_its_format_whatever_came_before() {
        let messages = [
            format!("<190>Sep 21 14:00:00 edge nginx: {LINE}"),
            format!("<190>1 2026-09-21T14:00:00Z edge nginx - - - a.example:80 {LINE}"),
            "<190>Sep 21 14:00:00 edge kong: {\"request\":{\"method\":\"GET\",\"uri\":\"/b\"},\"response\":{\"status\":200}}".into(),
            "<190>Sep 21 14:00:00 edge app: {\"method\":\"GET\",\"path\":\"/c\",\"resBody\":{\"id\":1}}".into(),
        ];
        let (mut forth, mut back) = (syslog(None), syslog(None));
        messages.iter().for_each(|message| forth.datagram(message.as_bytes()));
        messages.iter().rev().for_each(|message| back.datagram(message.as_bytes()));
        for mut syslog in [forth, back] {
            assert_eq!(counts(&syslog), (4, Vec::new()));
            let batch = syslog.drain().concat();
            // Read as combined, the line with a virtual host would give its client another name, and no host.
            assert!(memchr::memmem::find(&batch, b"a.example").is_some());
        }
    }

    #[test]
    fn what_is_no_line_is_named() {
        let mut syslog = syslog(None);
        for message in ["<86>Sep 21 14:00:00 edge sshd[7]: Accepted publickey", "<190>1 half", "", "<190>Sep 21 14:00:00 edge app: {\"log\":{}}"] {
            syslog.datagram(message.as_bytes());
        }
        assert_eq!(counts(&syslog), (0, vec![("blank", 1), ("not_format", 2), ("syslog_bad", 1)]));
    }

    #[test]
    fn streams_are_kept_apart_and_end_by_themselves() {
        let mut syslog = syslog(Some("combined"));
        let (first, second) = (format!("<190>{LINE}\n"), format!("{} <190>{LINE}", LINE.len() + 5));
        let (head, tail) = first.split_at(50);
        syslog.push(1, head.as_bytes());
        syslog.push(2, &second.as_bytes()[..60]);
        syslog.push(1, tail.as_bytes());
        syslog.push(2, &second.as_bytes()[60..]);
        syslog.push(2, b"9 half");
        syslog.push(1, format!("<190>{LINE}").as_bytes());
        syslog.end(1);
        syslog.end(2);
        syslog.end(3);
        assert_eq!(counts(&syslog), (3, vec![("line_cut", 1)]));
        assert!(syslog.streams.is_empty());
    }
}
