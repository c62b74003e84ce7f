//! What is common to all that comes piece by piece: records are observed, what is none is counted, and both go up as batches.

use crate::line_format::LineFormat;
use crate::pool::Pool;
use crate::report::InputReport;
use crate::settings::Settings;
use crate::texts::Reading;
use std::sync::Arc;
use tapistry_logs::{ExchangeRecord, Format, Rejection, Scratch};

/// Takes the records of one input.
pub struct Intake {
    pool: Pool,
    /// The service of records that name no host.
    unknown: String,
    /// Over its life.
    pub report: InputReport,
    format: Option<Format>,
    /// Records so far.
    records: u64,
}

impl Intake {
    /// Nothing taken; what is observed stays apart.
    pub fn new(settings: Arc<Settings>, unknown: String) -> Self {
        Self::into_pool(Pool::new(settings), unknown)
    }

    /// Nothing taken; what is observed is merged with what others take.
    pub fn into_pool(pool: Pool, unknown: String) -> Self {
        Intake { pool, unknown, report: InputReport::default(), format: None, records: 0 }
    }

    /// Records of this format come next.
    pub fn expect(&mut self, format: Format) {
        self.format = Some(format);
    }

    /// Takes a line, which may hold several records.
    pub fn line(&mut self, lines: &mut LineFormat, line: &[u8]) {
        self.format = Some(lines.format);
        self.read(|reading, number, unknown, report| reading.read_whole(lines, line, number, unknown, report));
    }

    /// Takes a record, or the reason why there is none. `service` names its service where it has no host.
    pub fn take(&mut self, parsed: Result<ExchangeRecord<'_>, Rejection>, service: Option<&str>, scratch: &mut Scratch) {
        self.read(|reading, number, unknown, report| reading.take(parsed, number, service.unwrap_or(unknown), scratch, report));
    }

    /// Everything that was observed since the last call, as batches.
    pub fn drain(&mut self) -> Vec<Vec<u8>> {
        self.pool.drain()
    }

    fn read(&mut self, work: impl FnOnce(&mut Reading, u64, &str, &mut InputReport)) {
        let mut held = self.pool.lock();
        let reading = &mut held.reading;
        if let Some(format) = self.format {
            reading.expect(format);
        }
        let before = reading.line;
        work(reading, self.records + 1, &self.unknown, &mut self.report);
        self.records += reading.line - before;
        held.flush_full();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    #[test]
    fn each_rejection_is_counted_once_whatever_comes_next() {
        let mut intake = Intake::new(Arc::new(Settings::new(&Options::default())), "shop".into());
        let mut scratch = Scratch::default();
        intake.take(Err(Rejection::NotFormat), None, &mut scratch);
        intake.drain();
        intake.expect(Format::JsonAccess);
        let mut lines = LineFormat::told(Format::JsonAccess);
        intake.line(&mut lines, b"{\"records\":[{\"method\":\"GET\",\"uri\":\"/\",\"status\":200},{}]}");
        intake.drain();
        let totals = intake.pool.lock().reading.worker.totals();
        let counted = |name| totals.iter().find(|(counter, _)| *counter == name).map(|(_, count)| count);
        assert_eq!(counted("logs.rejectedBy.not_format"), Some(1));
        assert_eq!((counted("logs.lines"), counted("logs.exchanges"), counted("logs.rejected")), (Some(3), Some(1), Some(2)));
    }
}
