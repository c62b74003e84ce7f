//! What is common to all that comes piece by piece: records are observed, what is none is counted, and both go up as batches.

use crate::codec::Encoder;
use crate::counters::Counters;
use crate::report::InputReport;
use crate::settings::Settings;
use crate::texts::Reading;
use std::sync::Arc;
use tapistry_logs::{ExchangeRecord, Format, Rejection, Scratch};

/// Takes records, and holds what was observed until it is drained.
pub struct Intake {
    reading: Reading,
    settings: Arc<Settings>,
    /// The service of records that name no host.
    unknown: String,
    /// Over its life.
    pub report: InputReport,
    batches: Vec<Vec<u8>>,
    bodies_refused: u64,
}

impl Intake {
    /// Nothing taken.
    pub fn new(settings: Arc<Settings>, unknown: String) -> Self {
        let reading = Reading::new(settings.clone());
        Intake { reading, settings, unknown, report: InputReport::default(), batches: Vec::new(), bodies_refused: 0 }
    }

    /// Records of this format come next.
    pub fn expect(&mut self, format: Format) {
        self.reading.expect(format);
    }

    /// Takes a line, which may hold several records.
    pub fn line(&mut self, format: Format, line: &[u8], scratch: &mut Scratch) {
        self.reading.read_whole(format, line, self.reading.line + 1, &self.unknown, scratch, &mut self.report);
        self.flush_full();
    }

    /// Takes a record, or the reason why there is none. `service` names its service where it has no host.
    pub fn take(&mut self, parsed: Result<ExchangeRecord<'_>, Rejection>, service: Option<&str>, scratch: &mut Scratch) {
        self.reading.take(parsed, self.reading.line + 1, service.unwrap_or(&self.unknown), scratch, &mut self.report);
        self.flush_full();
    }

    /// Everything that was observed since the last call, as batches.
    pub fn drain(&mut self) -> Vec<Vec<u8>> {
        self.flush();
        std::mem::take(&mut self.batches)
    }

    fn flush_full(&mut self) {
        if self.reading.worker.observations() >= self.settings.limits.observations_max {
            self.flush();
        }
    }

    fn flush(&mut self) {
        self.reading.count(&self.report);
        let refused = self.settings.bodies.refused() - self.bodies_refused;
        self.bodies_refused += refused;
        let mut encoder = Encoder::default();
        if refused > 0 {
            let mut limits = Counters::default();
            limits.add("limits.lawLost", 1);
            limits.add("limits.bodiesRefused", refused);
            encoder.counters(&limits);
        }
        self.reading.worker.drain(&mut encoder);
        self.batches.push(encoder.finish());
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
        intake.line(Format::JsonAccess, b"{\"records\":[{\"method\":\"GET\",\"uri\":\"/\",\"status\":200},{}]}", &mut scratch);
        intake.drain();
        let totals = intake.reading.worker.totals();
        let counted = |name| totals.iter().find(|(counter, _)| *counter == name).map(|(_, count)| count);
        assert_eq!(counted("logs.rejectedBy.not_format"), Some(1));
        assert_eq!((counted("logs.lines"), counted("logs.exchanges"), counted("logs.rejected")), (Some(3), Some(1), Some(2)));
    }
}
