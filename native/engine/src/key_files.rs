//! Secrets of TLS connections out of files: key logs that are named, and the secrets blocks of captures.

use crate::counters::Counters;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;
use tapistry_capture::{CaptureReader, Content, input};
use tapistry_tls::{KeyLog, Keys};

/// What a secrets block of pcapng holds that is a key log.
pub const TLS_KEY_LOG: u32 = 0x544c_534b;

/// Bytes of a key log that are read at once.
const PIECE_BYTES: usize = 64 << 10;

/// A key log that is read from where it was left.
#[derive(Debug)]
pub struct KeyFile {
    file: File,
    log: KeyLog,
}

impl KeyFile {
    /// At its start; none where it cannot be read.
    pub fn open(path: &Path) -> Option<Self> {
        Some(KeyFile { file: File::open(path).ok()?, log: KeyLog::default() })
    }

    /// Takes what has come since; false where it cannot be read any more.
    pub fn follow(&mut self, keys: &Keys) -> bool {
        let mut piece = vec![0; PIECE_BYTES];
        let is_well = loop {
            match self.file.read(&mut piece) {
                Ok(0) => break true,
                Ok(length) => keys.push(&mut self.log, &piece[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break false,
            }
        };
        piece.fill(0);
        is_well
    }

    /// Nothing more comes: the last line counts as it is.
    pub fn finish(&mut self, keys: &Keys) {
        keys.finish(&mut self.log);
    }

    /// Lines that hold no secret.
    pub fn rejected(&self) -> u64 {
        self.log.rejected
    }
}

/// Reads key logs whole. Counts lines that hold no secret, and files that could not be read.
pub fn read_key_files(paths: &[String], keys: &Keys) -> Counters {
    let mut counters = Counters::default();
    for path in paths {
        let Some(mut file) = KeyFile::open(Path::new(path)) else {
            counters.add("tls.keyFilesUnread", 1);
            continue;
        };
        let is_well = file.follow(keys);
        file.finish(keys);
        counters.add("tls.keyFilesUnread", u64::from(!is_well));
        counters.add("tls.keyLinesRejected", file.rejected());
    }
    let (known, evicted) = keys.counts();
    counters.add("tls.secrets", known);
    counters.add("tls.secretsEvicted", evicted);
    counters
}

/// Takes the secrets of a capture that is opened again later, whose packets may stand before them.
pub fn read_capture_secrets(path: &Path, keys: &Keys) {
    let Ok(Content::Capture(mut reader)) = input::open(path).map(|input| input.content) else { return };
    if reader.may_hold_secrets() {
        while reader.advance().is_ok_and(|is_more| is_more) {}
        take_secrets(&reader, keys);
    }
}

fn take_secrets(reader: &CaptureReader, keys: &Keys) {
    reader.secrets().iter().for_each(|(kind, bytes)| take_secret(*kind, bytes, keys));
}

/// Takes a secrets block.
pub fn take_secret(kind: u32, bytes: &[u8], keys: &Keys) {
    if kind == TLS_KEY_LOG {
        let mut log = KeyLog::default();
        keys.push(&mut log, bytes);
        keys.finish(&mut log);
    }
}
