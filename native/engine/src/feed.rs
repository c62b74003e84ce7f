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
mod tests {
    use super::*;
    use crate::hex;
    use crate::kept_hash::{KeptHash, resumed};
    use crate::options::Options;
    use sha2::{Digest, Sha256};

    const LINE: &[u8] = b"10.0.0.1 - - [21/Sep/2026:14:00:00 +0000] \"GET /a/17 HTTP/1.1\" 200 3 \"-\" \"curl/8\"\n";

    fn feed(named: Option<&str>) -> Feed {
        let named = named.map(|name| NamedFormat::parse(name).unwrap());
        Feed::new(Arc::new(Settings::new(&Options::default())), named, "shop".into())
    }

    #[test]
    fn pieces_of_any_size_give_the_same() {
        let text = [LINE, b"nonsense\n", LINE, b"\n", LINE].concat();
        let mut whole = feed(None);
        whole.push(&text);
        let expected = (whole.intake.report.clone(), whole.drain());
        assert_eq!((expected.0.exchanges, expected.0.rejected.len()), (3, 2));
        for size in [1, 2, 7, 100, 101, 300] {
            let mut pieces = feed(None);
            let consumed = text.chunks(size).fold(0, |_, piece| pieces.push(piece));
            assert_eq!(consumed, text.len() as u64);
            assert_eq!(pieces.intake.report.exchanges, 3, "{size}");
            assert_eq!(pieces.intake.report.rejected, expected.0.rejected, "{size}");
            assert_eq!(pieces.drain(), expected.1, "{size}");
        }
    }

    #[test]
    fn an_open_line_is_read_when_it_ends_or_nothing_follows() {
        let mut feed = feed(Some("combined"));
        assert_eq!(feed.push(&LINE[..40]), 0);
        assert_eq!(feed.push(&LINE[40..]), LINE.len() as u64);
        assert_eq!(feed.push(&LINE[..LINE.len() - 1]), LINE.len() as u64);
        assert_eq!(feed.intake.report.exchanges, 1);
        assert_eq!(feed.end(), 2 * LINE.len() as u64 - 1);
        assert_eq!(feed.intake.report.exchanges, 2);
    }

    #[test]
    fn a_line_without_end_is_passed_over_and_not_held() {
        let mut feed = feed(Some("combined"));
        for _ in 0..5 {
            assert_eq!(feed.push(&[b'x'; 1 << 19]), 0);
        }
        assert!(feed.rest.len() <= LINE_BYTES_MAX);
        feed.push(b"\n");
        feed.push(LINE);
        assert_eq!(feed.intake.report.exchanges, 1);
        assert_eq!(feed.intake.report.rejected["line_too_long"], (1, 1));
    }

    #[test]
    fn coded_bytes_are_decoded_in_pieces_and_damage_is_named() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut encoder, &LINE.repeat(50)).unwrap();
        let coded = encoder.finish().unwrap();
        let mut whole = feed(Some("combined"));
        whole.decode("gzip").unwrap();
        for piece in coded.chunks(5) {
            whole.push_coded(piece).unwrap();
        }
        assert_eq!(whole.end_coded(), Ok(50 * LINE.len() as u64));
        assert_eq!(whole.intake.report.exchanges, 50);
        let mut cut = feed(Some("combined"));
        cut.decode("gzip").unwrap();
        assert!(cut.push_coded(&coded[..coded.len() - 9]).and_then(|_| cut.end_coded()).is_err());
        let mut other = feed(Some("combined"));
        other.decode("gzip").unwrap();
        assert!(other.push_coded(LINE).and_then(|_| other.end_coded()).is_ok(), "bytes that are not coded are taken as they are");
        assert_eq!(other.intake.report.exchanges, 1);
        assert!(other.decode("br").is_err());
    }

    #[test]
    fn records_are_whole_and_those_without_an_exchange_are_named() {
        let records: [&[u8]; 6] = [LINE, &LINE[..LINE.len() - 1], b"nonsense", b"", &LINE.repeat(2), b"nonsense\nmore\n"];
        let ends: Vec<u32> = records
            .iter()
            .scan(0, |end, record| {
                *end += record.len() as u32;
                Some(*end)
            })
            .collect();
        let mut feed = feed(None);
        let expected = vec![(2, "not_format"), (3, "empty"), (5, "not_format")];
        assert_eq!(feed.push_records(&records.concat(), &ends), expected);
        assert_eq!((feed.intake.report.exchanges, feed.intake.report.rejected["not_format"].0), (4, 3));
        assert_eq!(feed.push_records(LINE, &[9_999, 3]).len(), 1, "ends out of bounds or order are drawn in");
    }

    #[test]
    fn literals_that_become_known_show_from_then_on() {
        let settings = Arc::new(Settings::new(&Options::default()));
        let mut feed = Feed::new(settings.clone(), None, "shop".into());
        let shows = |feed: &mut Feed| {
            feed.push(LINE);
            feed.drain().concat().windows(5).any(|bytes| bytes == b"/a/17")
        };
        assert!(!shows(&mut feed));
        settings.known.set(&["17".into()]);
        assert!(shows(&mut feed));
        settings.known.set(&[]);
        assert!(!shows(&mut feed));
    }

    #[test]
    fn feeds_of_one_pool_give_one_batch_and_keep_their_own_lines() {
        let other = b"{\"method\":\"GET\",\"path\":\"/b\",\"status\":200,\"host\":\"b.example\",\"ts\":1772442000000}\nnonsense\n";
        let [mut first, mut second] = [feed(Some("combined")), feed(Some("exchanges"))];
        first.push(&LINE.repeat(2));
        second.push(other);
        let apart = [first.counts(), second.counts()];
        let pool = Pool::new(Arc::new(Settings::new(&Options::default())));
        let [mut first, mut second] =
            ["combined", "exchanges"].map(|name| Feed::into_pool(pool.clone(), Some(NamedFormat::parse(name).unwrap()), "shop".into(), Vec::new()));
        // Each in the middle of a line of the other one.
        first.push(&LINE[..40]);
        second.push(&other[..20]);
        first.push(&[&LINE[40..], LINE].concat());
        second.push(&other[20..]);
        assert_eq!([first.counts(), second.counts()], apart);
        let batches = pool.drain();
        assert_eq!(batches.len(), 1);
        for service in ["shop", "b.example"] {
            assert!(memchr::memmem::find(&batches[0], service.as_bytes()).is_some(), "{service}");
        }
        assert_eq!(pool.lock().reading.worker.totals().iter().find(|(name, _)| *name == "logs.lines").map(|(_, count)| count), Some(4));
    }

    #[test]
    fn lines_whose_format_changes_are_read_as_what_they_are() {
        let json = b"{\"method\":\"GET\",\"path\":\"/b\",\"status\":200,\"host\":\"b.example\",\"ts\":1772442000000}\n";
        let nonsense = b"nonsense that is no line\n";
        let mut told = feed(None);
        told.push(&[LINE, json, json, nonsense, LINE, json].concat());
        assert_eq!((told.intake.report.exchanges, told.intake.report.rejected.values().map(|(count, _)| count).sum::<u64>()), (5, 1));
        let mut named = feed(Some("combined"));
        named.push(&[LINE, json, LINE].concat());
        assert_eq!((named.intake.report.exchanges, named.intake.report.rejected["not_format"].0), (2, 1), "what somebody named holds");
    }

    #[test]
    fn what_is_read_is_hashed_up_to_its_last_line() {
        let mut first = feed(Some("combined"));
        assert!(first.beginning().is_none());
        first.go_on(PrefixHash::default());
        let text = LINE.repeat(3);
        first.push(&text[..LINE.len() + 40]);
        let kept = KeptHash::from(first.beginning().unwrap());
        assert_eq!((kept.position.bytes, &kept.position.digest), (LINE.len() as u64, &hex::encode(&Sha256::digest(LINE))));
        // Another one goes on from there.
        let mut second = feed(Some("combined"));
        second.go_on(resumed(&kept.state, kept.position.bytes, &LINE[LINE.len() / 64 * 64..]).unwrap());
        second.push(&text[LINE.len()..text.len() - 1]);
        assert_eq!(second.beginning().unwrap().bytes(), 2 * LINE.len() as u64);
        second.end();
        assert_eq!(hex::encode(&second.beginning().unwrap().digest()), hex::encode(&Sha256::digest(&text[..text.len() - 1])));
        assert!(resumed("no state", 0, b"").is_none());
    }

    #[test]
    fn lines_that_count_elsewhere_are_hashed_and_name_columns() {
        let head = b"#Version: 1.0\n#Fields: date time cs-method cs-uri-stem sc-status\n2026-09-21 14:00:00 GET /a 200\n";
        let (open, line) = (b"2026-09-21 14:00:01 GET /b", b"2026-09-21 14:00:02 GET /c 200\n");
        let whole = [&head[..], open, b" 200\n", line].concat();
        for named in [None, Some("w3c")] {
            let mut feed = feed(named);
            feed.go_on(PrefixHash::default());
            assert_eq!(feed.pass(head), head.len() as u64);
            feed.push(open);
            assert_eq!(feed.pass(&[&open[..], b" 200\n"].concat()), (whole.len() - line.len()) as u64);
            assert_eq!(feed.intake.report.exchanges, 0);
            assert_eq!(feed.push(line), whole.len() as u64);
            assert_eq!((feed.intake.report.exchanges, feed.intake.report.rejected.len()), (1, 0), "{named:?}");
            assert_eq!(hex::encode(&feed.beginning().unwrap().digest()), hex::encode(&Sha256::digest(&whole)));
        }
    }

    #[test]
    fn lines_of_no_known_format_are_counted() {
        let mut feed = feed(None);
        feed.push(b"one\ntwo\n");
        assert_eq!(feed.intake.report.rejected["not_format"], (2, 1));
        feed.push(LINE);
        assert_eq!(feed.intake.report.exchanges, 1);
    }
}
