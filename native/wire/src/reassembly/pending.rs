//! What came ahead of a hole, sorted and without overlap.

use std::collections::VecDeque;

use crate::stream::At;

/// What a piece costs beside its bytes, as counted against the budgets.
const PIECE_COST_BYTES: usize = 96;

/// Bytes, or a range known to be missing, ahead of a hole. `at.offset` is its place in the stream.
#[derive(Debug)]
pub(super) struct Piece {
    pub bytes: Box<[u8]>,
    /// Length of a range that the capture cut off; then `bytes` is empty.
    pub missing: u32,
    pub at: At,
}

impl Piece {
    pub fn length(&self) -> u64 {
        self.bytes.len() as u64 + u64::from(self.missing)
    }

    pub fn end(&self) -> u64 {
        self.at.offset + self.length()
    }
}

/// The pieces of one direction, and its FIN where that came ahead too.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pieces: VecDeque<Piece>,
    pub fin: Option<At>,
    cost_bytes: usize,
}

/// What became of bytes that were put in.
#[derive(Debug, Default)]
pub(super) struct Placed {
    /// Bytes that were there already.
    pub known: u64,
    /// Of these, bytes that differ from the first copy.
    pub conflicting: u64,
    /// Bytes for a range given up as missing.
    pub late: u64,
    /// Change of the cost in bytes.
    pub cost_bytes: usize,
}

impl Pending {
    pub fn front(&self) -> Option<&Piece> {
        self.pieces.front()
    }

    /// Takes the first piece out; returns it with its cost.
    pub fn pop(&mut self) -> Option<(Piece, usize)> {
        let piece = self.pieces.pop_front()?;
        let cost_bytes = piece.bytes.len() + PIECE_COST_BYTES;
        self.cost_bytes -= cost_bytes;
        Some((piece, cost_bytes))
    }

    /// Takes `count` bytes, at most its length, off the front of the first piece, which is a missing range.
    pub fn shorten_front(&mut self, count: u32) {
        if let Some(piece) = self.pieces.front_mut() {
            piece.missing -= count;
            piece.at.offset += u64::from(count);
        }
    }

    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty() && self.fin.is_none()
    }

    pub fn segments(&self) -> usize {
        self.pieces.len()
    }

    pub fn cost_bytes(&self) -> usize {
        self.cost_bytes
    }

    /// One past the last byte held.
    pub fn end(&self) -> Option<u64> {
        self.pieces.back().map(Piece::end)
    }

    /// Puts `bytes` at `at.offset`, and behind them a range of `missing`. The first copy of a byte stays. Copies of buffered
    /// bytes cost a comparison; a segment in order of arrival costs constant time, others move pieces within their cap.
    pub fn put(&mut self, bytes: &[u8], missing: u32, at: &At) -> Placed {
        let mut placed = Placed::default();
        let (mut offset, mut rest) = (at.offset, bytes);
        let end = offset + bytes.len() as u64 + u64::from(missing);
        let mut index = match self.pieces.back() {
            Some(last) if last.end() > offset => self.pieces.partition_point(|piece| piece.end() <= offset),
            _ => self.pieces.len(),
        };
        while offset < end {
            let limit = match self.pieces.get(index) {
                Some(piece) if piece.at.offset <= offset => {
                    let covered = (piece.end() - offset).min(end - offset);
                    let copied = rest.len().min(covered as usize);
                    if piece.missing > 0 {
                        placed.late += copied as u64;
                    } else {
                        let skip = (offset - piece.at.offset) as usize;
                        placed.known += copied as u64;
                        placed.conflicting += differing(&piece.bytes[skip..skip + copied], &rest[..copied]);
                    }
                    rest = &rest[copied..];
                    offset += covered;
                    index += 1;
                    continue;
                }
                Some(piece) => piece.at.offset.min(end),
                None => end,
            };
            let take = rest.len().min((limit - offset) as usize);
            let piece = if take > 0 {
                Piece { bytes: rest[..take].into(), missing: 0, at: At { offset, ..*at } }
            } else {
                Piece { bytes: Box::default(), missing: (limit - offset) as u32, at: At { offset, ..*at } }
            };
            rest = &rest[take..];
            offset = piece.end();
            placed.cost_bytes += piece.bytes.len() + PIECE_COST_BYTES;
            self.pieces.insert(index, piece);
            index += 1;
        }
        self.cost_bytes += placed.cost_bytes;
        placed
    }
}

/// How many bytes at the same place differ.
pub(super) fn differing(first: &[u8], second: &[u8]) -> u64 {
    if first == second {
        return 0;
    }
    first.iter().zip(second).filter(|(one, other)| one != other).count() as u64
}
