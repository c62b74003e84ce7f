//! What the parser of the server's direction tells, as responses of the connection.

use super::{Answering, SERVER, State};
use crate::head::read_response;
use crate::pairing::{self, Wants};
use crate::worker::Worker;
use tapistry_http::h1::{MessageEnd, RequestHead, ResponseContext, ResponseHead, Sink};
use tapistry_http::websocket::{Deflate, accepts};
use tapistry_wire::stream::At;
use tapistry_wire::weird::{Weird, WeirdSet};

/// Hears of the server's messages.
pub(super) struct Answers<'a> {
    pub state: &'a mut State,
    pub worker: &'a mut Worker,
    pub at: &'a At,
    /// Where the bytes end that are fed.
    pub end: u64,
}

impl Sink for Answers<'_> {
    fn start(&mut self) {
        self.state.begun[SERVER] = Some((*self.at, self.end));
        self.state.odd[SERVER] = WeirdSet::default();
    }

    fn request(&mut self, _head: &RequestHead<'_>) {}

    fn response(&mut self, head: &ResponseHead<'_>) -> ResponseContext {
        let (begun, end) = self.state.begun[SERVER].take().unwrap_or((*self.at, self.end));
        let is_interim = (100..200).contains(&head.status) && head.status != 101;
        let answers = if is_interim { pairing::Answers::Nobody } else { self.state.open.answered_by(&begun, end, self.state.asked) };
        let number = if let pairing::Answers::Request(number) = answers { Some(number) } else { None };
        while let Some(older) = number.and_then(|number| self.state.open.pop_before(number)) {
            self.state.leave(self.worker, older);
        }
        let mut response = self.worker.new_response();
        response.time_ns = begun.time();
        read_response(head, &mut response);
        if answers == pairing::Answers::Unsure {
            response.weirds.insert(Weird::Http1PairingUnsure);
        }
        let mut context = ResponseContext::Normal;
        match number.and_then(|number| self.state.open.get(number)) {
            Some(entry) => {
                if !entry.request_ended {
                    response.weirds.insert(Weird::Http1EarlyResponse);
                    self.state.refused = entry.expects && head.status >= 300;
                }
                context = match entry.wants {
                    Wants::Head => ResponseContext::Head,
                    Wants::Connect => ResponseContext::Connect,
                    Wants::Normal | Wants::Simple => ResponseContext::Normal,
                };
            }
            None if !is_interim => response.place = self.worker.begin(begun.packet),
            None => {}
        }
        if is_upgrade_to(head, b"websocket") {
            if !value_of(head, b"sec-websocket-accept").is_some_and(|accept| accepts(&self.state.socket_key, accept)) && !self.state.socket_key.is_empty() {
                response.weirds.insert(Weird::WsAcceptMismatch);
            }
            self.state.socket = Some(value_of(head, b"sec-websocket-extensions").and_then(Deflate::agreed));
        }
        self.state.tunnel |= head.status == 101 || (context == ResponseContext::Connect && (200..300).contains(&head.status));
        let upgrading = number.filter(|_| is_upgrade_to(head, b"h2c")).and_then(|number| self.state.open.get(number)).filter(|entry| entry.request_ended);
        let is_upgrading = upgrading.is_some();
        self.state.upgrading = upgrading.and_then(|entry| entry.request.take());
        self.state.answering = Some(Answering { number, is_interim: is_interim || is_upgrading, response });
        context
    }

    fn body(&mut self, bytes: &[u8]) {
        if let Some(answering) = &mut self.state.answering {
            self.worker.push_body(&mut answering.response.body, bytes);
        }
    }

    fn trailer(&mut self, name: &[u8], value: &[u8]) {
        if let (Some(answering), true) = (&mut self.state.answering, name.eq_ignore_ascii_case(b"grpc-status")) {
            answering.response.grpc_status = str::from_utf8(value).ok().and_then(|value| value.parse().ok());
        }
    }

    fn end(&mut self, end: MessageEnd) {
        let Some(mut answering) = self.state.answering.take() else { return };
        if answering.number.is_some() {
            self.state.open.end_answer(self.end);
        }
        answering.response.complete = end == MessageEnd::Complete;
        answering.response.weirds.extend(std::mem::take(&mut self.state.odd[SERVER]));
        answering.response.weirds.extend(std::mem::take(&mut self.state.weirds));
        self.state.keep_answer(self.worker, answering);
    }

    fn weird(&mut self, weird: Weird) {
        self.state.weird(SERVER, weird);
    }

    fn skip(&mut self, bytes: usize) {
        self.worker.count("http.skippedBytes", bytes as u64);
    }

    fn tunnel(&mut self, bytes: &[u8]) {
        self.state.tunnelled(SERVER, bytes, self.at, self.worker);
    }
}

/// Whether another protocol follows, of this name: with HTTP/2 (RFC 7540 §3.2) the answer to the request comes there.
fn is_upgrade_to(head: &ResponseHead<'_>, protocol: &[u8]) -> bool {
    head.status == 101 && value_of(head, b"upgrade").is_some_and(|value| value.eq_ignore_ascii_case(protocol))
}

fn value_of<'a>(head: &ResponseHead<'a>, name: &[u8]) -> Option<&'a [u8]> {
    head.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
}
