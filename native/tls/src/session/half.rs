//! One direction of a connection.

use super::held::Waiting;
use crate::decrypt::Opener;
use crate::decrypt::inflate::Inflate;
use crate::keys::Secret;
use crate::records::Records;
use std::collections::VecDeque;

/// What the records of a direction are encrypted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Nothing.
    Clear,
    /// The keys that the handshake agreed on, up to TLS 1.2.
    Sealed,
    /// TLS 1.3, by secret.
    Early,
    Handshake,
    Application,
}

/// State of one direction.
pub struct Half {
    pub records: Records,
    pub stage: Stage,
    pub opener: Option<Opener>,
    /// Where records are compressed.
    pub inflate: Option<Inflate>,
    /// The secret of application data in TLS 1.3.
    pub traffic: Option<Secret>,
    /// Handshake messages that are not whole.
    pub messages: Vec<u8>,
    /// Bytes to come of a message too long to keep.
    pub message_skip: usize,
    pub waiting: Waiting,
    /// Nothing of it will be decrypted any more.
    pub is_blind: bool,
    /// Records that may be lost before the next one.
    pub window: u64,
    /// Where the last record before a hole ended.
    pub hole_at: Option<u64>,
    pub failures: u32,
    /// Where the last content ended, which is where its record did.
    pub content: u64,
    /// End of what came of the stream.
    pub seen: u64,
    /// Where the last record that was read ended.
    pub read: u64,
    marks: VecDeque<(u64, u64)>,
}

/// Ends of records that are remembered: acknowledgements are of the last ones.
const MARKS_MAX: usize = 64;

impl Half {
    pub fn new() -> Self {
        Half {
            records: Records::default(),
            stage: Stage::Clear,
            opener: None,
            inflate: None,
            traffic: None,
            messages: Vec::new(),
            message_skip: 0,
            waiting: Waiting::default(),
            is_blind: false,
            window: 0,
            hole_at: None,
            failures: 0,
            content: 0,
            seen: 0,
            read: 0,
            marks: VecDeque::new(),
        }
    }

    /// A record that ends at `end` was read.
    pub fn mark(&mut self, end: u64) {
        self.read = end;
        if self.marks.len() == MARKS_MAX {
            self.marks.pop_front();
        }
        self.marks.push_back((end, self.content));
    }

    /// Where the content ends that the other side has, by what of the stream it has acknowledged.
    pub fn content_of(&self, acknowledged: u64) -> u64 {
        // Of records that were not read nobody knows which hold content.
        if acknowledged > self.seen || self.hole_at.is_some_and(|hole_at| acknowledged > hole_at) {
            return acknowledged;
        }
        let before = self.marks.iter().rev().find(|mark| mark.0 <= acknowledged);
        before.map_or(0, |mark| mark.1)
    }

    /// Keys change.
    pub fn enter(&mut self, stage: Stage) {
        (self.stage, self.opener, self.inflate) = (stage, None, None);
    }

    /// Whether what is lost is needed for what comes.
    pub fn breaks_at_gaps(&self) -> bool {
        self.inflate.is_some() || self.opener.as_ref().is_some_and(Opener::breaks_at_gaps)
    }
}
