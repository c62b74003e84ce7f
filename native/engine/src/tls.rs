//! TLS: whom the client asks for, how much went by unread, and what is spoken inside where its keys are known.

use crate::connection::Connection;
use crate::protocol::{Flow, Protocol, Turn};
use crate::tls_facts::{count_facts, shown_facts};
use crate::worker::Worker;
use std::net::SocketAddr;
use std::sync::Arc;
use tapistry_tls::{CLIENT, Facts, Keys, SERVER, Session, Sink};
use tapistry_wire::stream::{Application, At, Direction, End};
use tapistry_wire::weird::{Weird, WeirdSet};

/// A flow that began with a hello.
#[derive(Debug)]
pub struct Tls {
    session: Box<Session>,
    keys: Arc<Keys>,
    inside: Inside,
    server: SocketAddr,
    bytes: u64,
    /// Ends of directions, told inside when what waits was read.
    ends: [Option<(End, At)>; 2],
}

/// What is spoken inside, from the first byte on that was decrypted.
#[derive(Debug)]
struct Inside {
    flow: Flow,
    client: Direction,
    weirds: WeirdSet,
    connection: Option<Box<Connection>>,
}

impl Tls {
    /// Of a flow whose client is known; `is_late` where the start of the server's direction was missed.
    pub fn new(worker: &Worker, flow: &Flow, client: Direction, is_late: bool) -> Self {
        let mut session = Box::<Session>::default();
        if is_late {
            session.join(SERVER);
        }
        let mut inner = Flow { depth: flow.depth + 1, scheme: b's', ..flow.clone() };
        inner.info.midstream = false;
        Tls {
            session,
            keys: worker.settings.keys.clone(),
            inside: Inside { flow: inner, client, weirds: WeirdSet::default(), connection: None },
            server: SocketAddr::from(flow.info.endpoints[client.reverse().index()]),
            bytes: 0,
            ends: [None; 2],
        }
    }

    fn side(&self, direction: Direction) -> usize {
        if direction == self.inside.client { CLIENT } else { SERVER }
    }

    /// Tells inside which directions are over, as far as nothing of them waits.
    fn tell_ends(&mut self, worker: &mut Worker) {
        if self.inside.connection.is_none() {
            return;
        }
        for side in [CLIENT, SERVER] {
            if !self.session.waits(side)
                && let Some((how, at)) = self.ends[side].take()
            {
                let mut content = Content { inside: &mut self.inside, worker };
                self.session.end(side, &at, &mut content);
                content.end(side, how, &self.session.inner_at(side, &at));
            }
        }
    }

    /// Clients write their keys before they use them: those of a connection that was short are there, but nobody has looked since.
    fn fetch_keys(&self, worker: &Worker) {
        if self.keys.grows() && [CLIENT, SERVER].into_iter().any(|side| self.session.waits(side)) {
            worker.settings.look_for_keys();
        }
    }

    /// By the name in the hello, else by the server's address.
    fn outer_service(&self) -> String {
        self.session.facts().server_name.clone().unwrap_or_else(|| self.server.to_string())
    }
}

impl Protocol for Tls {
    fn data(&mut self, worker: &mut Worker, direction: Direction, bytes: &[u8], at: &At) {
        self.bytes += bytes.len() as u64;
        let side = self.side(direction);
        self.session.data(side, bytes, at, &self.keys, &mut Content { inside: &mut self.inside, worker });
        self.tell_ends(worker);
    }

    fn gap(&mut self, worker: &mut Worker, direction: Direction, length: u64, at: &At) {
        let side = self.side(direction);
        self.session.gap(side, length, at, &self.keys, &mut Content { inside: &mut self.inside, worker });
    }

    fn weird(&mut self, weird: Weird) {
        self.inside.weirds.insert(weird);
    }

    fn end(&mut self, worker: &mut Worker, direction: Direction, how: End, at: &At) {
        self.fetch_keys(worker);
        self.session.look(&self.keys, &mut Content { inside: &mut self.inside, worker });
        let side = self.side(direction);
        self.ends[side] = Some((how, *at));
        self.tell_ends(worker);
    }

    fn turn(&mut self, _worker: &mut Worker, _flow: &Flow) -> Option<Turn> {
        None
    }

    fn held_bytes(&self) -> usize {
        self.session.held_bytes()
    }

    /// Of what is inside, where that is known.
    fn service(&self) -> Option<String> {
        let inner = self.inside.connection.as_ref().and_then(|connection| connection.service());
        Some(inner.unwrap_or_else(|| self.outer_service()))
    }

    fn close(mut self: Box<Self>, worker: &mut Worker) {
        self.fetch_keys(worker);
        self.session.close(&self.keys, &mut Content { inside: &mut self.inside, worker });
        self.tell_ends(worker);
        let is_known = self.inside.connection.as_ref().is_some_and(|connection| connection.service().is_some());
        let service = self.service().unwrap_or_default();
        if let Some(connection) = self.inside.connection.take() {
            connection.finish(worker);
        }
        if worker.muted {
            return;
        }
        let facts = self.session.facts();
        let counts = worker.visibility.of(&service);
        count_facts(facts, counts);
        if is_known {
            counts.tls_decrypted_flows += 1;
            counts.tls_decrypted_bytes += facts.decrypted_bytes;
        } else {
            counts.tls_flows += 1;
            counts.tls_bytes += self.bytes;
        }
        worker.counters.add("tls.flows", 1);
        worker.counters.add("tls.bytes", self.bytes);
        worker.counters.add("tls.decryptedFlows", u64::from(facts.decrypted_bytes > 0));
        worker.counters.add("tls.decryptedBytes", facts.decrypted_bytes);
        for weird in facts.weirds.iter() {
            worker.counters.add(weird.name(), 1);
        }
    }
}

/// Takes what is decrypted.
struct Content<'a> {
    inside: &'a mut Inside,
    worker: &'a mut Worker,
}

impl Content<'_> {
    fn direction(&self, side: usize) -> Direction {
        if side == CLIENT { self.inside.client } else { self.inside.client.reverse() }
    }
}

impl Content<'_> {
    fn end(&mut self, side: usize, how: End, at: &At) {
        let direction = self.direction(side);
        if let Some(connection) = &mut self.inside.connection {
            connection.end(self.worker, direction, how, at);
        }
    }
}

impl Sink for Content<'_> {
    fn begin(&mut self, facts: &Facts) {
        self.inside.flow.tls = Some(shown_facts(facts).into());
        let mut connection = Box::new(Connection::inside(self.inside.flow.clone()));
        for weird in self.inside.weirds.iter().chain(facts.weirds.iter()) {
            connection.weird(self.worker, weird);
        }
        self.inside.connection = Some(connection);
    }

    fn data(&mut self, side: usize, bytes: &[u8], at: &At) {
        let direction = self.direction(side);
        if let Some(connection) = &mut self.inside.connection {
            connection.data(self.worker, direction, bytes, at);
        }
    }

    fn gap(&mut self, side: usize, length: u64, at: &At) {
        let direction = self.direction(side);
        if let Some(connection) = &mut self.inside.connection {
            connection.gap(self.worker, direction, length, at);
        }
    }
}
