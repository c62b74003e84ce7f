//! Secrets of TLS connections out of files: key logs that are named, and the secrets blocks of captures.

use crate::counters::Counters;
use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};
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

    /// Bytes that were read.
    fn position(&mut self) -> u64 {
        self.file.stream_position().unwrap_or(u64::MAX)
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

/// Key logs that grow, and may be replaced, while packets are read.
#[derive(Debug, Default)]
pub struct FollowedKeys {
    files: Vec<Followed>,
}

#[derive(Debug)]
struct Followed {
    path: PathBuf,
    open: Option<(KeyFile, Identity)>,
}

/// What tells a file from another of the same name.
type Identity = (u64, u64);

impl FollowedKeys {
    /// Nothing read; a file need not be there yet.
    pub fn new(paths: &[String]) -> Self {
        FollowedKeys { files: paths.iter().map(|path| Followed { path: path.into(), open: None }).collect() }
    }

    /// Takes what has come since; a file that was replaced or cut is read from its start.
    pub fn look(&mut self, keys: &Keys) {
        for Followed { path, open } in &mut self.files {
            let Ok(metadata) = std::fs::metadata(&*path) else { continue };
            let now = identity(&metadata);
            let is_same = open.as_mut().is_some_and(|(file, known)| *known == now && file.position() <= metadata.len());
            if !is_same {
                if let Some((file, _)) = open {
                    file.follow(keys);
                    file.finish(keys);
                }
                *open = KeyFile::open(path).map(|file| (file, now));
            }
            if let Some((file, _)) = open
                && !file.follow(keys)
            {
                *open = None;
            }
        }
    }
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn identity(_metadata: &Metadata) -> Identity {
    (0, 0)
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

#[cfg(test)]
mod tests {
    use super::{FollowedKeys, read_key_files};
    use std::fs::{OpenOptions, remove_file, write};
    use std::io::Write;
    use tapistry_tls::Keys;

    fn line(digit: char) -> String {
        format!("CLIENT_RANDOM {} {}\n", digit.to_string().repeat(64), digit.to_string().repeat(96))
    }

    #[test]
    fn a_key_log_is_followed_as_it_appears_grows_and_is_replaced() {
        let path = std::env::temp_dir().join(format!("tapistry-keys-{}", std::process::id()));
        let (keys, name) = (Keys::new(true), path.display().to_string());
        let mut followed = FollowedKeys::new(std::slice::from_ref(&name));
        let mut known = |expected: u64| {
            followed.look(&keys);
            assert_eq!(keys.counts().0, expected);
        };
        known(0);
        let (first, second) = (line('1'), line('2'));
        write(&path, format!("{first}{}", &second[..40])).unwrap();
        known(1);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(&second.as_bytes()[40..]).unwrap();
        known(2);
        write(&path, line('3')).unwrap();
        known(3);
        remove_file(&path).unwrap();
        known(3);
        let counters = read_key_files(&[name], &Keys::new(false));
        assert_eq!(counters.iter().find(|(name, _)| *name == "tls.keyFilesUnread").map(|(_, count)| count), Some(1));
    }
}
