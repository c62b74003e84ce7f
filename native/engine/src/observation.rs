//! A mergeable summary of like exchanges; the same as `Observation` in TypeScript.

use std::collections::BTreeMap;
use tapistry_digest::shape::Node;
use tapistry_digest::sketch::{Histogram, Values};
use tapistry_wire::weird::Weird;

/// Distinct clients kept exactly.
pub const CLIENTS_MAX: usize = 256;

/// What two exchanges must share to be one observation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// 0 packets, 1 logs.
    pub source: u8,
    /// Authority as identity.
    pub service: Box<str>,
    /// Address classes, `client-server`: `public-private`; empty in logs.
    pub network: &'static str,
    /// `rest`.
    pub kind: &'static str,
    /// Empty for a response without a request.
    pub method: Box<str>,
    /// Path shape.
    pub path: Box<str>,
    /// 0 for none.
    pub status: u16,
    /// Essence, empty for none.
    pub request_media_type: Box<str>,
    /// Essence, empty for none.
    pub response_media_type: Box<str>,
    /// Names in order.
    pub auth: Vec<&'static str>,
    /// By user agent.
    pub client_kind: &'static str,
}

/// Counts and sketches of the exchanges with one key.
#[derive(Debug, Default)]
pub struct Observation {
    /// Exchanges.
    pub count: u64,
    /// Earliest and latest, in epoch milliseconds.
    pub seen_ms: Option<(f64, f64)>,
    /// Microseconds.
    pub latency_us: Histogram,
    /// Decoded bytes.
    pub request_bytes: Histogram,
    /// Decoded bytes.
    pub response_bytes: Histogram,
    /// Keyed hashes of addresses.
    pub clients: Values,
    /// Segments that are not literal, by index.
    pub path: Node,
    /// Query parameters.
    pub query: Node,
    /// Header fields that are parameters.
    pub headers: Node,
    /// Cookies.
    pub cookies: Node,
    /// Body of the requests.
    pub request_body: Node,
    /// Body of the responses.
    pub response_body: Node,
    /// Weirds.
    pub weirds: BTreeMap<Weird, u64>,
    /// Facts of tokens and heads.
    pub facts: BTreeMap<Box<str>, u64>,
    /// Earliest Sunset, in epoch milliseconds.
    pub sunset_ms: Option<f64>,
}

impl Observation {
    /// Nothing observed.
    pub fn new() -> Self {
        Observation { clients: Values::new(CLIENTS_MAX), ..Observation::default() }
    }

    /// Counts one fact.
    pub fn fact(&mut self, name: &str) {
        match self.facts.get_mut(name) {
            Some(count) => *count += 1,
            None => {
                self.facts.insert(name.into(), 1);
            }
        }
    }
}
