//! Streams that go over to WebSocket (RFC 8441): what stands in their DATA is what would follow an upgrade of HTTP/1.

use super::stream::Wants;
use super::{CLIENT, SERVER, State, give_place};
use crate::body::Body;
use crate::message::{Request, Response};
use crate::protocol::Protocol as _;
use crate::websocket::WebSocket;
use crate::worker::Worker;
use tapistry_http::coding::Codings;
use tapistry_wire::stream::At;

impl State {
    /// A head of a stream was read: it goes over where it was asked to, and the answer agrees.
    pub(super) fn go_over(&mut self, number: u32, at: &At, worker: &mut Worker) {
        let Some(stream) = self.streams.get_mut(&number).filter(|stream| stream.wants == Wants::Socket) else { return };
        let (Some(request), Some(response)) = (&mut stream.request, &mut stream.response) else { return };
        if !(200..300).contains(&response.status) {
            return;
        }
        (request.complete, response.complete) = (true, true);
        give_place(response, worker);
        // What a side said before the other one was heard.
        let early = [(CLIENT, &mut request.body), (SERVER, &mut response.body)].map(|(side, body)| (side, take(body, stream.sides[side].has_gap, worker)));
        let handshake = (stream.request.take(), stream.response.take());
        let mut socket = Box::new(WebSocket::new(self.ends.clone(), handshake, stream.deflate, worker));
        for (side, (bytes, missing)) in early {
            let direction = self.ends.direction(side);
            socket.data(worker, direction, &bytes, at);
            if missing > 0 {
                socket.gap(worker, direction, missing, at);
            }
        }
        stream.socket = Some(socket);
    }
}

/// What is in a stream that may have gone over, since the status of the answer is not known, is no body of either side.
pub(super) fn leave_unknown_tunnel(request: &mut Option<Box<Request>>, response: &mut Option<Box<Response>>, worker: &mut Worker) {
    let Some(response) = response.as_mut().filter(|response| response.is_status_unknown) else { return };
    let bodies = [request.as_mut().map(|request| &mut request.body), Some(&mut response.body)];
    for (bytes, missing) in bodies.into_iter().flatten().map(|body| take(body, true, worker)).collect::<Vec<_>>() {
        worker.count("http.tunnelBytes", bytes.len() as u64 + missing);
    }
}

/// The bytes of a body that turns out to be none, and how many more there were.
fn take(body: &mut Body, has_gap: bool, worker: &Worker) -> (Vec<u8>, u64) {
    let kept = if has_gap { Vec::new() } else { body.kept().0.to_vec() };
    let missing = body.coded_bytes - kept.len() as u64;
    body.close(&worker.settings.bodies);
    body.clear();
    body.begin(Codings::none());
    (kept, missing)
}
