//! What the parser of the client's direction tells, as requests of the connection.

use super::{CLIENT, State};
use crate::head::read_request;
use crate::pairing::Wants;
use crate::worker::Worker;
use tapistry_http::h1::{MessageEnd, RequestHead, ResponseContext, ResponseHead, Sink, Version};
use tapistry_wire::stream::At;
use tapistry_wire::weird::{Weird, WeirdSet};

/// A key has 24.
const SOCKET_KEY_BYTES_MAX: usize = 64;

/// Hears of the client's messages.
pub(super) struct Asking<'a> {
    pub state: &'a mut State,
    pub worker: &'a mut Worker,
    pub at: &'a At,
}

impl Sink for Asking<'_> {
    fn start(&mut self) {
        self.state.begun[CLIENT] = Some((*self.at, 0));
        self.state.odd[CLIENT] = WeirdSet::default();
    }

    fn request(&mut self, head: &RequestHead<'_>) {
        let begun = self.state.begun[CLIENT].take().map_or(*self.at, |(at, _)| at);
        let mut request = self.worker.new_request(begun.packet);
        request.time_ns = begun.time();
        request.scheme = self.state.ends.scheme;
        request.client = Some(self.state.ends.client_hash);
        request.weirds.extend(std::mem::take(&mut self.state.odd[CLIENT]));
        request.weirds.extend(std::mem::take(&mut self.state.weirds));
        let settings = self.worker.settings.clone();
        read_request(head, Some((self.state.ends.server.ip(), self.state.ends.server.port())), &mut request, &settings, &mut self.worker.remembered);
        self.state.service.clone_from(&request.service);
        let wants = match head.method {
            b"HEAD" => Wants::Head,
            b"CONNECT" => Wants::Connect,
            _ if head.version == Version::Http09 && head.fields.is_empty() => Wants::Simple,
            _ => Wants::Normal,
        };
        let expects = head.fields.iter().any(|field| field.name.eq_ignore_ascii_case(b"expect") && field.value.eq_ignore_ascii_case(b"100-continue"));
        if let Some(key) = head.fields.iter().find(|field| field.name.eq_ignore_ascii_case(b"sec-websocket-key")) {
            request.asks_socket = head.method == b"GET";
            self.state.socket_key = key.value[..key.value.len().min(SOCKET_KEY_BYTES_MAX)].to_vec();
        }
        self.state.asking = Some(self.state.open.push(request, wants, expects, &begun));
        if self.state.open.len() > self.worker.settings.limits.open_requests_max
            && let Some(oldest) = self.state.open.pop()
        {
            self.worker.count("http.openRequestsShed", 1);
            self.state.open.doubt();
            self.state.emit(self.worker, oldest.request, oldest.response);
        }
    }

    fn response(&mut self, _head: &ResponseHead<'_>) -> ResponseContext {
        ResponseContext::Normal
    }

    fn body(&mut self, bytes: &[u8]) {
        let entry = self.state.asking.and_then(|number| self.state.open.get(number));
        if let Some(request) = entry.and_then(|entry| entry.request.as_mut()) {
            self.worker.push_body(&mut request.body, bytes);
        }
    }

    fn end(&mut self, end: MessageEnd) {
        let Some(number) = self.state.asking.take() else { return };
        let odd = std::mem::take(&mut self.state.odd[CLIENT]);
        let Some(entry) = self.state.open.get(number) else { return };
        entry.request_ended = true;
        entry.end = (end == MessageEnd::Complete).then_some(self.state.asked);
        if let Some(request) = &mut entry.request {
            request.complete = end == MessageEnd::Complete;
            request.weirds.extend(odd);
        }
        self.state.emit_done(self.worker);
        if let Some(entry) = self.state.open.get(number)
            && entry.response.is_some()
        {
            let (request, response) = (entry.request.take(), entry.response.take());
            self.state.emit(self.worker, request, response);
        }
    }

    fn weird(&mut self, weird: Weird) {
        self.state.weird(CLIENT, weird);
    }

    fn skip(&mut self, bytes: usize) {
        self.worker.count("http.skippedBytes", bytes as u64);
    }

    fn tunnel(&mut self, bytes: &[u8]) {
        self.state.tunnelled(CLIENT, bytes, self.at, self.worker);
    }
}
