//! TLS without keys: whom the client asks for, and how much went by unread.

use crate::protocol::{Flow, Protocol, Turn};
use crate::worker::Worker;
use std::net::SocketAddr;
use tapistry_wire::stream::{At, Direction, End};
use tapistry_wire::weird::Weird;

/// A flow that began with a hello.
#[derive(Debug)]
pub struct Tls {
    service: String,
    bytes: u64,
}

impl Tls {
    /// By the name in the hello, else by the server's address.
    pub fn new(flow: &Flow, client: Direction, name: Option<String>) -> Self {
        let server = flow.info.endpoints[client.reverse().index()];
        Tls { service: name.unwrap_or_else(|| SocketAddr::from(server).to_string()), bytes: 0 }
    }
}

impl Protocol for Tls {
    fn data(&mut self, _worker: &mut Worker, _direction: Direction, bytes: &[u8], _at: &At) {
        self.bytes += bytes.len() as u64;
    }

    fn gap(&mut self, _worker: &mut Worker, _direction: Direction, _length: u64, _at: &At) {}

    fn weird(&mut self, _weird: Weird) {}

    fn end(&mut self, _worker: &mut Worker, _direction: Direction, _how: End, _at: &At) {}

    fn turn(&mut self, _worker: &mut Worker, _flow: &Flow) -> Option<Turn> {
        None
    }

    fn service(&self) -> Option<String> {
        Some(self.service.clone())
    }

    fn close(self: Box<Self>, worker: &mut Worker) {
        if worker.muted {
            return;
        }
        let counts = worker.visibility.of(&self.service);
        counts.tls_flows += 1;
        counts.tls_bytes += self.bytes;
        worker.counters.add("tls.flows", 1);
        worker.counters.add("tls.bytes", self.bytes);
    }
}
