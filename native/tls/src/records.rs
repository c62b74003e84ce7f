//! The record layer (RFC 8446 §5.1): records out of bytes in any pieces, found again after a hole.

use tapistry_wire::stream::At;

/// Bytes of a record behind its header: the largest text, and what old ciphers and compression may add (RFC 5246 §6.2.3).
pub const RECORD_BYTES_MAX: usize = (1 << 14) + 2048;
/// Bytes of the header.
pub const HEADER_BYTES: usize = 5;

/// One direction's records.
#[derive(Debug, Default)]
pub struct Records {
    /// The record at hand with its header, as far as it came.
    pub buffer: Vec<u8>,
    /// Of the first byte of the record at hand.
    pub at: Option<At>,
    /// Bytes of a record that nobody wants.
    skip: usize,
    /// Where records begin is not known.
    is_lost: bool,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// More bytes are needed.
    Nothing,
    /// `buffer` holds a whole record.
    Record,
    /// The record at hand is passed over: bytes of it.
    Passed(usize),
    /// Bytes where a record was expected are none; the next one is looked for.
    Garbage,
}

impl Records {
    /// Where the stream was joined is not known to be the start of a record.
    pub fn lost(&mut self) {
        (self.is_lost, self.skip) = (true, 0);
        self.buffer.clear();
    }

    /// Takes bytes off `input` up to the end of the next record. `passes` says by kind which ones nobody wants.
    pub fn find(&mut self, input: &mut &[u8], at: &At, total: usize, passes: impl Fn(u8) -> bool) -> Found {
        let passed = self.skip.min(input.len());
        self.skip -= passed;
        *input = &input[passed..];
        while !input.is_empty() {
            if self.buffer.is_empty() {
                self.at = Some(At { offset: at.offset + (total - input.len()) as u64, ..*at });
            }
            if self.buffer.len() < HEADER_BYTES {
                self.buffer.push(input[0]);
                *input = &input[1..];
                if self.buffer.len() < HEADER_BYTES {
                    continue;
                }
                if !is_header(&self.buffer) {
                    let was_lost = std::mem::replace(&mut self.is_lost, true);
                    self.buffer.remove(0);
                    if let Some(first) = &mut self.at {
                        let offset = first.offset + 1;
                        // What was kept of the segment before is passed over.
                        *first = At { offset, ..if offset < at.offset { *first } else { *at } };
                    }
                    if was_lost {
                        continue;
                    }
                    return Found::Garbage;
                }
                self.is_lost = false;
                let length = self.body_bytes();
                if passes(self.buffer[0]) {
                    let now = length.min(input.len());
                    *input = &input[now..];
                    self.skip = length - now;
                    self.buffer.clear();
                    return Found::Passed(length);
                }
                if length > 0 {
                    continue;
                }
            }
            let missing = HEADER_BYTES + self.body_bytes() - self.buffer.len();
            let now = missing.min(input.len());
            self.buffer.extend_from_slice(&input[..now]);
            *input = &input[now..];
            if now == missing {
                return Found::Record;
            }
        }
        Found::Nothing
    }

    /// Bytes are lost. Where they end inside the record at hand, the next one begins where that says.
    pub fn gap(&mut self, length: u64) {
        if self.skip > 0 && length <= self.skip as u64 {
            self.skip -= length as usize;
            return;
        }
        let missing = if self.buffer.len() >= HEADER_BYTES { HEADER_BYTES + self.body_bytes() - self.buffer.len() } else { 0 };
        if self.skip == 0 && missing as u64 >= length && length > 0 {
            self.skip = missing - length as usize;
            return self.buffer.clear();
        }
        self.lost();
    }

    fn body_bytes(&self) -> usize {
        usize::from(u16::from_be_bytes([self.buffer[3], self.buffer[4]]))
    }
}

/// Whether bytes are the header of a record. One that is empty is data or nothing.
pub fn is_header(bytes: &[u8]) -> bool {
    let [kind, 3, 0..=4, high, low, ..] = bytes else { return false };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    matches!(kind, 20..=24) && length <= RECORD_BYTES_MAX && (length > 0 || *kind == 23)
}
