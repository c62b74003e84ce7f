//! A flow whose protocol is not told yet: looks at what each direction begins with, and holds what is still unsure.

use crate::h1::H1;
use crate::h2::H2;
use crate::late_tls::{LateTls, LikelyServer};
use crate::preamble::{Preamble, preamble};
use crate::protocol::{Flow, Protocol, Turn};
use crate::tls::Tls;
use crate::worker::Worker;
use tapistry_http::h1::{Probe, Start, is_request_start, is_response_start};
use tapistry_http::h2::{self, Opening, Side};
use tapistry_tls::{Probe as TlsProbe, is_client_start, is_record_start};
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
    /// Bytes of both directions.
    seen_bytes: u64,
    server: LikelyServer,
    /// What is told of TLS whose client was not heard from its beginning; it may still turn out to come later.
    late_tls: Option<Box<LateTls>>,
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
    /// Records of TLS that are no hello, on a direction that was joined late.
    TlsRecords,
    /// One such record, as far as it came.
    TlsRecord,
    Unsure,
    Other,
}

impl Protocol for Probing {
    fn data(&mut self, worker: &mut Worker, direction: Direction, bytes: &[u8], at: &At) {
        let index = direction.index();
        self.seen_bytes += bytes.len() as u64;
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
            What::Other | What::TlsRecords => true,
            What::TlsRecord if self.late_tls.is_some() => true,
            What::Unsure => seen_bytes >= HELD_BYTES_MAX,
            What::TlsServer | What::TlsRecord => seen_bytes > HELLO_BYTES_MAX || !self.reserve(worker, bytes.len()),
            _ => false,
        };
        if is_over {
            if matches!(what, What::TlsRecords) {
                self.late_tls.get_or_insert_default();
            }
            self.hear_server(worker, direction);
            self.is_late[index] = true;
            self.held[index] = Vec::new();
            worker.settings.bodies.give_back(std::mem::take(&mut self.reserved));
            return;
        }
        let held = &mut self.held[index];
        if held.is_empty() {
            held.extend_from_slice(bytes);
        }
        if !matches!(what, What::Unsure | What::TlsServer | What::TlsRecord) {
            self.pass_over(direction, before);
            self.told = Some((what, direction));
        }
    }

    /// A hole comes before the first line is whole: packets may have been captured short. What is there may still tell.
    fn gap(&mut self, worker: &mut Worker, direction: Direction, _length: u64, _at: &At) {
        self.hear_server(worker, direction);
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

    fn end(&mut self, worker: &mut Worker, direction: Direction, _how: End, _at: &At) {
        self.hear_server(worker, direction);
    }

    fn turn(&mut self, worker: &mut Worker, flow: &Flow) -> Option<Turn> {
        let (what, direction) = self.told.take()?;
        let is_tls = matches!(what, What::Tls);
        let next: Box<dyn Protocol> = match what {
            What::Request => Box::new(self.h1(worker, flow, direction)),
            What::Response => Box::new(self.h1(worker, flow, direction.reverse())),
            What::Http2(Side::Client) => Box::new(self.h2(worker, flow, direction)),
            What::Http2(Side::Server) => Box::new(self.h2(worker, flow, direction.reverse())),
            What::Tls => Box::new(Tls::new(worker, flow, direction, self.is_late[direction.reverse().index()])),
            What::TlsServer | What::TlsRecords | What::TlsRecord | What::Unsure | What::Other => return None,
        };
        self.late_tls = None;
        let other = direction.reverse();
        let said = &self.held[other.index()];
        // What a server says before it is asked for its hello agrees to TLS, and is none of it.
        let before = if is_tls { said.windows(3).position(is_record).unwrap_or(said.len()) } else { look_at(said, true).0 };
        self.pass_over(other, before);
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
        self.late_tls.as_ref().map(|tls| tls.service(&self.server))
    }

    fn close(self: Box<Self>, worker: &mut Worker) {
        worker.settings.bodies.give_back(self.reserved);
        if let Some(tls) = self.late_tls {
            let service = tls.service(&self.server);
            tls.close(worker, &service, self.seen_bytes);
        }
    }
}

impl Probing {
    /// Nothing seen; `is_late` says of which direction the start was missed.
    pub fn new(flow: &Flow, is_late: [bool; 2]) -> Self {
        Probing {
            held: Default::default(),
            held_at: [None; 2],
            is_late,
            weirds: WeirdSet::default(),
            told: None,
            reserved: 0,
            seen_bytes: 0,
            server: LikelyServer::of(flow),
            late_tls: None,
        }
    }

    /// Takes off what stands before what is spoken.
    fn pass_over(&mut self, direction: Direction, bytes: usize) {
        let index = direction.index();
        self.held[index].drain(..bytes);
        if let Some(first) = &mut self.held_at[index] {
            first.offset += bytes as u64;
        }
    }

    /// What is held of a server's hello tells TLS, also where the client's never comes.
    fn hear_server(&mut self, worker: &Worker, direction: Direction) {
        let held = &self.held[direction.index()];
        if is_server_hello(held)
            && let Some(at) = &self.held_at[direction.index()]
            && let Some(tls) = LateTls::of_server(direction, held, at, &worker.settings.keys)
        {
            self.late_tls = Some(Box::new(tls));
        }
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

/// What is spoken, behind so many bytes that stand before it.
fn look_at(bytes: &[u8], is_late: bool) -> (usize, What) {
    match preamble(bytes) {
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
    if is_server_hello(bytes) {
        return What::TlsServer;
    }
    if is_late && is_client_start(bytes) != TlsProbe::Yes {
        match is_record_start(bytes) {
            TlsProbe::Yes => return What::TlsRecords,
            TlsProbe::Unsure => return What::TlsRecord,
            TlsProbe::No => {}
        }
    }
    match (is_request_start(bytes), is_response_start(bytes), is_client_start(bytes)) {
        (Probe::Yes, ..) => What::Request,
        (_, Probe::Yes, _) => What::Response,
        (.., TlsProbe::Yes) => What::Tls,
        (Probe::No, Probe::No, TlsProbe::No) => What::Other,
        _ => What::Unsure,
    }
}

fn is_record(bytes: &[u8]) -> bool {
    matches!(bytes, [0x14..=0x17, 3, 0..=4, ..])
}

fn is_server_hello(bytes: &[u8]) -> bool {
    matches!(bytes, [0x16, 3, 0..=4, _, _, 2, ..])
}
