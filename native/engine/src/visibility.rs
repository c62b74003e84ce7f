//! What could and could not be seen, per service.

use std::collections::BTreeMap;

/// The counts of one service; all of them add. The names are those of `ServiceCount` in TypeScript.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceCounts {
    pub flows: u64,
    pub one_way_flows: u64,
    pub midstream_flows: u64,
    /// Of the streams of its flows, as they were handed on.
    pub seen_bytes: u64,
    pub gap_bytes: u64,
    /// Of directions that were never seen.
    pub unseen_bytes: u64,
    pub unpaired_requests: u64,
    pub unpaired_responses: u64,
    pub incomplete_messages: u64,
    /// Encrypted, and not read.
    pub tls_flows: u64,
    pub tls_bytes: u64,
    pub tls_decrypted_flows: u64,
    pub tls_decrypted_bytes: u64,
    /// How often what was told of its connections.
    pub facts: Facts,
}

impl ServiceCounts {
    /// Published names with counts that are not zero.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        [
            ("flows", self.flows),
            ("oneWayFlows", self.one_way_flows),
            ("midstreamFlows", self.midstream_flows),
            ("seenBytes", self.seen_bytes),
            ("gapBytes", self.gap_bytes),
            ("unseenBytes", self.unseen_bytes),
            ("unpairedRequests", self.unpaired_requests),
            ("unpairedResponses", self.unpaired_responses),
            ("incompleteMessages", self.incomplete_messages),
            ("tlsFlows", self.tls_flows),
            ("tlsBytes", self.tls_bytes),
            ("tlsDecryptedFlows", self.tls_decrypted_flows),
            ("tlsDecryptedBytes", self.tls_decrypted_bytes),
        ]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .chain(self.facts.0.iter().map(|(name, count)| (&**name, *count)))
    }
}

/// Counts by `name:value`, or by `name` where there is no value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts(BTreeMap<Box<str>, u64>);

/// Values of one name that are kept: those that come first by their text, so that no order of arrival shows. TypeScript does the same.
const VALUES_MAX: usize = 32;

impl Facts {
    /// Counts a fact.
    pub fn add(&mut self, name: &str, count: u64) {
        if let Some(known) = self.0.get_mut(name) {
            *known += count;
            return;
        }
        self.0.insert(name.into(), count);
        let Some((kind, _)) = name.split_once(':') else { return };
        let of_kind = || self.0.keys().filter(|other| other.strip_prefix(kind).is_some_and(|rest| rest.starts_with(':')));
        if of_kind().count() > VALUES_MAX
            && let Some(last) = of_kind().max().cloned()
        {
            self.0.remove(&last);
        }
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
