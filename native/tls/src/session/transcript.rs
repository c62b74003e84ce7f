//! The handshake as both sides hash it (RFC 7627): master secrets are bound to it, so whoever has a premaster secret alone needs it too.

use crate::decrypt::hash::{Wiped, digest};
use crate::keys::Keys;
use crate::session::CLIENT;
use crate::suite::{Hash, Suite};

/// Bytes of a side's messages that are kept; of a longer handshake the master secret is not found.
const SIDE_BYTES_MAX: usize = 64 << 10;
const HELLO_REQUEST: u8 = 0;
const SERVER_HELLO_DONE: u8 = 14;
const CLIENT_KEY_EXCHANGE: u8 = 16;

/// Messages of the handshake at hand with their headers, by side, since the two may be captured out of order.
#[derive(Default)]
pub struct Transcript {
    sides: [Vec<u8>; 2],
    /// Bytes of the client's hello, the one message that comes before those of the server.
    hello_bytes: usize,
    /// Whether a side has said all that counts.
    are_whole: [bool; 2],
    is_kept: bool,
}

impl Transcript {
    /// A client's hello begins another handshake; it is kept where a premaster secret may be known.
    pub fn begin(&mut self, hello: &[u8], keys: &Keys) {
        self.end(keys);
        *self = Transcript { is_kept: keys.has_premasters(), ..Transcript::default() };
        self.push(CLIENT, 1, hello.len(), hello, keys);
        self.hello_bytes = self.sides[CLIENT].len();
    }

    /// A message of some kind, of which `body` is what was kept of `length` bytes.
    pub fn push(&mut self, side: usize, kind: u8, length: usize, body: &[u8], keys: &Keys) {
        if !self.is_kept || self.are_whole[side] || kind == HELLO_REQUEST {
            return;
        }
        let bytes = body.len() + 4;
        if body.len() < length || self.sides[side].len() + bytes > SIDE_BYTES_MAX || !keys.hold(bytes) {
            return self.end(keys);
        }
        let [_, length @ ..] = (length as u32).to_be_bytes();
        self.sides[side].push(kind);
        self.sides[side].extend_from_slice(&length);
        self.sides[side].extend_from_slice(body);
        self.are_whole[side] = kind == if side == CLIENT { CLIENT_KEY_EXCHANGE } else { SERVER_HELLO_DONE };
    }

    /// Nobody needs it any more, or something of it is lost.
    pub fn end(&mut self, keys: &Keys) {
        keys.release(self.sides.iter().map(Vec::len).sum());
        *self = Transcript::default();
    }

    /// Whether messages are missing that may still come.
    pub fn is_partial(&self) -> bool {
        self.is_kept && self.are_whole != [true; 2]
    }

    /// The hash of all of it, where it is whole.
    pub fn hash(&self, version: u16, suite: Suite) -> Option<Wiped> {
        if self.are_whole != [true; 2] {
            return None;
        }
        let [client, server] = &self.sides;
        let (hello, rest) = client.split_at(self.hello_bytes);
        let parts = [hello, server, rest];
        if version >= 0x0303 {
            return Some(digest(suite.prf, &parts));
        }
        let mut both = digest(Hash::Md5, &parts);
        both.extend_from_slice(&digest(Hash::Sha1, &parts));
        Some(both)
    }
}
