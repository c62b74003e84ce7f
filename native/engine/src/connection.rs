//! A flow: what protocol it is, told by content on any port, and the state of that protocol.

use crate::h1::H1;
use crate::preamble::{Preamble, proxy_header};
use crate::worker::Worker;
use std::net::SocketAddr;
use tapistry_http::h1::{Probe, Start, StreamEnd, is_request_start, is_response_start};
use tapistry_tls::{HELLO_BYTES_MAX, Hello, client_hello, is_handshake_record};
use tapistry_wire::stream::{Application, At, Direction, End, FlowInfo};
use tapistry_wire::weird::{Weird, WeirdSet};

/// One flow with payload.
#[derive(Debug)]
pub struct Connection {
    info: FlowInfo,
    protocol: Protocol,
    /// First bytes that did not yet say what they are, by direction.
    held: [Vec<u8>; 2],
    held_at: [Option<At>; 2],
    /// Whether anything but the very start of the stream was seen.
    is_late: [bool; 2],
    gap_bytes: u64,
    is_one_way: bool,
    weirds: WeirdSet,
}

#[derive(Debug)]
enum Protocol {
    Unknown,
    H1 { client: Direction, connection: Box<H1> },
    Tls { service: String, bytes: u64 },
}

/// Bytes held until the protocol is told; longer than any start line that is still unsure.
const HELD_BYTES_MAX: usize = 4096;

impl Application for Connection {
    type Shared = Worker;

    fn open(_worker: &mut Worker, info: &FlowInfo) -> Self {
        Connection {
            info: info.clone(),
            protocol: Protocol::Unknown,
            held: Default::default(),
            held_at: [None; 2],
            is_late: [info.midstream; 2],
            gap_bytes: 0,
            is_one_way: false,
            weirds: WeirdSet::default(),
        }
    }

    fn data(&mut self, worker: &mut Worker, direction: Direction, bytes: &[u8], at: &At) {
        match &mut self.protocol {
            Protocol::H1 { client, connection } => feed(connection, *client, worker, direction, bytes, at),
            Protocol::Tls { bytes: total, .. } => *total += bytes.len() as u64,
            Protocol::Unknown => self.probe(worker, direction, bytes, at),
        }
        if let Protocol::H1 { connection, .. } = &self.protocol
            && connection.is_tunnel()
        {
            self.reopen(worker, at);
        }
    }

    fn gap(&mut self, worker: &mut Worker, direction: Direction, length: u64, at: &At) {
        self.gap_bytes += length;
        match &mut self.protocol {
            Protocol::H1 { client, connection } if *client == direction => connection.ask_gap(worker, length, at),
            Protocol::H1 { connection, .. } => connection.answer_gap(worker, length, at),
            Protocol::Tls { .. } => {}
            Protocol::Unknown => self.probe_cut(worker, direction, length, at),
        }
    }

    fn weird(&mut self, _worker: &mut Worker, weird: Weird) {
        self.is_one_way |= weird == Weird::TcpOneWay;
        match &mut self.protocol {
            Protocol::H1 { connection, .. } => connection.weird(weird),
            Protocol::Unknown | Protocol::Tls { .. } => self.weirds.insert(weird),
        }
    }

    fn end(&mut self, worker: &mut Worker, direction: Direction, how: End, at: &At) {
        let how = if how == End::Fin { StreamEnd::Fin } else { StreamEnd::Other };
        match &mut self.protocol {
            Protocol::H1 { client, connection } if *client == direction => connection.ask_end(worker, how, at),
            Protocol::H1 { connection, .. } => connection.answer_end(worker, how, at),
            Protocol::Tls { .. } | Protocol::Unknown => {}
        }
    }

    fn close(self, worker: &mut Worker, _how: End) {
        let is_one_way = self.is_one_way;
        match self.protocol {
            Protocol::H1 { connection, .. } => {
                let service = connection.service();
                connection.close(worker);
                count_flow(worker, &service, &self.info, is_one_way, self.gap_bytes);
            }
            Protocol::Tls { service, bytes } => {
                count_flow(worker, &service, &self.info, is_one_way, self.gap_bytes);
                if !worker.muted {
                    let counts = worker.visibility.of(&service);
                    counts.tls_flows += 1;
                    counts.tls_bytes += bytes;
                    worker.counters.add("tls.flows", 1);
                    worker.counters.add("tls.bytes", bytes);
                }
            }
            Protocol::Unknown => worker.count("flows.unknownProtocol", 1),
        }
    }
}

impl Connection {
    /// Looks at what a direction begins with; what is still unsure is held.
    fn probe(&mut self, worker: &mut Worker, direction: Direction, bytes: &[u8], at: &At) {
        let index = direction.index();
        if self.held[index].is_empty() {
            self.held_at[index] = Some(*at);
        }
        let mut first = self.held_at[index].unwrap_or(*at);
        let mut held = std::mem::take(&mut self.held[index]);
        let seen: &[u8] = if held.is_empty() {
            bytes
        } else {
            held.extend_from_slice(bytes);
            &held
        };
        let mut before = 0;
        let what = match proxy_header(seen) {
            Preamble::Unsure => What::Unsure,
            Preamble::Length(length) => {
                before = length;
                first.offset += length as u64;
                what_is(&seen[length..], self.is_late[index])
            }
        };
        match what {
            What::Request => self.begin(worker, direction, direction, &seen[before..], &first),
            What::Response => self.begin(worker, direction.reverse(), direction, seen, &first),
            What::Tls(name) => {
                let server = self.info.endpoints[direction.reverse().index()];
                let service = name.unwrap_or_else(|| SocketAddr::from(server).to_string());
                let bytes = seen.len() as u64 + self.held[direction.reverse().index()].len() as u64;
                self.protocol = Protocol::Tls { service, bytes };
                self.held = Default::default();
            }
            What::Unsure if seen.len() < if is_handshake_record(seen) { HELLO_BYTES_MAX + 1 } else { HELD_BYTES_MAX } => {
                if held.is_empty() {
                    held.extend_from_slice(bytes);
                }
                self.held[index] = held;
            }
            What::Unsure | What::Other => self.is_late[index] = true,
        }
    }

    /// A hole comes before the first line is whole: packets may have been captured short. What is there may still tell.
    fn probe_cut(&mut self, worker: &mut Worker, direction: Direction, length: u64, at: &At) {
        let index = direction.index();
        let mut held = std::mem::take(&mut self.held[index]);
        let held_bytes = held.len();
        held.extend_from_slice(b"\r\n");
        if held_bytes > 0 && is_request_start(&held) == Probe::Yes {
            let first = self.held_at[index].unwrap_or(*at);
            self.begin(worker, direction, direction, &held[..held_bytes], &first);
            if let Protocol::H1 { connection, .. } = &mut self.protocol {
                connection.ask_gap(worker, length, at);
            }
            return;
        }
        self.is_late[index] = true;
    }

    fn begin(&mut self, worker: &mut Worker, client: Direction, direction: Direction, bytes: &[u8], at: &At) {
        let endpoint = |direction: Direction| SocketAddr::from(self.info.endpoints[direction.index()]);
        let start = |late: bool| if late { Start::Midstream } else { Start::Connection };
        let starts = [start(self.is_late[client.index()]), start(self.is_late[client.reverse().index()])];
        let mut weirds = std::mem::take(&mut self.weirds);
        if self.info.midstream {
            weirds.insert(Weird::TcpMidstream);
        }
        let mut connection = Box::new(H1::new(endpoint(client), endpoint(client.reverse()), &self.info.vlans, starts, weirds, worker));
        let other = direction.reverse();
        let held = std::mem::take(&mut self.held[other.index()]);
        if let (false, Some(held_at)) = (held.is_empty(), self.held_at[other.index()]) {
            feed(&mut connection, client, worker, other, &held, &held_at);
        }
        feed(&mut connection, client, worker, direction, bytes, at);
        self.protocol = Protocol::H1 { client, connection };
    }

    /// After an upgrade or CONNECT the tunnel is looked at anew.
    fn reopen(&mut self, worker: &mut Worker, at: &At) {
        let Protocol::H1 { client, mut connection } = std::mem::replace(&mut self.protocol, Protocol::Unknown) else { return };
        let tunnelled = connection.take_tunnelled(worker);
        connection.close(worker);
        self.held = Default::default();
        self.is_late = [false; 2];
        for (direction, bytes) in [client, client.reverse()].into_iter().zip(tunnelled) {
            if !bytes.is_empty() {
                self.data(worker, direction, &bytes, at);
            }
        }
    }
}

enum What {
    Request,
    Response,
    Tls(Option<String>),
    Unsure,
    Other,
}

fn what_is(bytes: &[u8], is_late: bool) -> What {
    match (is_request_start(bytes), is_response_start(bytes), client_hello(bytes)) {
        (Probe::Yes, ..) => What::Request,
        (_, Probe::Yes, _) => What::Response,
        (.., Hello::Client(name)) => What::Tls(name),
        (Probe::No, Probe::No, Hello::No) => What::Other,
        // A server's side of TLS, joined late: records that are no hello.
        _ if is_late && matches!(bytes, [0x14..=0x17, 3, 0..=4, _, _, ..]) => What::Other,
        _ => What::Unsure,
    }
}

fn feed(connection: &mut H1, client: Direction, worker: &mut Worker, direction: Direction, bytes: &[u8], at: &At) {
    if client == direction {
        connection.ask(worker, bytes, at);
    } else {
        connection.answer(worker, bytes, at);
    }
}

fn count_flow(worker: &mut Worker, service: &str, info: &FlowInfo, is_one_way: bool, gap_bytes: u64) {
    if worker.muted {
        return;
    }
    let counts = worker.visibility.of(service);
    counts.flows += 1;
    counts.one_way_flows += u64::from(is_one_way);
    counts.midstream_flows += u64::from(info.midstream);
    counts.gap_bytes += gap_bytes;
}
