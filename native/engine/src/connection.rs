//! A flow, or a stream inside one: what is spoken on it, told by content on any port.

use crate::opaque::Opaque;
use crate::probing::Probing;
use crate::protocol::{Flow, Protocol, Turn};
use crate::worker::Worker;
use tapistry_wire::stream::{Application, At, Direction, End, FlowInfo};
use tapistry_wire::weird::Weird;

/// One flow with payload.
#[derive(Debug)]
pub struct Connection {
    flow: Flow,
    protocol: Box<dyn Protocol>,
    seen_bytes: u64,
    gap_bytes: u64,
    unseen_bytes: u64,
    /// What its parsers take of the budget of what is not whole.
    reserved: usize,
    is_one_way: bool,
}

/// Bytes that each may keep without asking: they are what a connection takes anyway.
const FREE_BYTES: usize = 512;

/// Protocols inside of each other; what lies deeper is not looked at.
const DEPTH_MAX: u8 = 8;

impl Application for Connection {
    type Shared = Worker;

    fn open(_worker: &mut Worker, info: &FlowInfo) -> Self {
        Connection::inside(Flow { info: info.clone(), depth: 0, scheme: 0, tls: None })
    }

    fn data(&mut self, worker: &mut Worker, direction: Direction, bytes: &[u8], at: &At) {
        self.seen_bytes += bytes.len() as u64;
        self.protocol.data(worker, direction, bytes, at);
        self.follow(worker);
        self.settle(worker);
    }

    fn gap(&mut self, worker: &mut Worker, direction: Direction, length: u64, at: &At) {
        self.gap_bytes = self.gap_bytes.saturating_add(length);
        self.protocol.gap(worker, direction, length, at);
        if self.follow(worker) {
            self.protocol.gap(worker, direction, length, at);
        }
    }

    fn weird(&mut self, _worker: &mut Worker, weird: Weird) {
        self.is_one_way |= weird == Weird::TcpOneWay;
        self.protocol.weird(weird);
    }

    fn unseen(&mut self, _worker: &mut Worker, bytes: u64) {
        self.unseen_bytes += bytes;
    }

    fn end(&mut self, worker: &mut Worker, direction: Direction, how: End, at: &At) {
        self.protocol.end(worker, direction, how, at);
        self.follow(worker);
    }

    fn close(self, worker: &mut Worker, _how: End) {
        let Connection { flow, protocol, seen_bytes, gap_bytes, unseen_bytes, reserved, is_one_way } = self;
        worker.settings.buffers.give_back(reserved);
        let service = protocol.service();
        protocol.close(worker);
        match service {
            Some(service) if !worker.muted => {
                let counts = worker.visibility.of(&service);
                counts.flows += 1;
                counts.one_way_flows += u64::from(is_one_way);
                counts.midstream_flows += u64::from(flow.info.midstream);
                counts.seen_bytes += seen_bytes;
                counts.gap_bytes += gap_bytes;
                counts.unseen_bytes += unseen_bytes;
            }
            Some(_) => {}
            None => {
                worker.count("flows.unknownProtocol", 1);
                worker.count("flows.unknownBytes", seen_bytes);
            }
        }
    }
}

impl Connection {
    /// A flow, or a stream that another protocol carries.
    pub fn inside(flow: Flow) -> Self {
        let protocol = Box::new(Probing::new(&flow, [flow.info.midstream; 2]));
        Connection { flow, protocol, seen_bytes: 0, gap_bytes: 0, unseen_bytes: 0, reserved: 0, is_one_way: false }
    }

    /// The service that is talked to, where the protocol is known.
    pub fn service(&self) -> Option<String> {
        self.protocol.service()
    }

    /// A stream inside another is over; the flow is counted by what carries it.
    pub fn finish(self, worker: &mut Worker) {
        worker.settings.buffers.give_back(self.reserved);
        self.protocol.close(worker);
    }

    /// Takes room for what waits to become whole. Where there is none the connection is not read on, since there may be very many of them.
    fn settle(&mut self, worker: &mut Worker) {
        let held = self.protocol.held_bytes();
        let wanted = if held > FREE_BYTES { held } else { 0 };
        if wanted <= self.reserved {
            worker.settings.buffers.give_back(self.reserved - wanted);
            self.reserved = wanted;
        } else if worker.settings.buffers.take(wanted - self.reserved) {
            self.reserved = wanted;
        } else {
            worker.count("limits.connectionsShed", 1);
            worker.count("limits.lawLost", 1);
            worker.settings.buffers.give_back(std::mem::take(&mut self.reserved));
            std::mem::replace(&mut self.protocol, Box::new(Opaque)).close(worker);
        }
    }

    /// Goes over to the next protocol, as often as one ends; tells whether any did.
    fn follow(&mut self, worker: &mut Worker) -> bool {
        let mut has_turned = false;
        while let Some(Turn { mut next, held, is_deeper }) = self.protocol.turn(worker, &self.flow) {
            has_turned = true;
            self.flow.depth += u8::from(is_deeper);
            if self.flow.depth > DEPTH_MAX {
                worker.count("flows.tooDeep", 1);
                next = Box::new(Opaque);
            }
            std::mem::replace(&mut self.protocol, next).close(worker);
            for (direction, bytes, at) in held {
                self.protocol.data(worker, direction, &bytes, &at);
            }
        }
        has_turned
    }
}
