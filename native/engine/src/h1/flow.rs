//! HTTP/1 as a protocol of a flow: which direction asks, and what follows a tunnel.

use super::{H1, State};
use crate::probing::Probing;
use crate::protocol::{Flow, Protocol, Turn};
use crate::worker::Worker;
use tapistry_http::h1::StreamEnd;
use tapistry_wire::stream::{At, Direction, End};
use tapistry_wire::weird::Weird;

impl Protocol for H1 {
    fn data(&mut self, worker: &mut Worker, direction: Direction, bytes: &[u8], at: &At) {
        if self.state.client_direction == direction {
            self.ask(worker, bytes, at);
        } else {
            self.answer(worker, bytes, at);
        }
    }

    fn gap(&mut self, worker: &mut Worker, direction: Direction, length: u64, at: &At) {
        if self.state.client_direction == direction {
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
        if self.state.client_direction == direction {
            self.ask_end(worker, how, at);
        } else {
            self.answer_end(worker, how, at);
        }
    }

    /// After an upgrade or CONNECT the tunnel is looked at anew.
    fn turn(&mut self, worker: &mut Worker, _flow: &Flow) -> Option<Turn> {
        if !self.state.tunnel {
            return None;
        }
        self.hear_all(worker);
        let State { client_direction: client, tunnelled, tunnelled_at, .. } = &mut self.state;
        let mut held = Vec::new();
        for ((direction, bytes), at) in [*client, client.reverse()].into_iter().zip(std::mem::take(tunnelled)).zip(*tunnelled_at) {
            if let (false, Some(at)) = (bytes.is_empty(), at) {
                held.push((direction, bytes, at));
            }
        }
        Some(Turn { next: Box::new(Probing::new([false; 2])), held, is_deeper: true })
    }

    /// The service of the last request, else the server's address.
    fn service(&self) -> Option<String> {
        let State { service, server, .. } = &self.state;
        Some(if service.is_empty() { server.to_string() } else { service.clone() })
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
