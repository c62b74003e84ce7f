//! A connection: records of both directions, the handshake that tells their keys, and the content of what can be decrypted.
//!
//! Records whose keys are not known yet wait, in the order in which they came; so do those of one direction for a hello of the other. All that a
//! server says waits for the client's hello, since that says how to read it: taps may deliver the two directions out of order.

mod half;
mod handshake;
mod held;
mod open;
mod transcript;

use crate::facts::Facts;
use crate::hello::{ClientHello, ServerHello};
use crate::keys::Keys;
use crate::records::{Found, HEADER_BYTES};
use half::{Half, Stage};
use held::Held;
use tapistry_wire::stream::{At, UNKNOWN_LENGTH};
use tapistry_wire::weird::Weird;
use transcript::Transcript;

/// Index of the client's direction.
pub const CLIENT: usize = 0;
/// Index of the server's direction.
pub const SERVER: usize = 1;

/// Takes the content of a connection.
pub trait Sink {
    /// Called once, before the first content.
    fn begin(&mut self, facts: &Facts);

    /// The next bytes of a direction; `at` is where they stand in the stream, their record's other bytes before them.
    fn data(&mut self, side: usize, bytes: &[u8], at: &At);

    /// Content that will never come, of [`UNKNOWN_LENGTH`] where nobody knows how much.
    fn gap(&mut self, side: usize, length: u64, at: &At);
}

/// The state of one connection.
pub struct Session {
    facts: Facts,
    client: Option<ClientHello>,
    server: Option<ServerHello>,
    /// The premaster secret as the client has sent it.
    exchanged: Vec<u8>,
    transcript: Transcript,
    /// Whether the server takes early data, once it has said so.
    early_taken: Option<bool>,
    halves: [Half; 2],
    generation: u64,
    /// Something was learnt for which records may wait.
    has_learnt: bool,
    /// Content was handed on.
    has_begun: bool,
    /// Nothing comes any more.
    is_over: bool,
    /// Bytes of the client's hello will never come.
    is_hello_lost: bool,
    /// Records that waited, holes included.
    numbers: u64,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Session").field("facts", &self.facts).finish_non_exhaustive()
    }
}

/// What became of a record.
#[derive(PartialEq, Eq)]
enum Fate {
    Read,
    /// It waits for keys, or for a hello.
    Waits,
}

/// Records after a hole among which the next one is looked for.
const WINDOW_MAX: u64 = 1024;
/// Records in a row that cannot be decrypted before their direction is given up.
const FAILURES_MAX: u32 = 8;

impl Default for Session {
    fn default() -> Self {
        Session {
            facts: Facts::default(),
            client: None,
            server: None,
            exchanged: Vec::new(),
            transcript: Transcript::default(),
            early_taken: None,
            halves: [Half::new(), Half::new()],
            generation: 0,
            has_learnt: false,
            has_begun: false,
            is_over: false,
            is_hello_lost: false,
            numbers: 0,
        }
    }
}

impl Session {
    /// A direction was joined where no record need begin.
    pub fn join(&mut self, side: usize) {
        self.halves[side].records.lost();
    }

    /// What is known so far.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The next bytes of a direction.
    pub fn data(&mut self, side: usize, bytes: &[u8], at: &At, keys: &Keys, sink: &mut impl Sink) {
        self.look(keys, sink);
        let mut input = bytes;
        self.halves[side].seen = at.offset + bytes.len() as u64;
        if side == CLIENT && self.client.is_none() {
            self.begin_sslv2(&mut input, at);
        }
        loop {
            let half = &mut self.halves[side];
            let (is_blind, is_sealed) = (half.is_blind, half.stage == Stage::Sealed);
            match half.records.find(&mut input, at, bytes.len(), |kind| is_blind && (is_sealed || kind == 23)) {
                Found::Nothing => break,
                Found::Garbage => self.facts.weirds.insert(Weird::TlsGarbage),
                Found::Passed(length) => self.facts.blind_bytes += length as u64,
                Found::Record => {
                    let record = std::mem::take(&mut half.records.buffer);
                    let at = half.records.at.unwrap_or(*at);
                    self.take(side, record, &at, keys, sink);
                }
            }
        }
    }

    /// Bytes of a direction will never come.
    pub fn gap(&mut self, side: usize, length: u64, at: &At, keys: &Keys, sink: &mut impl Sink) {
        self.look(keys, sink);
        let half = &mut self.halves[side];
        half.seen = at.offset.saturating_add(length);
        half.records.gap(length);
        self.facts.weirds.insert(Weird::TlsGap);
        if half.waiting.is_empty() {
            self.lose(side, length, keys);
        } else {
            self.numbers += 1;
            half.waiting.push_hole(self.numbers, *at, length);
        }
        if side == CLIENT && self.client.is_none() && !std::mem::replace(&mut self.is_hello_lost, true) {
            self.release(keys, sink);
        }
    }

    /// Whether records of a direction wait.
    pub fn waits(&self, side: usize) -> bool {
        !self.halves[side].waiting.is_empty()
    }

    /// A direction is over: content is missing where records are, and none tells how much.
    pub fn end(&mut self, side: usize, at: &At, sink: &mut impl Sink) {
        if self.has_begun && self.halves[side].hole_at.take().is_some() {
            sink.gap(side, UNKNOWN_LENGTH, &self.inner_at(side, at));
        }
    }

    /// Bytes that are kept of records and messages that are not whole.
    pub fn held_bytes(&self) -> usize {
        self.halves.iter().map(|half| half.messages.capacity() + if half.records.buffer.is_empty() { 0 } else { half.records.buffer.capacity() }).sum()
    }

    /// Reads what waits, where keys have come.
    pub fn look(&mut self, keys: &Keys, sink: &mut impl Sink) {
        if self.generation != keys.generation() {
            self.generation = keys.generation();
            self.release(keys, sink);
        }
    }

    /// Nothing comes any more: what waits is read as far as it can be, and the secrets of the connection are wiped.
    pub fn close(&mut self, keys: &Keys, sink: &mut impl Sink) {
        self.is_over = true;
        self.release(keys, sink);
        self.transcript.end(keys);
        if let Some(client) = &self.client {
            keys.forget(&client.random);
        }
        if self.client.is_none() {
            self.facts.weirds.insert(Weird::TlsHelloIncomplete);
        }
        if self.facts.blind_bytes > 0 && self.facts.decrypted_bytes == 0 {
            self.facts.weirds.insert(Weird::TlsNoKeys);
        }
    }

    fn take(&mut self, side: usize, mut record: Vec<u8>, at: &At, keys: &Keys, sink: &mut impl Sink) {
        let is_next = self.halves[side].waiting.is_empty();
        if is_next && self.read(side, &mut record, at, keys, sink) == Fate::Read {
            // There may be very many connections of which nothing is read any more.
            if !self.halves[side].is_blind {
                record.clear();
                self.halves[side].records.buffer = record;
            }
        } else {
            self.numbers += 1;
            if !self.halves[side].waiting.push(self.numbers, *at, record, keys) {
                self.facts.weirds.insert(Weird::TlsHeldLimit);
            }
        }
        if std::mem::take(&mut self.has_learnt) {
            self.release(keys, sink);
        }
    }

    /// Reads what waits in the order in which it came, until each direction waits again.
    fn release(&mut self, keys: &Keys, sink: &mut impl Sink) {
        loop {
            let [client, server] = [CLIENT, SERVER].map(|side| self.halves[side].waiting.first().unwrap_or(u64::MAX));
            let order = if server < client { [SERVER, CLIENT] } else { [CLIENT, SERVER] };
            if !order.into_iter().any(|side| self.release_one(side, keys, sink)) {
                self.has_learnt = false;
                return;
            }
        }
    }

    /// Reads the first record that waits of a direction; false where there is none, or it still waits.
    fn release_one(&mut self, side: usize, keys: &Keys, sink: &mut impl Sink) -> bool {
        let Some(mut held) = self.halves[side].waiting.pop(keys) else { return false };
        if held.hole > 0 {
            self.lose(side, held.hole, keys);
            return true;
        }
        let Held { at, ref mut record, .. } = held;
        if self.read(side, record, &at, keys, sink) == Fate::Waits {
            self.halves[side].waiting.unpop(held, keys);
            return false;
        }
        true
    }

    /// A hole before the next record.
    fn lose(&mut self, side: usize, length: u64, keys: &Keys) {
        self.transcript.end(keys);
        let half = &mut self.halves[side];
        half.messages.clear();
        half.message_skip = 0;
        half.hole_at.get_or_insert(half.read);
        half.window = (half.window + length / (HEADER_BYTES as u64 + 9) + 2).min(WINDOW_MAX);
        if let Some(opener) = &mut half.opener {
            opener.lose();
        }
        if half.breaks_at_gaps() {
            self.give_up(side, Weird::TlsGivenUp);
        }
    }

    /// A direction cannot be read any more.
    fn give_up(&mut self, side: usize, weird: Weird) {
        self.halves[side].is_blind = true;
        self.facts.weirds.insert(weird);
    }

    /// Hands on the content of a record that ends at `at`.
    fn hand_on(&mut self, side: usize, bytes: &[u8], at: &At, sink: &mut impl Sink) {
        if bytes.is_empty() {
            return;
        }
        self.begin(sink);
        let half = &mut self.halves[side];
        // What was compressed may be longer than its record.
        let start = At { offset: at.offset.saturating_sub(bytes.len() as u64).max(half.content), ..*at };
        half.content = start.offset + bytes.len() as u64;
        self.facts.decrypted_bytes += bytes.len() as u64;
        sink.data(side, bytes, &self.inner_at(side, &start));
    }

    fn begin(&mut self, sink: &mut impl Sink) {
        if !std::mem::replace(&mut self.has_begun, true) {
            sink.begin(&self.facts);
        }
    }

    /// Where content stands: it ends where its record does, so that what is acknowledged can be compared with it though records are longer.
    pub fn inner_at(&self, side: usize, at: &At) -> At {
        At { peer_acked: self.halves[1 - side].content_of(at.peer_acked), ..*at }
    }

    /// A client may begin with a hello of SSL 2.0.
    fn begin_sslv2(&mut self, input: &mut &[u8], at: &At) {
        let half = &mut self.halves[CLIENT];
        if half.seen != at.offset + input.len() as u64 || !half.records.buffer.is_empty() || half.read > 0 {
            return;
        }
        if let Some((message, rest)) = sslv2_message(input)
            && let Some(hello) = ClientHello::read_sslv2(message)
        {
            self.facts.weirds.insert(Weird::TlsSslv2Hello);
            half.mark(at.offset + (input.len() - rest.len()) as u64);
            *input = rest;
            self.client_hello(hello);
        }
    }
}

/// The message of a record of SSL 2.0 with a header of two bytes, and what follows it.
pub fn sslv2_message(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [high @ 0x80..=0xff, low, rest @ ..] = bytes else { return None };
    rest.split_at_checked(usize::from(high & 0x7f) << 8 | usize::from(*low))
}
