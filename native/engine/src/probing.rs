//! A flow whose protocol is not told yet: looks at what each direction begins with, and holds what is still unsure.

use crate::h1::H1;
use crate::h2::H2;
use crate::preamble::{Preamble, proxy_header};
use crate::protocol::{Flow, Protocol, Turn};
use crate::tls::Tls;
use crate::worker::Worker;
use tapistry_http::h1::{Probe, Start, is_request_start, is_response_start};
use tapistry_http::h2::{self, Opening, Side};
use tapistry_tls::{Probe as HelloProbe, is_client_start};
use tapistry_wire::stream::{At, Direction, End};
use tapistry_wire::weird::{Weird, WeirdSet};

/// First bytes of both directions.
#[derive(Debug)]
pub struct Probing {
    /// First bytes that did not yet say what they are, by direction.
    held: [Vec<u8>; 2],
    held_at: [Option<At>; 2],
    /// Whether anything but the very start of the stream was seen.
    is_late: [bool; 2],
    weirds: WeirdSet,
    /// What was told, and of which direction.
    told: Option<(What, Direction)>,
    /// What a server's hello and what follows it take of the budget of bodies: there may be very many flows of which one direction alone is seen.
    reserved: usize,
}

/// Bytes held until the protocol is told; longer than any start line that is still unsure.
const HELD_BYTES_MAX: usize = 4096;

/// Bytes held of what a server of TLS says before its client is heard.
const HELLO_BYTES_MAX: usize = 32 << 10;

#[derive(Debug)]
enum What {
    Request,
    Response,
    Http2(Side),
    Tls,
    /// A server's hello: the client's comes later, where the two directions were captured out of order.
    TlsServer,
    Unsure,
    Other,
}

impl Protocol for Probing {
    fn data(&mut self, worker: &mut Worker, direction: Direction, bytes: &[u8], at: &At) {
        let index = direction.index();
        let held = &mut self.held[index];
        let seen: &[u8] = if held.is_empty() {
            self.held_at[index] = Some(*at);
            bytes
        } else {
            held.extend_from_slice(bytes);
            held
        };
        let (mut before, mut what) = look_at(seen, self.is_late[index]);
        if self.is_late[index] && seen.len() > bytes.len() && matches!(what, What::Unsure | What::Other) {
            // What came before need not have been a beginning: the byte of a keep-alive is none.
            let alone = look_at(bytes, true);
            if !matches!(alone.1, What::Unsure | What::Other) {
                (before, what) = alone;
                *held = bytes.to_vec();
                self.held_at[index] = Some(*at);
            }
        }
        let seen_bytes = held.len().max(bytes.len());
        let is_over = match what {
            What::Other => true,
            What::Unsure => seen_bytes >= HELD_BYTES_MAX,
            What::TlsServer => seen_bytes > HELLO_BYTES_MAX || !self.reserve(worker, bytes.len()),
            _ => false,
        };
        let held = &mut self.held[index];
        if is_over {
            self.is_late[index] = true;
            *held = Vec::new();
            worker.settings.bodies.give_back(std::mem::take(&mut self.reserved));
            return;
        }
        if held.is_empty() {
            held.extend_from_slice(bytes);
        }
        if matches!(what, What::Request | What::Http2(_) | What::Tls) {
            held.drain(..before);
            if let Some(first) = &mut self.held_at[index] {
                first.offset += before as u64;
            }
        }
        if !matches!(what, What::Unsure | What::TlsServer) {
            self.told = Some((what, direction));
        }
    }

    /// A hole comes before the first line is whole: packets may have been captured short. What is there may still tell.
    fn gap(&mut self, _worker: &mut Worker, direction: Direction, _length: u64, _at: &At) {
        let index = direction.index();
        let held = &mut self.held[index];
        let length = held.len();
        held.extend_from_slice(b"\r\n");
        if length > 0 && is_request_start(held) == Probe::Yes {
            held.truncate(length);
            self.told = Some((What::Request, direction));
        } else {
            *held = Vec::new();
            self.is_late[index] = true;
        }
    }

    fn weird(&mut self, weird: Weird) {
        self.weirds.insert(weird);
    }

    fn end(&mut self, _worker: &mut Worker, _direction: Direction, _how: End, _at: &At) {}

    fn turn(&mut self, worker: &mut Worker, flow: &Flow) -> Option<Turn> {
        let (what, direction) = self.told.take()?;
        let next: Box<dyn Protocol> = match what {
            What::Request => Box::new(self.h1(worker, flow, direction)),
            What::Response => Box::new(self.h1(worker, flow, direction.reverse())),
            What::Http2(Side::Client) => Box::new(self.h2(worker, flow, direction)),
            What::Http2(Side::Server) => Box::new(self.h2(worker, flow, direction.reverse())),
            What::Tls => Box::new(Tls::new(worker, flow, direction, self.is_late[direction.reverse().index()])),
            What::TlsServer | What::Unsure | What::Other => return None,
        };
        let mut held = Vec::new();
        for direction in [direction.reverse(), direction] {
            let bytes = std::mem::take(&mut self.held[direction.index()]);
            if let (false, Some(at)) = (bytes.is_empty(), self.held_at[direction.index()]) {
                held.push((direction, bytes, at));
            }
        }
        Some(Turn { next, held, is_deeper: false })
    }

    fn service(&self) -> Option<String> {
        None
    }

    fn close(self: Box<Self>, worker: &mut Worker) {
        worker.settings.bodies.give_back(self.reserved);
    }
}

impl Probing {
    /// Nothing seen; `is_late` says of which direction the start was missed.
    pub fn new(is_late: [bool; 2]) -> Self {
        Probing { held: Default::default(), held_at: [None; 2], is_late, weirds: WeirdSet::default(), told: None, reserved: 0 }
    }

    fn reserve(&mut self, worker: &Worker, bytes: usize) -> bool {
        let is_granted = worker.settings.bodies.take(bytes);
        self.reserved += if is_granted { bytes } else { 0 };
        is_granted
    }

    fn h2(&self, worker: &Worker, flow: &Flow, client: Direction) -> H2 {
        let start = |direction: Direction| if self.is_late[direction.index()] { h2::Start::Midstream } else { h2::Start::Connection };
        H2::new(flow, client, [start(client), start(client.reverse())], self.seen(flow), worker)
    }

    fn h1(&self, worker: &Worker, flow: &Flow, client: Direction) -> H1 {
        let start = |direction: Direction| if self.is_late[direction.index()] { Start::Midstream } else { Start::Connection };
        H1::new(flow, client, [start(client), start(client.reverse())], self.seen(flow), worker)
    }

    fn seen(&self, flow: &Flow) -> WeirdSet {
        let mut weirds = self.weirds;
        if flow.info.midstream {
            weirds.insert(Weird::TcpMidstream);
        }
        weirds
    }
}

/// What is spoken, behind so many bytes of a proxy's header.
fn look_at(bytes: &[u8], is_late: bool) -> (usize, What) {
    match proxy_header(bytes) {
        Preamble::Unsure => (0, What::Unsure),
        Preamble::Length(length) => (length, what_is(&bytes[length..], is_late)),
    }
}

fn what_is(bytes: &[u8], is_late: bool) -> What {
    match h2::opening(bytes, is_late) {
        Opening::Http2(side) => return What::Http2(side),
        Opening::Unsure => return What::Unsure,
        Opening::No => {}
    }
    if matches!(bytes, [0x16, 3, 0..=4, _, _, 2, ..]) {
        return What::TlsServer;
    }
    match (is_request_start(bytes), is_response_start(bytes), is_client_start(bytes)) {
        (Probe::Yes, ..) => What::Request,
        (_, Probe::Yes, _) => What::Response,
        (.., HelloProbe::Yes) => What::Tls,
        (Probe::No, Probe::No, HelloProbe::No) => What::Other,
        // A server's side of TLS, joined late: records that are no hello.
        _ if is_late && matches!(bytes, [0x14..=0x17, 3, 0..=4, _, _, ..]) => What::Other,
        _ => What::Unsure,
    }
}
