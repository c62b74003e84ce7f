//! Text records that come piece by piece, as from a growing file or a socket.

use crate::intake::Intake;
use crate::line_format::LineFormat;
use crate::pool::Pool;
use crate::settings::Settings;
pub use crate::text_file::TextFile;
use std::sync::Arc;
use tapistry_capture::PrefixHash;
use tapistry_http::coding::{Coding, Limits as CodingLimits, StreamDecoder};
use tapistry_logs::lines::LINE_BYTES_MAX;
use tapistry_logs::{Format, NamedFormat, Rejection, Scratch, sniff};

/// Takes bytes, reads the whole lines in them, and holds what is behind the last line feed until more comes.
pub struct Feed {
    intake: Intake,
    /// None until it is told.
    lines: Option<LineFormat>,
    /// The beginning of what comes, where it is not pushed itself: logs name their columns there.
    head: Vec<u8>,
    /// What is behind the last line feed, at most `LINE_BYTES_MAX`.
    rest: Vec<u8>,
    /// The line at hand is longer: it is passed over.
    is_passing: bool,
    pushed: u64,
    line_start: u64,
    decoder: Option<StreamDecoder>,
    /// Of all that was pushed, and of what was read of it.
    hashes: Option<(PrefixHash, PrefixHash)>,
}

/// What of the beginning of a log may name its columns.
const HEAD_BYTES_MAX: usize = 16 << 10;
const UNDECODABLE: &str = "the bytes are not what their coding says, or end before it does";

impl Feed {
    /// Nothing pushed. `named` is told by the first lines where it is none.
    pub fn new(settings: Arc<Settings>, named: Option<NamedFormat>, unknown: String) -> Self {
        Self::into_pool(Pool::new(settings), named, unknown, Vec::new())
    }

    /// The same; what is observed is merged with what others observe. `head` is the beginning of what comes, where it is not pushed itself.
    pub fn into_pool(pool: Pool, named: Option<NamedFormat>, unknown: String, head: Vec<u8>) -> Self {
        let mut feed = Feed {
            intake: Intake::into_pool(pool, unknown),
            lines: None,
            head,
            rest: Vec::new(),
            is_passing: false,
            pushed: 0,
            line_start: 0,
            decoder: None,
            hashes: None,
        };
        if let Some(named) = named {
            feed.begin(LineFormat::named(&named));
        }
        feed
    }

    /// What is pushed goes on a beginning that has this hash; it is hashed on.
    pub fn go_on(&mut self, beginning: PrefixHash) {
        self.hashes = Some((beginning.clone(), beginning));
    }

    /// The hash of the beginning that is read; none where no hash was gone on from.
    pub fn beginning(&self) -> Option<&PrefixHash> {
        self.hashes.as_ref().map(|(_, read)| read)
    }

    /// What is pushed is coded: `gzip` or `zstd`.
    pub fn decode(&mut self, coding: &str) -> Result<(), String> {
        let coding = match coding {
            "gzip" => Coding::Gzip,
            "zstd" => Coding::Zstd,
            other => return Err(format!("{other} is no coding that is taken: send gzip, zstd or none")),
        };
        // Lines are read as they come and hold no memory: only a ratio that no text reaches is refused.
        let limits = CodingLimits { output_bytes_max: u64::MAX, ..CodingLimits::default() };
        self.decoder = Some(StreamDecoder::new(&[coding], &limits));
        Ok(())
    }

    /// As [`Feed::push`], of coded bytes where [`Feed::decode`] was called. The error says that they cannot be decoded.
    pub fn push_coded(&mut self, bytes: &[u8]) -> Result<u64, &'static str> {
        let Some(mut decoder) = self.decoder.take() else { return Ok(self.push(bytes)) };
        let is_whole = decoder.feed(bytes, &mut |piece| {
            self.push(piece);
            true
        });
        self.decoder = Some(decoder);
        if is_whole { Ok(self.line_start) } else { Err(UNDECODABLE) }
    }

    /// As [`Feed::end`], of coded bytes where [`Feed::decode`] was called.
    pub fn end_coded(&mut self) -> Result<u64, &'static str> {
        if let Some(mut decoder) = self.decoder.take() {
            let outcome = decoder.finish(true, &mut |piece| {
                self.push(piece);
                true
            });
            if !outcome.complete {
                return Err(UNDECODABLE);
            }
        }
        Ok(self.end())
    }

    /// Takes bytes. Returns how many of all that were pushed are read: those up to the last line feed.
    pub fn push(&mut self, mut bytes: &[u8]) -> u64 {
        self.tell(bytes);
        if let Some((all, read)) = &mut self.hashes {
            let lines = memchr::memrchr(b'\n', bytes).map_or(0, |at| at + 1);
            all.push(&bytes[..lines]);
            if lines > 0 {
                *read = all.clone();
            }
            all.push(&bytes[lines..]);
        }
        while let Some(at) = memchr::memchr(b'\n', bytes) {
            let (line, more) = (&bytes[..at], &bytes[at + 1..]);
            if self.rest.is_empty() {
                self.take(line);
            } else {
                let mut whole = std::mem::take(&mut self.rest);
                whole.extend_from_slice(line);
                self.take(&whole);
                whole.clear();
                self.rest = whole;
            }
            self.is_passing = false;
            self.pushed += at as u64 + 1;
            self.line_start = self.pushed;
            bytes = more;
        }
        self.pushed += bytes.len() as u64;
        if self.is_passing || self.rest.len() + bytes.len() > LINE_BYTES_MAX {
            (self.is_passing, self.rest) = (true, Vec::new());
        } else {
            self.rest.extend_from_slice(bytes);
        }
        self.line_start
    }

    /// Takes whole lines that count elsewhere, from the last line feed on: they are hashed and may name columns, and no more. What was held of an open line is
    /// forgotten, since it is among them. Returns what [`Feed::push`] does.
    pub fn pass(&mut self, bytes: &[u8]) -> u64 {
        (self.is_passing, self.rest, self.pushed) = (false, Vec::new(), self.line_start + bytes.len() as u64);
        match &mut self.lines {
            Some(lines) => lines.learn(bytes),
            None => self.head.extend_from_slice(&bytes[..bytes.len().min(HEAD_BYTES_MAX.saturating_sub(self.head.len()))]),
        }
        if let Some((all, read)) = &mut self.hashes {
            read.push(bytes);
            *all = read.clone();
        }
        self.line_start = self.pushed;
        self.line_start
    }

    /// Nothing follows: what is behind the last line feed is a line. Returns how many bytes were pushed in all.
    pub fn end(&mut self) -> u64 {
        let rest = std::mem::take(&mut self.rest);
        if self.is_passing || !rest.is_empty() {
            self.tell(b"\n");
            self.take(&rest);
        }
        self.is_passing = false;
        self.line_start = self.pushed;
        if let Some((all, read)) = &mut self.hashes {
            *read = all.clone();
        }
        self.pushed
    }

    /// Takes whole records, of one or more lines each, whether or not a line feed ends them; `ends` are their ends in `bytes`, in order. Returns those that held
    /// no exchange, by index, with the reason of their last line that is none, or `empty`.
    pub fn push_records(&mut self, bytes: &[u8], ends: &[u32]) -> Vec<(u32, &'static str)> {
        let mut poison = Vec::new();
        let mut start = 0;
        for (index, end) in (0..).zip(ends) {
            let end = (*end as usize).clamp(start, bytes.len());
            let exchanges = self.intake.report.exchanges;
            self.intake.report.rejected_last = None;
            self.push(&bytes[start..end]);
            self.end();
            if self.intake.report.exchanges == exchanges {
                poison.push((index, self.intake.report.rejected_last.unwrap_or("empty")));
            }
            start = end;
        }
        poison
    }

    /// Everything that was observed since the last call, as batches.
    pub fn drain(&mut self) -> Vec<Vec<u8>> {
        self.intake.drain()
    }

    /// What was read over the life of the feed, as JSON: lines, exchanges, those rejected by reason, and the format once it is known.
    pub fn counts(&self) -> String {
        self.intake.report.counts()
    }

    /// Tells the format by what is held and the whole lines of `bytes`.
    fn tell(&mut self, bytes: &[u8]) {
        let (None, Some(last)) = (&self.lines, memchr::memrchr(b'\n', bytes)) else { return };
        let sample = [&self.head[..], &self.rest, &bytes[..=last]].concat();
        if let Some(format) = sniff(&sample).filter(|format| *format != Format::Har) {
            self.begin(LineFormat::told(format));
        }
    }

    fn begin(&mut self, mut lines: LineFormat) {
        self.intake.expect(lines.format);
        self.intake.report.format = Some(lines.format.name());
        lines.learn(&std::mem::take(&mut self.head));
        self.lines = Some(lines);
    }

    fn take(&mut self, line: &[u8]) {
        let Feed { intake, lines, is_passing, .. } = self;
        match lines {
            _ if *is_passing || line.len() > LINE_BYTES_MAX => intake.take(Err(Rejection::LineTooLong), None, &mut Scratch::default()),
            Some(lines) => intake.line(lines, line),
            None => intake.take(Err(Rejection::NotFormat), None, &mut Scratch::default()),
        }
    }
}

#[cfg(test)]
#[path = "feed_tests.rs"]
mod tests;
