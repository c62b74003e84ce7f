//! A client that goes on in another protocol though nobody was heard to agree to it: its first bytes tell, where no request can begin so.

use super::{CLIENT, H1};
use crate::worker::Worker;
use tapistry_http::websocket::begins_with_client_frame;
use tapistry_tls::{Probe, is_client_start};
use tapistry_wire::stream::At;

/// What a record of TLS with a hello begins with.
const HANDSHAKE: u8 = 0x16;

impl H1 {
    /// Whether bytes that follow a request begin another protocol: TLS, or WebSocket where that was asked for and the answer was not seen. They are kept for
    /// it.
    pub(super) fn goes_over(&mut self, worker: &mut Worker, bytes: &[u8], at: &At) -> bool {
        // Requests begin with letters (RFC 9110 §9.1, §5.6.2).
        if bytes[0].is_ascii_graphic() || !self.requests.is_between() {
            return false;
        }
        if begins_with_client_frame(bytes)
            && let Some(entry) = self.state.open.pop_socket()
        {
            let mut response = worker.new_response();
            // Nothing but agreement leads to frames (RFC 6455 §4.1), but nobody has seen it.
            response.is_status_unknown = true;
            response.weirds.extend(std::mem::take(&mut self.state.weirds));
            (self.state.socket, self.state.handshake) = (Some(None), Some((entry.request, Some(response))));
        } else if bytes[0] != HANDSHAKE || is_client_start(bytes) != Probe::Yes {
            return false;
        }
        self.state.tunnel = true;
        self.state.tunnelled(CLIENT, bytes, at, worker);
        true
    }
}
