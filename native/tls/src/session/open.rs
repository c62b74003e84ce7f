//! One record: read as it is, or decrypted with the keys of its stage.

use super::half::Stage;
use super::{CLIENT, FAILURES_MAX, Fate, SERVER, Session, Sink, WINDOW_MAX};
use crate::decrypt::inflate::Inflate;
use crate::decrypt::opener::unencrypted;
use crate::decrypt::schedule::{Agreed, next_secret, traffic_opener};
use crate::decrypt::{Opened, Opener};
use crate::keys::{Keys, Secret};
use crate::records::HEADER_BYTES;
use crate::suite::{Mode, Suite};
use tapistry_wire::stream::{At, UNKNOWN_LENGTH};
use tapistry_wire::weird::Weird;

/// The one method of compression (RFC 3749).
const DEFLATE: u8 = 1;
const CHANGE_CIPHER_SPEC: u8 = 20;
const HANDSHAKE: u8 = 22;
const APPLICATION_DATA: u8 = 23;

/// Why a record is not decrypted.
enum Lack {
    /// What the handshake agrees on is not known yet.
    Hello,
    /// Its secret.
    Keys,
    /// The suite is not one that is read.
    Suite,
    /// Its keys are there, and do not fit.
    Authenticity,
}

impl Session {
    /// Reads a record with its header, in place.
    pub(super) fn read(&mut self, side: usize, record: &mut [u8], at: &At, keys: &Keys, sink: &mut impl Sink) -> Fate {
        let kind = record[0];
        let end = at.offset + record.len() as u64;
        if side == SERVER && self.client.is_none() && !self.is_over && !self.is_hello_lost {
            return Fate::Waits;
        }
        // The change of keys may lie in a hole: data is never in clear.
        if self.halves[side].stage == Stage::Clear && kind == APPLICATION_DATA && self.server.as_ref().is_some_and(|server| server.version < 0x0304) {
            self.halves[side].enter(Stage::Sealed);
        }
        if kind != APPLICATION_DATA && self.halves[side].stage != Stage::Sealed {
            match kind {
                HANDSHAKE => self.handshake(side, &record[HEADER_BYTES..], keys),
                CHANGE_CIPHER_SPEC if self.changes_keys(side) => self.halves[side].enter(Stage::Sealed),
                _ => {}
            }
            self.halves[side].hole_at = None;
            self.halves[side].mark(end);
            return Fate::Read;
        }
        match self.open(side, record, keys) {
            Ok(opened) => {
                self.account(side, &opened, at, sink);
                self.content(side, opened.kind, &record[opened.content], &At { offset: end, ..*at }, keys, sink);
            }
            Err(lack) if self.may_come(side, &lack, keys) => return Fate::Waits,
            Err(lack) => self.pass(side, record, &lack),
        }
        self.halves[side].mark(end);
        Fate::Read
    }

    /// Whether a change of cipher spec in clear is one: in TLS 1.3 it means nothing, and of a client it may come before the server's hello.
    fn changes_keys(&self, side: usize) -> bool {
        match (&self.server, &self.client) {
            (Some(server), _) => server.version < 0x0304 && self.halves[side].stage == Stage::Clear,
            (None, Some(client)) => !self.facts.is_retried && (side == SERVER || client.version() < 0x0304),
            (None, None) => true,
        }
    }

    /// Whether a record that cannot be read now may be read later.
    fn may_come(&self, side: usize, lack: &Lack, keys: &Keys) -> bool {
        if self.is_over || self.halves[side].is_blind || keys.is_never() || self.client.is_none() {
            return false;
        }
        match lack {
            Lack::Hello => true,
            Lack::Keys => keys.grows(),
            Lack::Suite | Lack::Authenticity => false,
        }
    }

    /// A record that is not read.
    fn pass(&mut self, side: usize, record: &[u8], lack: &Lack) {
        self.facts.blind_bytes += (record.len() - HEADER_BYTES) as u64;
        let half = &mut self.halves[side];
        half.hole_at.get_or_insert(half.read);
        match lack {
            Lack::Hello | Lack::Keys => half.is_blind = true,
            Lack::Suite => self.give_up(side, Weird::TlsSuiteUnsupported),
            // Early data that the server does not take, or without keys, comes before what can be read.
            Lack::Authenticity if half.stage == Stage::Early => {}
            Lack::Authenticity => {
                half.failures += 1;
                half.window = (half.window + 2).min(WINDOW_MAX);
                let is_hopeless = half.failures >= FAILURES_MAX || half.breaks_at_gaps();
                self.facts.weirds.insert(Weird::TlsDecryptFailed);
                if is_hopeless {
                    self.give_up(side, Weird::TlsGivenUp);
                }
            }
        }
    }

    /// A record was read: what is lost before it is handed on as a gap.
    fn account(&mut self, side: usize, opened: &Opened, at: &At, sink: &mut impl Sink) {
        let half = &mut self.halves[side];
        (half.failures, half.window) = (0, 0);
        let Some(hole_at) = half.hole_at.take() else { return };
        let is_before_content = half.content == 0 && opened.kind != APPLICATION_DATA && half.stage != Stage::Application;
        let hole = at.offset.saturating_sub(hole_at);
        if is_before_content || hole == 0 {
            return;
        }
        self.facts.weirds.insert(Weird::TlsResync);
        // Records of chained blocks are padded: how much of them was content is not known.
        let overhead = self.halves[side].opener.as_ref().and_then(Opener::overhead);
        let bytes = overhead.map_or(UNKNOWN_LENGTH, |overhead| hole.saturating_sub(opened.lost * overhead));
        if bytes > 0 {
            self.begin(sink);
            let start = at.offset.saturating_sub(bytes).max(hole_at).max(self.halves[side].content);
            sink.gap(side, bytes, &self.inner_at(side, &At { offset: start, ..*at }));
            let half = &mut self.halves[side];
            half.content = half.content.max(at.offset);
            half.mark(at.offset);
        }
    }

    /// What a record holds that ends at `at`.
    fn content(&mut self, side: usize, kind: u8, content: &[u8], at: &At, keys: &Keys, sink: &mut impl Sink) {
        let unpacked;
        let mut content = content;
        if self.server.as_ref().is_some_and(|server| server.compression == DEFLATE && server.version < 0x0304) {
            let Some(bytes) = self.halves[side].inflate.get_or_insert_with(Inflate::new).next(content) else {
                return self.give_up(side, Weird::TlsGivenUp);
            };
            unpacked = bytes;
            content = &unpacked;
        }
        match kind {
            CHANGE_CIPHER_SPEC if self.halves[side].stage == Stage::Sealed => self.halves[side].enter(Stage::Sealed),
            HANDSHAKE => self.handshake(side, content, keys),
            APPLICATION_DATA => self.hand_on(side, content, at, sink),
            _ => {}
        }
    }

    fn open(&mut self, side: usize, record: &mut [u8], keys: &Keys) -> Result<Opened, Lack> {
        if self.halves[side].is_blind {
            return Err(Lack::Keys);
        }
        let (Some(server), Some(_)) = (&self.server, &self.client) else { return Err(Lack::Hello) };
        let suite = Suite::of(server.suite).filter(|_| server.compression <= DEFLATE).ok_or(Lack::Suite)?;
        if server.version >= 0x0304 { self.open_13(side, suite, record, keys) } else { self.open_12(side, suite, record, keys) }
    }

    fn open_12(&mut self, side: usize, suite: Suite, record: &mut [u8], keys: &Keys) -> Result<Opened, Lack> {
        if self.halves[side].opener.is_none() {
            self.halves[side].opener = Some(self.opener_12(side, suite, keys)?);
            if self.halves.iter().all(|half| half.opener.is_some()) {
                self.transcript.end(keys);
            }
        }
        let half = &mut self.halves[side];
        half.opener.as_mut().and_then(|opener| opener.open(record, half.window)).ok_or(Lack::Authenticity)
    }

    fn opener_12(&self, side: usize, suite: Suite, keys: &Keys) -> Result<Opener, Lack> {
        let (Some(client), Some(server)) = (&self.client, &self.server) else { return Err(Lack::Hello) };
        let agreed =
            Agreed { version: server.version, suite, encrypt_then_mac: server.encrypt_then_mac, client_random: &client.random, server_random: &server.random };
        let known = keys.master(&client.random, &server.session_id);
        if known.is_none() && server.extends_master && self.transcript.is_partial() {
            return Err(Lack::Hello);
        }
        let master = known.or_else(|| {
            let premaster = keys.premaster(&client.random, &self.exchanged)?;
            let master = match server.extends_master {
                true => agreed.extended_master(premaster.bytes(), &self.transcript.hash(server.version, suite)?),
                false => agreed.master(premaster.bytes()),
            };
            Some(Secret::new(&master))
        });
        match master {
            Some(master) => agreed.opener(master.bytes(), side).ok_or(Lack::Suite),
            None if suite.mode == Mode::Null => unencrypted(server.version, suite).ok_or(Lack::Suite),
            None => Err(Lack::Keys),
        }
    }

    /// Tries the keys of the stage at hand, and of those after it: what changes them may not have been seen.
    fn open_13(&mut self, side: usize, suite: Suite, record: &mut [u8], keys: &Keys) -> Result<Opened, Lack> {
        let (stage, window) = (self.halves[side].stage.max(Stage::Early), self.halves[side].window);
        // Early data that the server did not take is sent again, so its first copy is not read.
        if stage == Stage::Early && side == CLIENT && self.early_taken.is_none() && !self.is_over {
            return Err(Lack::Hello);
        }
        let (mut has_keys, mut lacks) = (false, false);
        for next in [Stage::Early, Stage::Handshake, Stage::Application].into_iter().filter(|next| *next >= stage) {
            if next == Stage::Early && (side == SERVER || self.early_taken == Some(false)) {
                continue;
            }
            let at_hand = if next == self.halves[side].stage { self.halves[side].opener.take() } else { None };
            let Some(mut opener) = at_hand.or_else(|| self.opener_13(side, next, suite, keys)) else {
                lacks = true;
                continue;
            };
            has_keys = true;
            // What fails once may be spoilt, so others are tried with a copy.
            let before = (next < Stage::Application).then(|| record.to_vec());
            let opened = opener.open(record, window);
            let half = &mut self.halves[side];
            if opened.is_some() || next == half.stage {
                (half.stage, half.opener) = (next, Some(opener));
            }
            match (opened, before) {
                (Some(opened), _) => return Ok(opened),
                (None, Some(before)) => record.copy_from_slice(&before),
                (None, None) => {}
            }
        }
        if let (Stage::Application, 1.., Some(opened)) = (stage, window, self.open_updated(side, suite, record)) {
            return Ok(opened);
        }
        Err(if lacks && !has_keys { Lack::Keys } else { Lack::Authenticity })
    }

    /// A change of keys may lie in a hole.
    fn open_updated(&mut self, side: usize, suite: Suite, record: &mut [u8]) -> Option<Opened> {
        let half = &mut self.halves[side];
        let secret = Secret::new(&next_secret(suite, half.traffic.as_ref()?.bytes()));
        let mut opener = traffic_opener(suite, secret.bytes())?;
        let opened = opener.open(record, half.window)?;
        (half.opener, half.traffic) = (Some(opener), Some(secret));
        self.facts.key_updates += 1;
        Some(opened)
    }

    fn opener_13(&mut self, side: usize, stage: Stage, suite: Suite, keys: &Keys) -> Option<Opener> {
        let random = &self.client.as_ref()?.random;
        let secret = match stage {
            Stage::Early => keys.early(random)?,
            Stage::Handshake => keys.handshake(random, side)?,
            _ => keys.traffic(random, side)?,
        };
        if stage == Stage::Application {
            self.halves[side].traffic = Some(secret.clone());
        }
        traffic_opener(suite, secret.bytes())
    }
}
