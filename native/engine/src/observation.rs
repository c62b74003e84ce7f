//! A mergeable summary of like exchanges; the same as `Observation` in TypeScript.

use std::collections::BTreeMap;
use std::sync::Arc;
use tapistry_digest::Limits;
use tapistry_digest::auth::AuthSet;
use tapistry_digest::client::ClientKind;
use tapistry_digest::hash::KeyedHash;
use tapistry_digest::histogram::Histogram;
use tapistry_digest::shape::Node;
use tapistry_digest::sketch::Values;
use tapistry_digest::token::TokenFacts;
use tapistry_wire::weird::Weird;

/// By the two lowest bits of a client's hash.
const CLIENT_KINDS: [&str; 4] = ["unknown", "browser", "service", "scanner"];

/// Distinct clients kept exactly.
pub const CLIENTS_MAX: usize = 256;

/// What two exchanges must share to be one observation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Key {
    /// 0 packets, 1 logs.
    pub source: u8,
    /// Authority as identity.
    pub service: Box<str>,
    /// `rest`, `grpc`, `websocket`, or a kind that has operations.
    pub kind: &'static str,
    /// The operation, where the path does not say it; empty for none.
    pub operation: Box<str>,
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
    /// Whether the request carried credentials.
    pub has_credentials: bool,
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
    /// Requests by kind of client: unknown, browser, service, scanner.
    pub client_kinds: [u64; 4],
    /// Requests by kinds of credentials.
    pub auth: Vec<(AuthSet, u64)>,
    /// Requests by what their tokens say.
    pub tokens: Vec<(Arc<TokenFacts>, u64)>,
    /// Exchanges by who talked to whom.
    pub networks: Vec<(&'static str, u64)>,
    /// Facts of tokens and heads.
    pub facts: BTreeMap<Box<str>, u64>,
    /// Earliest Sunset, in epoch milliseconds.
    pub sunset_ms: Option<f64>,
}

impl Observation {
    /// Nothing observed; bodies within `limits`.
    pub fn new(limits: &Limits) -> Self {
        let (request_body, response_body) = (Node::new(limits), Node::new(limits));
        Observation { clients: Values::sample(CLIENTS_MAX), request_body, response_body, ..Observation::default() }
    }

    /// Adds all of `other`, as if its exchanges had been observed here.
    pub fn merge(&mut self, other: Observation, limits: &Limits) {
        self.count += other.count;
        self.seen_ms = match (self.seen_ms, other.seen_ms) {
            (Some((first, last)), Some((earlier, later))) => Some((first.min(earlier), last.max(later))),
            (seen, None) => seen,
            (None, seen) => seen,
        };
        self.latency_us.merge(&other.latency_us);
        self.request_bytes.merge(&other.request_bytes);
        self.response_bytes.merge(&other.response_bytes);
        self.clients.merge(&other.clients);
        for (mine, others) in [
            (&mut self.path, other.path),
            (&mut self.query, other.query),
            (&mut self.headers, other.headers),
            (&mut self.cookies, other.cookies),
            (&mut self.request_body, other.request_body),
            (&mut self.response_body, other.response_body),
        ] {
            mine.merge(others, limits);
        }
        for (weird, count) in other.weirds {
            *self.weirds.entry(weird).or_insert(0) += count;
        }
        for (mine, others) in self.client_kinds.iter_mut().zip(other.client_kinds) {
            *mine += others;
        }
        self.auth.extend(other.auth);
        self.tokens.extend(other.tokens);
        self.networks.extend(other.networks);
        for (fact, count) in other.facts {
            *self.facts.entry(fact).or_insert(0) += count;
        }
        self.sunset_ms = match (self.sunset_ms, other.sunset_ms) {
            (Some(sunset), Some(earlier)) => Some(sunset.min(earlier)),
            (sunset, other) => sunset.or(other),
        };
    }

    /// Adds what came again in bodies and was not read again.
    pub fn settle(&mut self, hash: &KeyedHash, limits: &Limits) {
        self.request_body.settle(hash, limits);
        self.response_body.settle(hash, limits);
    }

    /// Everything that is counted by name, sorted.
    pub fn named_counts(&self) -> BTreeMap<String, u64> {
        let mut counts = BTreeMap::new();
        let mut add = |name: String, count: u64| *counts.entry(name).or_insert(0) += count;
        self.weirds.iter().for_each(|(weird, count)| add(weird.name().to_owned(), *count));
        self.facts.iter().for_each(|(fact, count)| add(fact.to_string(), *count));
        self.networks.iter().for_each(|(network, count)| add((*network).to_owned(), *count));
        for (kind, count) in CLIENT_KINDS.iter().zip(self.client_kinds).filter(|(_, count)| *count > 0) {
            add(format!("client.{kind}"), count);
        }
        for (facts, count) in &self.tokens {
            facts.iter().for_each(|fact| add(fact.to_owned(), *count));
        }
        for (kinds, count) in &self.auth {
            kinds.names().for_each(|kind| add(format!("auth.{kind}"), *count));
        }
        counts
    }

    /// Something was seen at a time.
    pub fn see(&mut self, time_ns: Option<i64>) {
        if let Some(time_ns) = time_ns {
            let time_ms = time_ns.div_euclid(1_000_000) as f64;
            let (first, last) = self.seen_ms.unwrap_or((time_ms, time_ms));
            self.seen_ms = Some((first.min(time_ms), last.max(time_ms)));
        }
    }

    /// Somebody asked.
    pub fn see_client(&mut self, client: Option<u64>, kind: ClientKind) {
        if let Some(client) = client {
            // The two lowest bits say what kind of client it is; the others decide what stays.
            self.clients.observe(client & !3 | kind_bits(kind), None);
        }
        self.client_kinds[kind_bits(kind) as usize] += 1;
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

/// Two bits, as `src/observation/observation.ts` has them.
fn kind_bits(kind: ClientKind) -> u64 {
    match kind {
        ClientKind::Unknown => 0,
        ClientKind::Browser => 1,
        ClientKind::Service => 2,
        ClientKind::Scanner => 3,
    }
}
