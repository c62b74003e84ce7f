//! What could and could not be seen, per service.

use std::collections::BTreeMap;

/// The counts of one service; all of them add. The names are those of `ServiceCount` in TypeScript.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceCounts {
    pub flows: u64,
    pub one_way_flows: u64,
    pub midstream_flows: u64,
    pub gap_bytes: u64,
    /// Of directions that were never seen.
    pub unseen_bytes: u64,
    pub unpaired_requests: u64,
    pub unpaired_responses: u64,
    pub incomplete_messages: u64,
    pub tls_flows: u64,
    pub tls_bytes: u64,
}

impl ServiceCounts {
    /// Published names with counts that are not zero.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> {
        [
            ("flows", self.flows),
            ("oneWayFlows", self.one_way_flows),
            ("midstreamFlows", self.midstream_flows),
            ("gapBytes", self.gap_bytes),
            ("unseenBytes", self.unseen_bytes),
            ("unpairedRequests", self.unpaired_requests),
            ("unpairedResponses", self.unpaired_responses),
            ("incompleteMessages", self.incomplete_messages),
            ("tlsFlows", self.tls_flows),
            ("tlsBytes", self.tls_bytes),
        ]
        .into_iter()
        .filter(|(_, count)| *count > 0)
    }
}

/// Counts by service; services beyond the bound are one entry, `(other)`.
#[derive(Debug, Default)]
pub struct Visibility(BTreeMap<Box<str>, ServiceCounts>);

const SERVICES_MAX: usize = 50_000;

impl Visibility {
    /// The counts of `service`, to be raised.
    pub fn of(&mut self, service: &str) -> &mut ServiceCounts {
        let full = self.0.len() >= SERVICES_MAX && !self.0.contains_key(service);
        self.0.entry(if full { "(other)" } else { service }.into()).or_default()
    }

    /// Everything so far, sorted by service; starts anew.
    pub fn take(&mut self) -> BTreeMap<Box<str>, ServiceCounts> {
        std::mem::take(&mut self.0)
    }
}
