//! TLS whose beginning was not captured: told by its records or by a server's hello alone, counted, and never read.

use crate::protocol::Flow;
use crate::tls_facts::count_facts;
use crate::worker::Worker;
use std::net::SocketAddr;
use tapistry_tls::{Facts, Keys, SERVER, Session, Sink};
use tapistry_wire::stream::{At, Direction, FlowInfo};
use tapistry_wire::weird::Weird;

/// What is known of it.
#[derive(Debug, Default)]
pub struct LateTls {
    /// The side that sent a server's hello.
    server: Option<Direction>,
    facts: Facts,
}

impl LateTls {
    /// Reads what a server says first; `None` where it is no hello after all.
    pub fn of_server(server: Direction, bytes: &[u8], at: &At, keys: &Keys) -> Option<Self> {
        let mut session = Session::default();
        session.data(SERVER, bytes, at, keys, &mut Nowhere);
        session.close(keys, &mut Nowhere);
        let facts = session.facts().clone();
        (facts.version != 0).then_some(LateTls { server: Some(server), facts })
    }

    /// By the server's address, since the name stands in the client's hello.
    pub fn service(&self, likely: &LikelyServer) -> String {
        likely.address(self.server).to_string()
    }

    /// The flow is over, after so many bytes.
    pub fn close(mut self, worker: &mut Worker, service: &str, bytes: u64) {
        if worker.muted {
            return;
        }
        self.facts.weirds.insert(Weird::TlsHelloIncomplete);
        let counts = worker.visibility.of(service);
        count_facts(&self.facts, counts);
        counts.tls_flows += 1;
        counts.tls_bytes += bytes;
        worker.counters.add("tls.flows", 1);
        worker.counters.add("tls.bytes", bytes);
        for weird in self.facts.weirds.iter() {
            worker.counters.add(weird.name(), 1);
        }
    }
}

/// Which side is the server, as far as a flow tells before anything is read.
#[derive(Debug)]
pub struct LikelyServer {
    addresses: [SocketAddr; 2],
    server: Direction,
}

impl LikelyServer {
    /// The side that took the connection, where its beginning was seen; else the one of the lower port.
    pub fn of(flow: &Flow) -> Self {
        let FlowInfo { endpoints, midstream, .. } = &flow.info;
        let server = if *midstream && endpoints[0].1 < endpoints[1].1 { Direction::Forward } else { Direction::Backward };
        LikelyServer { addresses: endpoints.map(SocketAddr::from), server }
    }

    fn address(&self, known: Option<Direction>) -> SocketAddr {
        self.addresses[known.unwrap_or(self.server).index()]
    }
}

/// Nothing is read without the client's hello.
struct Nowhere;

impl Sink for Nowhere {
    fn begin(&mut self, _facts: &Facts) {}

    fn data(&mut self, _side: usize, _bytes: &[u8], _at: &At) {}

    fn gap(&mut self, _side: usize, _length: u64, _at: &At) {}
}
