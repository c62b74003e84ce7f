//! Reads text inputs: access logs, NDJSON exchanges, HAR documents.

use crate::counters::Counters;
use crate::line_format::LineFormat;
use crate::line_shape::line_shape;
use crate::outlet::Outlet;
use crate::record::observe_record;
use crate::report::InputReport;
use crate::settings::Settings;
use crate::worker::Worker;
use std::io::BufRead;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tapistry_logs::{ExchangeRecord, Format, Line, LineReader, NamedFormat, Rejection, Scratch, allowed, har, id_of, parse_line, records, sniff};

/// What one call reads of text inputs, one after the other.
pub struct Reading {
    /// Takes the exchanges.
    pub worker: Worker,
    /// Lines over all inputs.
    pub line: u64,
    /// Those of the worker.
    settings: Arc<Settings>,
    /// What was taken since it was counted last, over all inputs.
    gained: InputReport,
    /// Whether its records have the fields of whole heads.
    has_heads: bool,
    /// The `id` of the line at hand, where it is no exchange.
    rejected_id: Option<String>,
    /// What a line that is no exchange looks like, until it is counted.
    rejected_shape: Option<String>,
}

/// One text input.
pub struct TextInput<'a> {
    /// Its bytes, from the start.
    pub source: Box<dyn BufRead + Send>,
    /// Its format where the caller names one.
    pub named: Option<NamedFormat>,
    /// The service of lines that name no host.
    pub unknown: &'a str,
    /// Bytes that were counted before.
    pub known_bytes: u64,
    /// Its place in the report.
    pub input: u32,
}

impl Reading {
    /// Nothing read.
    pub fn new(settings: Arc<Settings>) -> Self {
        Reading {
            worker: Worker::new(settings.clone()),
            settings,
            line: 0,
            gained: InputReport::default(),
            has_heads: false,
            rejected_id: None,
            rejected_shape: None,
        }
    }

    /// Reads one input to its end.
    pub fn read(&mut self, mut text: TextInput<'_>, outlet: &Outlet, report: &mut InputReport) {
        let lines = match (text.named.take(), text.source.fill_buf()) {
            (Some(named), _) => Some(LineFormat::named(&named)),
            (None, Ok(sample)) => sniff(sample).map(LineFormat::told),
            (None, Err(error)) => {
                report.problem = Some(("INPUT_IO".into(), format!("{} cannot be read: {error}", report.name)));
                return;
            }
        };
        let Some(lines) = lines else {
            report.problem = Some(("INPUT_UNKNOWN".into(), format!("{} is text of no known format; name it with --input-format: {}", report.name, allowed())));
            return;
        };
        report.format = Some(lines.format.name());
        self.expect(lines.format);
        if lines.format == Format::Har {
            self.read_har(text, outlet, report);
        } else {
            self.read_lines(text, lines, outlet, report);
        }
        self.count();
    }

    /// Records of this format come next.
    pub fn expect(&mut self, format: Format) {
        self.has_heads = matches!(format, Format::Har | Format::NdjsonExchange);
    }

    fn read_lines(&mut self, text: TextInput<'_>, mut lines: LineFormat, outlet: &Outlet, report: &mut InputReport) {
        let mut reader = LineReader::new(text.source);
        if let Err(error) = pass_over(&mut reader, text.known_bytes, &mut lines) {
            report.problem = Some(("INPUT_IO".into(), format!("{} cannot be read: {error}", report.name)));
            return;
        }
        let mut is_all = false;
        loop {
            let number = reader.number() + 1;
            match reader.next() {
                Ok(Some(Line::Whole(line))) => self.read_whole(&mut lines, line, number, text.unknown, report),
                Ok(Some(Line::Last(line))) => {
                    // Without its line feed it may still grow: what it gives goes apart, and is replaced when it has.
                    self.count();
                    outlet.flush(&mut self.worker);
                    let exchanges = report.exchanges;
                    match records(line).filter(|_| lines.format == Format::JsonAccess) {
                        None => {
                            let parsed = parse_line(lines.format, line, &mut lines.scratch).map_err(|_| Rejection::LineCut);
                            if parsed.is_err() {
                                self.keep_sight(line);
                            }
                            self.take(parsed, number, text.unknown, &mut lines.scratch, report);
                        }
                        Some(objects) => objects.into_iter().for_each(|object| self.read_line(&mut lines, object, number, text.unknown, report)),
                    }
                    self.count();
                    outlet.flush_tail(&mut self.worker, text.input);
                    is_all = report.exchanges > exchanges;
                    break;
                }
                Ok(Some(Line::TooLong)) => self.take(Err(Rejection::LineTooLong), number, text.unknown, &mut lines.scratch, report),
                Ok(None) => break,
                Err(error) => {
                    report.problem = Some(("INPUT_IO".into(), format!("{} cannot be read further after line {}: {error}", report.name, number - 1)));
                    break;
                }
            }
            outlet.flush_full(&mut self.worker);
            if self.line.is_multiple_of(4096) {
                outlet.read.store(self.line, Ordering::Relaxed);
                if !outlet.is_open() {
                    break;
                }
            }
        }
        // A beginning without a byte is that of any file: one line alone tells its file by all of it.
        report.bytes = if reader.position() == 0 && is_all { reader.read() } else { reader.position() };
        report.cut_at = reader.is_cut().then(|| reader.read());
    }

    /// Reads a line, which may hold several records.
    #[inline]
    pub fn read_whole(&mut self, lines: &mut LineFormat, line: &[u8], number: u64, unknown: &str, report: &mut InputReport) {
        match records(line).filter(|_| lines.format == Format::JsonAccess) {
            None => self.read_line(lines, line, number, unknown, report),
            Some(objects) => objects.into_iter().for_each(|object| self.read_line(lines, object, number, unknown, report)),
        }
    }

    fn read_line(&mut self, lines: &mut LineFormat, line: &[u8], number: u64, unknown: &str, report: &mut InputReport) {
        let mut parsed = parse_line(lines.format, line, &mut lines.scratch);
        if let Err(reason) = parsed
            && lines.is_other(reason, line)
        {
            self.expect(lines.format);
            parsed = parse_line(lines.format, line, &mut lines.scratch);
        }
        if parsed.is_err() {
            self.keep_sight(line);
        }
        self.take(parsed, number, unknown, &mut lines.scratch, report);
    }

    fn read_har(&mut self, text: TextInput<'_>, outlet: &Outlet, report: &mut InputReport) {
        let mut scratch = Scratch::default();
        let unknown = text.unknown;
        let outcome = har::entries(text.source, text.known_bytes, |index, entry| {
            self.take(entry, index + 1, unknown, &mut scratch, report);
            outlet.flush_full(&mut self.worker);
        });
        match outcome {
            Ok(summary) => {
                report.bytes = if summary.is_cut { summary.entry_end } else { summary.bytes };
                if !summary.has_entries {
                    report.problem = Some(("INPUT_UNKNOWN".into(), format!("{} is JSON without log.entries, so no HAR", report.name)));
                } else if summary.is_cut {
                    report.problem = Some(("INPUT_CUT".into(), format!("{} ends inside its entries; {} were read", report.name, summary.entries)));
                }
            }
            Err(error) => report.problem = Some(("INPUT_IO".into(), format!("{} cannot be read: {error}", report.name))),
        }
    }

    /// Of a line that is no exchange: what it looks like, and its id for those who want a line for it.
    fn keep_sight(&mut self, line: &[u8]) {
        self.rejected_shape = Some(line_shape(line));
        if self.settings.rejections {
            self.rejected_id = id_of(line);
        }
    }

    /// Takes what a line gave: an exchange, or the reason why it is none.
    #[inline]
    pub fn take(&mut self, parsed: Result<ExchangeRecord<'_>, Rejection>, number: u64, unknown: &str, scratch: &mut Scratch, report: &mut InputReport) {
        self.line += 1;
        match parsed {
            Ok(record) => {
                report.exchanges += 1;
                self.gained.exchanges += 1;
                if record.unknown_keys > 0 {
                    self.worker.count("logs.unknownKeys", u64::from(record.unknown_keys));
                }
                observe_record(&record, self.line, unknown, self.has_heads, &self.settings, &mut self.worker);
                scratch.recycle(record);
            }
            Err(reason) => {
                report.reject(reason.name(), number, self.rejected_shape.take());
                self.gained.reject(reason.name(), number, None);
                self.worker.reject(self.line, reason.name(), self.rejected_id.take().as_deref());
            }
        }
    }

    /// Counts what was taken since it was counted last.
    pub fn count(&mut self) {
        let InputReport { exchanges, rejected, .. } = std::mem::take(&mut self.gained);
        let mut gained = Counters::default();
        for (reason, (count, _)) in &rejected {
            gained.add(&format!("logs.rejectedBy.{reason}"), *count);
        }
        let rejected = rejected.values().map(|(count, _)| count).sum::<u64>();
        gained.add("logs.lines", exchanges + rejected);
        gained.add("logs.exchanges", exchanges);
        gained.add("logs.rejected", rejected);
        self.worker.counters.extend(&gained);
    }
}

/// Passes over the first `bytes`, which end in a line feed; what a head among them said counts for what follows.
fn pass_over(reader: &mut LineReader, bytes: u64, LineFormat { format, scratch, .. }: &mut LineFormat) -> std::io::Result<()> {
    if !format.has_head() {
        return reader.skip(bytes);
    }
    while reader.position() < bytes {
        match reader.next()? {
            Some(Line::Whole(line)) if line.starts_with(b"#") => drop(parse_line(*format, line, scratch)),
            Some(_) => {}
            None => break,
        }
    }
    Ok(())
}
