//! HTTP/1 as a protocol of a flow: which direction asks, and what follows a tunnel.

use super::{H1, State};
use crate::h2::H2;
use crate::probing::Probing;
use crate::protocol::{Flow, Protocol, Turn};
use crate::websocket::WebSocket;
use crate::worker::Worker;
use tapistry_http::h1::StreamEnd;
use tapistry_wire::stream::{At, Direction, End};
use tapistry_wire::weird::Weird;

impl Protocol for H1 {
    fn data(&mut self, worker: &mut Worker, direction: Direction, bytes: &[u8], at: &At) {
        if self.state.ends.client_direction == direction {
            self.ask(worker, bytes, at);
        } else {
            self.answer(worker, bytes, at);
        }
    }

    fn gap(&mut self, worker: &mut Worker, direction: Direction, length: u64, at: &At) {
        if self.state.ends.client_direction == direction {
            self.ask_gap(worker, length, at);
        } else {
            self.answer_gap(worker, length, at);
        }
    }

    /// Told with the next exchange.
    fn weird(&mut self, weird: Weird) {
        self.state.weirds.insert(weird);
    }

    fn end(&mut self, worker: &mut Worker, direction: Direction, how: End, at: &At) {
        let how = if how == End::Fin { StreamEnd::Fin } else { StreamEnd::Other };
        if self.state.ends.client_direction == direction {
            self.ask_end(worker, how, at);
        } else {
            self.answer_end(worker, how, at);
        }
    }

    fn held_bytes(&self) -> usize {
        self.requests.held_bytes() + self.responses.held_bytes() + self.state.open.held_bytes()
    }

    /// After an upgrade or CONNECT the tunnel is looked at anew, but for one to HTTP/2 or WebSocket.
    fn turn(&mut self, worker: &mut Worker, flow: &Flow) -> Option<Turn> {
        if !self.state.tunnel {
            return None;
        }
        self.hear_all(worker);
        let State { ends, tunnelled, tunnelled_at, upgrading, socket, handshake, .. } = &mut self.state;
        let client = ends.client_direction;
        let mut held = Vec::new();
        for ((direction, bytes), at) in [client, client.reverse()].into_iter().zip(std::mem::take(tunnelled)).zip(*tunnelled_at) {
            if let (false, Some(at)) = (bytes.is_empty(), at) {
                held.push((direction, bytes, at));
            }
        }
        let next: Box<dyn Protocol> = match (upgrading.take(), socket.take()) {
            (Some(request), _) => Box::new(H2::upgraded(flow, client, request, worker)),
            (None, Some(deflate)) => Box::new(WebSocket::new(ends.clone(), handshake.take().unwrap_or_default(), deflate, worker)),
            (None, None) => Box::new(Probing::new(flow, [false; 2])),
        };
        Some(Turn { next, held, is_deeper: true })
    }

    /// The service of the last request, else the server's address.
    fn service(&self) -> Option<String> {
        Some(self.state.ends.service(&self.state.service))
    }

    fn close(mut self: Box<Self>, worker: &mut Worker) {
        self.hear_all(worker);
        if let Some(answering) = self.state.answering.take() {
            self.state.keep_answer(worker, answering);
        }
        for entry in self.state.open.drain().collect::<Vec<_>>() {
            self.state.leave(worker, entry);
        }
    }
}
