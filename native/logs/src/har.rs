//! HAR 1.2: the entries of a document, one at a time.

use std::io::{ErrorKind, Read};

use crate::parse::Scratch;
use crate::record::ExchangeRecord;
use crate::rejection::Rejection;

mod entry;
mod form;
mod scan;

use scan::{Piece, Scan};

/// Bytes of an entry that is still held; a longer one is passed over and counted.
pub const ENTRY_BYTES_MAX: usize = 64 << 20;

/// How many bytes one `read` asks for.
const BLOCK_BYTES: usize = 256 << 10;

/// What was found in a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Elements of `log.entries`: the sum of those taken and those rejected.
    pub entries: u64,
    /// Whether there is a `log.entries`; without one the document is no HAR.
    pub has_entries: bool,
    /// The document ended before its array of entries did.
    pub is_cut: bool,
    /// Bytes of the document.
    pub bytes: u64,
    /// Those up to the end of the last entry that ended.
    pub entry_end: u64,
}

/// Calls `take` for each entry in order, with its index from 0. Memory holds one entry, at most 64 MiB. A document that is cut gives the
/// entries before the cut, and one rejection for the entry that is cut. Entries that end within the first `known` bytes are passed over; their indexes count.
pub fn entries(mut source: impl Read, known: u64, mut take: impl FnMut(u64, Result<ExchangeRecord<'_>, Rejection>)) -> std::io::Result<Summary> {
    let mut reading = Reading { held: Vec::new(), is_too_long: false, known, scratch: Scratch::default(), summary: Summary::default() };
    let mut scan = Scan::default();
    let mut block = vec![0; BLOCK_BYTES];
    loop {
        let read = match source.read(&mut block) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            // Compression that is cut or damaged ends the document.
            Err(error) if matches!(error.kind(), ErrorKind::UnexpectedEof | ErrorKind::InvalidData | ErrorKind::InvalidInput) => break,
            Err(error) => return Err(error),
        };
        let start = reading.summary.bytes;
        scan.feed(&block[..read], |piece, end| reading.piece(piece, start + end as u64, &mut take));
        reading.summary.bytes += read as u64;
    }
    reading.summary.has_entries = scan.has_entries();
    reading.summary.is_cut = scan.is_inside();
    if scan.is_inside_entry() {
        reading.reject(Rejection::LineCut, &mut take);
    }
    Ok(reading.summary)
}

struct Reading {
    /// The part of an entry that earlier blocks held.
    held: Vec<u8>,
    is_too_long: bool,
    known: u64,
    scratch: Scratch,
    summary: Summary,
}

impl Reading {
    fn piece(&mut self, piece: Piece<'_>, end: u64, take: &mut impl FnMut(u64, Result<ExchangeRecord<'_>, Rejection>)) {
        match piece {
            Piece::Part(bytes) => {
                self.is_too_long |= self.held.len() + bytes.len() > ENTRY_BYTES_MAX;
                if self.is_too_long {
                    self.held = Vec::new();
                } else {
                    self.held.extend_from_slice(bytes);
                }
            }
            Piece::End(_) if end <= self.known => {
                self.summary.entry_end = end;
                self.summary.entries += 1;
                self.is_too_long = false;
                self.held.clear();
            }
            Piece::End(bytes) => {
                self.summary.entry_end = end;
                if self.is_too_long || self.held.len() + bytes.len() > ENTRY_BYTES_MAX {
                    return self.reject(Rejection::EntryTooLong, take);
                }
                if self.held.is_empty() {
                    self.entry(bytes, take);
                } else {
                    let mut held = std::mem::take(&mut self.held);
                    held.extend_from_slice(bytes);
                    self.entry(&held, take);
                    held.clear();
                    // Room for usual entries is kept, that of a huge one is given back.
                    held.shrink_to(BLOCK_BYTES);
                    self.held = held;
                }
            }
        }
    }

    fn entry(&mut self, bytes: &[u8], take: &mut impl FnMut(u64, Result<ExchangeRecord<'_>, Rejection>)) {
        let text = std::str::from_utf8(bytes).map_err(|_| Rejection::NotUtf8);
        let record = text.and_then(|text| entry::parse(text, &mut self.scratch));
        take(self.summary.entries, record);
        self.summary.entries += 1;
    }

    fn reject(&mut self, rejection: Rejection, take: &mut impl FnMut(u64, Result<ExchangeRecord<'_>, Rejection>)) {
        self.held = Vec::new();
        self.is_too_long = false;
        take(self.summary.entries, Err(rejection));
        self.summary.entries += 1;
    }
}
