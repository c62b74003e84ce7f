//! An HTTP/2 connection: two directions of frames, the streams that are open, and the exchanges that come out.

mod answering;
mod flow;
mod given_up;
mod hearing;
mod reading;
#[cfg(test)]
mod reset_tests;
mod socket;
#[cfg(test)]
mod socket_tests;
mod stream;
#[cfg(test)]
mod test_frames;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod unknown_tests;

use crate::ends::Ends;
use crate::message::{Request, Response};
use crate::protocol::{Flow, Protocol as _};
use crate::worker::Worker;
use given_up::GivenUp;
use hearing::Hearing;
use reading::Reading;
use socket::leave_unknown_tunnel;
use std::collections::BTreeMap;
use stream::{Stream, Wants};
use tapistry_http::h2::{Half, Start};
use tapistry_wire::stream::{At, Direction};
use tapistry_wire::weird::{Weird, WeirdSet};

/// State of one connection.
#[derive(Debug)]
pub struct H2 {
    halves: [Half; 2],
    state: State,
}

/// What the sinks of both directions share.
#[derive(Debug)]
struct State {
    ends: Ends,
    streams: BTreeMap<u32, Stream>,
    given_up: GivenUp,
    /// Bytes that these take, but for bodies.
    heads_bytes: usize,
    /// The highest stream that the client has opened.
    newest: u32,
    /// Where the frame began that is being read, by side.
    begun: [Option<At>; 2],
    /// The block that is being read.
    reading: Reading,
    /// How often frames may have gone by unseen, by side.
    losses: [u32; 2],
    service: String,
    /// Told with the next exchange.
    weirds: WeirdSet,
}

const CLIENT: usize = 0;
const SERVER: usize = 1;

impl H2 {
    /// A connection whose client is known.
    pub fn new(flow: &Flow, client_direction: Direction, starts: [Start; 2], mut weirds: WeirdSet, worker: &Worker) -> Self {
        if starts.contains(&Start::Midstream) {
            weirds.insert(Weird::H2Midstream);
        }
        H2 {
            halves: starts.map(Half::new),
            state: State {
                ends: Ends::new(flow, client_direction, worker),
                streams: BTreeMap::new(),
                given_up: GivenUp::new(),
                heads_bytes: 0,
                newest: 0,
                begun: [None; 2],
                reading: Reading::default(),
                losses: [0; 2],
                service: String::new(),
                weirds,
            },
        }
    }

    /// A connection that began as HTTP/1: the request that asked for the upgrade is that of stream 1 (RFC 7540 §3.2).
    pub fn upgraded(flow: &Flow, client_direction: Direction, request: Box<Request>, worker: &Worker) -> Self {
        let mut upgraded = H2::new(flow, client_direction, [Start::Connection; 2], WeirdSet::default(), worker);
        upgraded.state.service.clone_from(&request.service);
        upgraded.state.newest = 1;
        upgraded.state.streams.insert(1, Stream::upgraded(request));
        upgraded.state.weigh(1);
        upgraded
    }

    fn side(&self, direction: Direction) -> usize {
        if direction == self.state.ends.client_direction { CLIENT } else { SERVER }
    }

    fn hear(&mut self, worker: &mut Worker, side: usize, at: &At, tell: impl FnOnce(&mut Half, &mut Hearing<'_>)) {
        tell(&mut self.halves[side], &mut Hearing { state: &mut self.state, worker, side, at });
        let announced = self.halves[side].announced();
        self.halves[1 - side].allow(announced);
    }
}

impl State {
    /// A side of a stream has ended.
    fn end(&mut self, number: u32, side: usize, worker: &mut Worker) {
        let losses = self.losses[side];
        let Some(stream) = self.streams.get_mut(&number) else { return };
        stream.end(side, losses);
        if stream.is_over() {
            self.give_up(number, worker);
        }
    }

    /// A side has given a stream up; what the server had sent before it heard of it is waited for.
    fn reset(&mut self, number: u32, side: usize, at: &At, worker: &mut Worker) {
        let Some(stream) = self.streams.get_mut(&number) else { return };
        stream.reset();
        if let Some(socket) = &mut stream.socket {
            socket.weird(Weird::H2Reset);
        }
        if side == SERVER || stream.socket.is_some() || stream.is_over() {
            self.give_up(number, worker);
        } else {
            self.wait(number, at);
        }
        self.settle(at, worker);
    }

    /// A head of a stream was read: it is counted what the stream takes now.
    fn weigh(&mut self, number: u32) {
        if let Some(stream) = self.streams.get_mut(&number) {
            self.heads_bytes += stream.weigh();
        }
    }

    /// Nothing more comes of a stream: what was seen of it goes out.
    fn leave(&mut self, stream: Stream, worker: &mut Worker) {
        // Where nothing of the server was captured, nobody knows whether it answered.
        let is_given_up = stream.is_given_up && self.begun[SERVER].is_some() && stream.is_seen(self.losses);
        let Stream { mut request, mut response, wants, socket, heads_bytes, .. } = stream;
        self.heads_bytes -= heads_bytes;
        if let Some(socket) = socket {
            return socket.close(worker);
        }
        if wants == Wants::Socket {
            leave_unknown_tunnel(&mut request, &mut response, worker);
        }
        if let Some(request) = &mut request {
            request.is_given_up = is_given_up;
            response.iter_mut().for_each(|response| give_place(response, worker));
        }
        if request.is_some() || response.is_some() {
            self.ends.emit(&self.service, worker, request, response);
        }
    }

    /// Streams beyond the bound go out as they are, oldest first.
    fn shed(&mut self, worker: &mut Worker) {
        while self.streams.len() > worker.settings.limits.open_requests_max
            && let Some((_, stream)) = self.streams.pop_first()
        {
            worker.count("http.openRequestsShed", 1);
            self.leave(stream, worker);
        }
    }
}

/// A response that was heard before its request goes out in that one's place.
fn give_place(response: &mut Response, worker: &mut Worker) {
    if response.place != (0, 0) {
        worker.give_up(std::mem::take(&mut response.place));
    }
}
