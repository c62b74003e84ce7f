//! Handshake messages, out of records that may cut them anywhere.

use super::half::Stage;
use super::{CLIENT, SERVER, Session};
use crate::certificate::leaf;
use crate::decrypt::schedule::{next_secret, traffic_opener};
use crate::hello::ja4::ja4;
use crate::hello::server::encrypted_extensions;
use crate::hello::{ClientHello, ServerHello};
use crate::keys::{Keys, Secret};
use crate::suite::Suite;
use tapistry_wire::weird::Weird;

/// Bytes of a message that are kept; of longer ones the beginning is read.
const MESSAGE_BYTES_MAX: usize = 128 << 10;
/// Bytes of its kind and length.
const HEADER_BYTES: usize = 4;

impl Session {
    /// Takes the content of a handshake record.
    pub(super) fn handshake(&mut self, side: usize, content: &[u8], keys: &Keys) {
        let half = &mut self.halves[side];
        let skipped = half.message_skip.min(content.len());
        half.message_skip -= skipped;
        let mut messages = std::mem::take(&mut half.messages);
        messages.extend_from_slice(&content[skipped..]);
        let mut at = 0;
        while let Some([kind, high, middle, low]) = messages.get(at..at + HEADER_BYTES) {
            let length = usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low);
            let (kind, body) = (*kind, at + HEADER_BYTES);
            let there = messages.len() - body;
            if there < length.min(MESSAGE_BYTES_MAX) {
                break;
            }
            let now = length.min(there);
            if (kind, side) == (1, CLIENT) {
                self.transcript.begin(&messages[body..body + now], keys);
            } else {
                self.transcript.push(side, kind, length, &messages[body..body + now], keys);
            }
            self.message(side, kind, &messages[body..body + now]);
            if (kind, side) == (2, SERVER) && self.server.as_ref().is_some_and(|server| !server.extends_master) {
                self.transcript.end(keys);
            }
            self.halves[side].message_skip = length - now;
            at = body + now;
        }
        messages.drain(..at);
        if !messages.is_empty() {
            self.halves[side].messages = messages;
        }
    }

    fn message(&mut self, side: usize, kind: u8, body: &[u8]) {
        match (kind, side) {
            (1, CLIENT) => self.client_hello(ClientHello::read(body)),
            (2, SERVER) => match ServerHello::read(body) {
                Some(hello) => self.server_hello(hello),
                None => self.facts.weirds.insert(Weird::TlsHelloIncomplete),
            },
            (5, CLIENT) if self.halves[CLIENT].stage == Stage::Early => self.halves[CLIENT].enter(Stage::Handshake),
            (8, SERVER) => {
                let (alpn, takes_early_data) = encrypted_extensions(body);
                self.facts.alpn = alpn.or_else(|| self.facts.alpn.take());
                self.early_taken = Some(takes_early_data);
                self.has_learnt = true;
            }
            (11, SERVER) => {
                let is_13 = self.server.as_ref().is_some_and(|server| server.version >= 0x0304);
                self.facts.certificate = leaf(body, is_13).or_else(|| self.facts.certificate.take());
            }
            (14, SERVER) => self.has_learnt = true,
            (16, CLIENT) => {
                self.has_learnt = true;
                // The length before it came with TLS 1.0.
                let is_ssl3 = self.server.as_ref().is_some_and(|server| server.version == 0x0300);
                self.exchanged = body.get(if is_ssl3 { 0 } else { 2 }..).unwrap_or_default().iter().take(1024).copied().collect();
            }
            (20, _) if matches!(self.halves[side].stage, Stage::Early | Stage::Handshake) => self.halves[side].enter(Stage::Application),
            (24, _) if self.halves[side].stage == Stage::Application => self.update_key(side),
            _ => {}
        }
    }

    pub(super) fn client_hello(&mut self, hello: ClientHello) {
        if hello.is_cut {
            self.facts.weirds.insert(Weird::TlsHelloIncomplete);
        }
        if self.facts.ja4.is_none() {
            self.facts.ja4 = Some(ja4(&hello));
            self.facts.server_name.clone_from(&hello.server_name);
            self.facts.version = hello.version();
            (self.facts.has_ech, self.facts.has_early_data) = (hello.has_ech(), hello.has_early_data);
        }
        if self.halves[CLIENT].stage == Stage::Sealed {
            self.facts.renegotiations += 1;
        }
        if hello.has_early_data && self.halves[CLIENT].stage == Stage::Clear && self.client.is_none() {
            self.halves[CLIENT].enter(Stage::Early);
        }
        self.client = Some(hello);
        self.exchanged.clear();
        self.has_learnt = true;
    }

    fn server_hello(&mut self, hello: ServerHello) {
        self.has_learnt = true;
        if hello.is_retry {
            self.facts.is_retried = true;
            self.early_taken = Some(false);
            return;
        }
        (self.facts.version, self.facts.suite) = (hello.version, Some(hello.suite));
        let echoes = self.client.as_ref().is_some_and(|client| !client.session_id.is_empty() && client.session_id == hello.session_id);
        self.facts.is_resumed |= if hello.version >= 0x0304 { hello.resumes } else { echoes };
        self.facts.alpn = hello.alpn.clone().or_else(|| self.facts.alpn.take());
        if hello.version >= 0x0304 {
            self.halves[SERVER].enter(Stage::Handshake);
            if self.halves[CLIENT].stage == Stage::Clear {
                self.halves[CLIENT].enter(Stage::Handshake);
            }
        } else if self.halves[CLIENT].stage == Stage::Early {
            self.halves[CLIENT].enter(Stage::Clear);
        }
        self.server = Some(hello);
    }

    /// RFC 8446 §4.6.3: what comes of this side next is under the next secret.
    fn update_key(&mut self, side: usize) {
        self.facts.key_updates += 1;
        let suite = self.server.as_ref().and_then(|server| Suite::of(server.suite));
        let half = &mut self.halves[side];
        if let (Some(suite), Some(traffic)) = (suite, &half.traffic) {
            let secret = Secret::new(&next_secret(suite, traffic.bytes()));
            (half.opener, half.traffic) = (traffic_opener(suite, secret.bytes()), Some(secret));
        }
    }
}
