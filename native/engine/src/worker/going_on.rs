//! Connections that go on after the exchange that they begin with: what their messages add to.

use super::{Origin, Worker};
use crate::asker::Asker;
use crate::exchange::Exchange;
use crate::message::{Request, Response};
use crate::observation::{Key, Observation};
use crate::observe::Found;
use tapistry_digest::Cx;
use tapistry_digest::body::{MediaKind, digest_body};
use tapistry_digest::operation::Operation;
use tapistry_digest::shape::Node;
use tapistry_wire::weird::WeirdSet;

impl Worker {
    /// As [`Worker::emit`], of observations; what comes later may add to what the key stands for.
    pub fn emit_keyed(&mut self, origin: &Origin<'_>, request: Option<Box<Request>>, response: Option<Box<Response>>) -> Key {
        let exchange = Exchange::new(origin.source, None, origin.service, request, response);
        let key = exchange.key().to_key();
        self.emit(origin, exchange.request, exchange.response);
        key
    }

    /// A message of a connection that goes on: client's (0) or server's (1). It adds to the bodies of what `key` stands for, where there is one.
    pub fn observe_message(&mut self, key: Option<&Key>, side: usize, text: &[u8], is_whole: bool) -> Found {
        let settings = self.settings.clone();
        let mut cx = Cx::new(&settings.hash, &settings.digest);
        let mut nowhere = Node::new(&settings.digest);
        let node = match key.filter(|_| !self.muted).and_then(|key| self.known_or_new(key)) {
            Some(observation) if side == 0 => &mut observation.request_body,
            Some(observation) => &mut observation.response_body,
            None => &mut nowhere,
        };
        digest_body(MediaKind::Text, b"", text, is_whole, node, &mut cx);
        Found { classes: cx.classes, weirds: cx.weirds }
    }

    /// An operation that a message of such a connection asks for: an exchange of its own, of the same service and path.
    pub fn observe_operation(&mut self, key: &Key, operation: &Operation, asker: &Asker, time_ns: Option<i64>, (text, is_whole): (&[u8], bool)) {
        if self.muted {
            return;
        }
        self.exchanges += 1;
        self.counters.add("limits.operationsUnread", u64::from(operation.is_limited));
        let key = Key { kind: operation.kind, operation: operation.name.as_str().into(), ..key.clone() };
        match self.known_or_new(&key) {
            Some(observation) => asker.observe(observation, time_ns),
            None => return self.count("limits.exchangesShed", 1),
        }
        self.observe_message(Some(&key), 0, text, is_whole);
    }

    /// Oddities of such a connection.
    pub fn observe_weirds(&mut self, key: &Key, weirds: WeirdSet) {
        if weirds.is_empty() || self.muted {
            return;
        }
        if let Some(observation) = self.known_or_new(key) {
            weirds.iter().for_each(|weird| *observation.weirds.entry(weird).or_insert(0) += 1);
        }
    }

    fn known_or_new(&mut self, key: &Key) -> Option<&mut Observation> {
        if self.is_shedding && self.table.find_known(&key.parts(), &self.settings).is_none() {
            self.count("limits.lawLost", 1);
            return None;
        }
        let place = self.table.find(&key.parts(), &self.settings);
        Some(self.table.at(place))
    }
}
