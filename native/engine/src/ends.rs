//! Who asks whom over a connection, and how its exchanges are handed on.

use crate::message::{Request, Response};
use crate::protocol::Flow;
use crate::worker::{Origin, Worker};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tapistry_wire::link::LayerSet;
use tapistry_wire::stream::Direction;

/// The two ends, once it is known which one asks.
#[derive(Clone, Debug)]
pub struct Ends {
    /// Which way the client sends.
    pub client_direction: Direction,
    /// Address and port.
    pub client: SocketAddr,
    /// Address and port.
    pub server: SocketAddr,
    /// Keyed hash of the client's address.
    pub client_hash: u64,
    /// `s` inside of TLS, 0 where nothing is known.
    pub scheme: u8,
    vlans: Box<[u16]>,
    layers: LayerSet,
    /// What is shown of the TLS around it.
    tls: Option<Arc<str>>,
}

impl Ends {
    /// Of a flow whose client sends in a direction.
    pub fn new(flow: &Flow, client_direction: Direction, worker: &Worker) -> Self {
        let [client, server] = [client_direction, client_direction.reverse()].map(|direction| SocketAddr::from(flow.info.endpoints[direction.index()]));
        let client_hash = match client.ip().to_canonical() {
            IpAddr::V4(v4) => worker.settings.hash.hash(&v4.octets()),
            IpAddr::V6(v6) => worker.settings.hash.hash(&v6.octets()),
        };
        Ends {
            client_direction,
            client,
            server,
            client_hash,
            scheme: flow.scheme,
            vlans: flow.info.vlans.as_slice().into(),
            layers: flow.info.layers,
            tls: flow.tls.clone(),
        }
    }

    /// Which way the client (0) or the server (1) sends.
    pub fn direction(&self, side: usize) -> Direction {
        if side == 0 { self.client_direction } else { self.client_direction.reverse() }
    }

    /// Hands an exchange on; `service` is that of a response alone, empty where no request told it.
    pub fn emit(&self, service: &str, worker: &mut Worker, request: Option<Box<Request>>, response: Option<Box<Response>>) {
        let server = if service.is_empty() && request.is_none() { self.server.to_string() } else { String::new() };
        worker.emit(&self.origin(if service.is_empty() { &server } else { service }), request, response);
    }

    /// Where exchanges of the connection are from.
    pub fn origin<'a>(&'a self, service: &'a str) -> Origin<'a> {
        Origin { source: 0, flow: Some((self.client, self.server)), vlans: &self.vlans, layers: self.layers, id: None, service, tls: self.tls.as_deref() }
    }

    /// `service`, or the server's address where no request told it.
    pub fn service(&self, service: &str) -> String {
        if service.is_empty() { self.server.to_string() } else { service.to_owned() }
    }
}
