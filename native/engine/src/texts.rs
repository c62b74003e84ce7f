//! Reads text inputs: access logs, NDJSON exchanges, HAR documents.

use crate::outlet::Outlet;
use crate::record::observe_record;
use crate::report::InputReport;
use crate::worker::Worker;
use std::io::BufRead;
use std::sync::atomic::Ordering;
use tapistry_logs::{Format, Line, LineReader, Rejection, Scratch, har, parse_line, sniff};

/// Reads one input to its end into `worker`; `line` numbers its lines over all inputs.
pub fn read_text(source: Box<dyn BufRead + Send>, named: Option<Format>, unknown: &str, line: &mut u64, worker: &mut Worker, outlet: &Outlet, report: &mut InputReport) {
    let mut source = source;
    let format = match (named, source.fill_buf()) {
        (Some(format), _) => Some(format),
        (None, Ok(sample)) => sniff(sample),
        (None, Err(error)) => {
            report.problem = Some(("INPUT_IO".into(), format!("{} cannot be read: {error}", report.name)));
            return;
        }
    };
    let Some(format) = format else {
        let names: Vec<_> = Format::ALL.iter().map(|format| format.name()).collect();
        report.problem = Some((
            "INPUT_UNKNOWN".into(),
            format!("{} is text of no known format; name it with --input-format ({})", report.name, names.join(", ")),
        ));
        return;
    };
    report.format = Some(format.name());
    match format {
        Format::Har => read_har(source, unknown, line, worker, outlet, report),
        _ => read_lines(LineReader::new(source), format, unknown, line, worker, outlet, report),
    }
}

fn read_lines(mut reader: LineReader, format: Format, unknown: &str, line: &mut u64, worker: &mut Worker, outlet: &Outlet, report: &mut InputReport) {
    let mut scratch = Scratch::default();
    let mut rejected = 0;
    loop {
        let number = reader.number() + 1;
        let parsed = match reader.next() {
            Ok(Some(Line::Whole(text))) => parse_line(format, text, &mut scratch),
            Ok(Some(Line::Last(text))) => parse_line(format, text, &mut scratch).map_err(|_| Rejection::LineCut),
            Ok(Some(Line::TooLong)) => Err(Rejection::LineTooLong),
            Ok(None) => break,
            Err(error) => {
                report.problem = Some(("INPUT_IO".into(), format!("{} cannot be read further after line {}: {error}", report.name, number - 1)));
                break;
            }
        };
        *line += 1;
        match parsed {
            Ok(record) => {
                report.exchanges += 1;
                worker.count("logs.unknownKeys", u64::from(record.unknown_keys));
                observe_record(&record, *line, unknown, worker);
                scratch.recycle(record);
                outlet.flush_full(worker);
            }
            Err(reason) => {
                rejected += 1;
                report.reject(reason.name(), number);
            }
        }
        if line.is_multiple_of(4096) {
            outlet.read.store(*line, Ordering::Relaxed);
            if !outlet.is_open() {
                break;
            }
        }
    }
    report.bytes = reader.position();
    count(worker, report, rejected);
}

fn read_har(source: Box<dyn BufRead + Send>, unknown: &str, line: &mut u64, worker: &mut Worker, outlet: &Outlet, report: &mut InputReport) {
    let mut rejected = 0;
    let outcome = har::entries(source, |index, entry| {
        *line += 1;
        match entry {
            Ok(record) => {
                report.exchanges += 1;
                observe_record(&record, *line, unknown, worker);
                outlet.flush_full(worker);
            }
            Err(reason) => {
                rejected += 1;
                report.reject(reason.name(), index + 1);
            }
        }
    });
    match outcome {
        Ok(summary) => {
            report.bytes = summary.bytes;
            if !summary.has_entries {
                report.problem = Some(("INPUT_UNKNOWN".into(), format!("{} is JSON without log.entries, so no HAR", report.name)));
            } else if summary.is_cut {
                report.problem = Some(("INPUT_CUT".into(), format!("{} ends inside its entries; {} were read", report.name, summary.entries)));
            }
        }
        Err(error) => report.problem = Some(("INPUT_IO".into(), format!("{} cannot be read: {error}", report.name))),
    }
    count(worker, report, rejected);
}

fn count(worker: &mut Worker, report: &InputReport, rejected: u64) {
    worker.count("logs.lines", report.exchanges + rejected);
    worker.count("logs.exchanges", report.exchanges);
    worker.count("logs.rejected", rejected);
    for (reason, (count, _)) in &report.rejected {
        worker.count(&format!("logs.rejectedBy.{reason}"), *count);
    }
}
