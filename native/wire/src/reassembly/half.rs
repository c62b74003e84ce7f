//! One direction of a flow: sequence numbers to stream offsets, and bytes in order.

mod cut;

use crate::reassembly::delivery::Delivery;
use crate::reassembly::pending::{Pending, differing};
use crate::stream::{Application, At, End};

/// Sequence numbers further off than the largest window (RFC 7323 §2.2) belong to no segment of this stream.
const WINDOW_BYTES_MAX: u64 = 1 << 30;
/// A hole that nobody acknowledged is believed up to this length; what lies behind a longer one is shed.
const DOUBTFUL_HOLE_BYTES_MAX: u64 = 16 << 20;
/// An acknowledgement that was seen first tells the stream's start if the first segment is this near behind it.
const START_BYTES_MAX: i32 = 1 << 20;

/// How offset 0 is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    /// Nothing seen.
    Unknown,
    /// The other side acknowledged up to it.
    Acknowledged,
    /// By a SYN, or the first segment.
    Known,
}

/// State of one direction. Offsets are 64 bits wide, so streams may be longer than sequence numbers.
#[derive(Debug)]
pub(super) struct Half {
    pub base: Base,
    /// A SYN gave the base.
    pub syn: bool,
    /// `End` was handed on.
    pub ended: bool,
    /// Any packet came from this side.
    pub seen: bool,
    base_sequence: u32,
    /// Offset of the next byte to hand on.
    pub next: u64,
    /// How far the other side has acknowledged.
    acked: u64,
    /// `acked` as of the last two marks of the flow's packets: what was acknowledged a while ago.
    settled: [u64; 2],
    /// The last declared gaps, to tell late bytes from copies.
    gaps: [(u64, u64); 2],
    pending: Option<Box<Pending>>,
    /// Bytes at `next` that the capture cut off; until another packet comes, a whole copy may bring them.
    cut: Option<(u32, At)>,
}

impl Half {
    pub fn new() -> Self {
        Half {
            base: Base::Unknown,
            syn: false,
            ended: false,
            seen: false,
            base_sequence: 0,
            next: 0,
            acked: 0,
            settled: [0; 2],
            gaps: [(0, 0); 2],
            pending: None,
            cut: None,
        }
    }

    /// A direction whose SYN had this sequence number.
    pub fn start(&mut self, syn_sequence: u32) {
        self.base = Base::Known;
        self.base_sequence = syn_sequence.wrapping_add(1);
        self.syn = true;
    }

    /// Takes the first segment without SYN: an acknowledgement seen before tells the start, where it is near.
    pub fn join(&mut self, sequence: u32) {
        let ahead = sequence.wrapping_sub(self.base_sequence) as i32;
        if self.base == Base::Acknowledged && !(0..=START_BYTES_MAX).contains(&ahead) {
            self.acked = if ahead < 0 { self.acked + u64::from(ahead.unsigned_abs()) } else { 0 };
            self.base_sequence = sequence;
        } else if self.base == Base::Unknown {
            self.base_sequence = sequence;
        }
        self.base = Base::Known;
    }

    /// Whether this SYN began the stream as it is known.
    pub fn is_start(&self, syn_sequence: u32) -> bool {
        self.base != Base::Unknown && self.base_sequence == syn_sequence.wrapping_add(1)
    }

    /// Offset of a sequence number; below 0 before the stream's start.
    #[inline]
    pub fn position(&self, sequence: u32) -> i64 {
        self.position_near(self.next, sequence)
    }

    /// Takes the other side's acknowledgement; returns it as an offset.
    #[inline]
    pub fn acknowledge(&mut self, acknowledgement: u32) -> u64 {
        if self.base == Base::Unknown {
            self.base = Base::Acknowledged;
            self.base_sequence = acknowledgement;
        }
        let reference = self.acked.max(self.next);
        let position = self.position_near(reference, acknowledgement);
        let offset = u64::try_from(position).unwrap_or(0);
        if offset > reference + WINDOW_BYTES_MAX {
            return self.acked;
        }
        self.acked = self.acked.max(offset);
        // The FIN takes a sequence number, but is no byte of the stream.
        if self.ended { offset.min(self.next) } else { offset }
    }

    /// How far the other side has acknowledged.
    pub fn acked(&self) -> u64 {
        self.acked
    }

    /// Marks that a number of the flow's packets has passed. `alone` says that the other side is never seen, so that nobody
    /// can acknowledge: then what came is as good as acknowledged.
    pub fn mark(&mut self, alone: bool) {
        if alone && let Some(end) = self.pending.as_ref().and_then(|pending| pending.end()) {
            self.acked = self.acked.max(end);
        }
        self.settled = [self.acked, self.settled[0]];
    }

    /// Whether anything waits behind a hole.
    #[inline]
    pub fn waits(&self) -> bool {
        self.pending.is_some()
    }

    /// Takes a segment's payload at `start`, and behind it `missing` bytes that the capture cut off. In-order bytes go on
    /// straight from the packet.
    #[inline]
    pub fn accept<A: Application>(&mut self, start: i64, payload: &[u8], missing: u32, at: &At, out: &mut Delivery<'_, A>) {
        if start == self.next as i64 && self.pending.is_none() && missing == 0 && !self.ended {
            self.deliver(payload, at, out);
        } else {
            self.accept_odd(start, payload, missing, at, out);
        }
    }

    /// Takes a FIN whose sequence number is at `offset`.
    pub fn finish_at<A: Application>(&mut self, offset: i64, at: &At, out: &mut Delivery<'_, A>) {
        let Ok(offset) = u64::try_from(offset) else { return };
        if self.ended || offset < self.next || offset > self.next + WINDOW_BYTES_MAX {
            return;
        }
        let at = At { offset, ..*at };
        if offset == self.next {
            self.end(End::Fin, &at, out);
        } else {
            self.pending.get_or_insert_default().fin.get_or_insert(at);
        }
    }

    /// Hands on whatever the hole no longer holds back: because it was filled, because the other side acknowledged past it
    /// and it stayed, or because the buffer is full.
    pub fn settle<A: Application>(&mut self, out: &mut Delivery<'_, A>) {
        loop {
            self.drain(out);
            let Some(pending) = &self.pending else { return };
            let full = pending.cost_bytes() > out.limits.direction_bytes_max || pending.segments() > out.limits.direction_segments_max;
            let Some(at) = self.hole_end() else { return };
            if !full && self.settled[1] < at.offset {
                return;
            }
            out.counters.buffer_cap_flushes += u64::from(full);
            self.skip(at.offset, &at, out);
        }
    }

    /// Declares every hole a gap and hands on what waits. `trusted` says that there is nobody to acknowledge a hole.
    pub fn flush<A: Application>(&mut self, trusted: bool, out: &mut Delivery<'_, A>) {
        self.settle_cut(None, out);
        loop {
            self.drain(out);
            let Some(at) = self.hole_end() else { return };
            if !trusted && self.acked < at.offset && at.offset - self.next > DOUBTFUL_HOLE_BYTES_MAX {
                let dropped = self.drop_pending(out);
                out.counters.out_of_window_bytes += dropped;
                return;
            }
            self.skip(at.offset, &at, out);
        }
    }

    /// Ends the direction after all that waits: what the other side acknowledged and never came is a gap too.
    pub fn close<A: Application>(&mut self, how: End, trusted: bool, at: &At, out: &mut Delivery<'_, A>) {
        self.flush(trusted, out);
        if self.ended {
            return;
        }
        // One byte alone is the FIN, which was lost; and a direction that was never seen is one-way, not a gap.
        let unseen = self.acked.saturating_sub(self.next);
        if self.base == Base::Known && self.seen && (2..=DOUBTFUL_HOLE_BYTES_MAX).contains(&unseen) && out.application.is_some() {
            self.skip(self.acked, at, out);
        } else if self.base != Base::Unknown && !self.seen && unseen > 1 {
            out.unseen(unseen);
        }
        self.end(how, at, out);
    }

    /// Counts payload for which no stream is there any more.
    pub fn count_dead<A: Application>(&self, start: i64, length: u64, out: &mut Delivery<'_, A>) {
        let known = (self.next as i64).saturating_sub(start).clamp(0, length as i64);
        self.count_old(start, known as u64, out);
        out.counters.shed_bytes += length - known as u64;
    }

    fn position_near(&self, reference: u64, sequence: u32) -> i64 {
        let reference_sequence = self.base_sequence.wrapping_add(reference as u32);
        reference as i64 + i64::from(sequence.wrapping_sub(reference_sequence) as i32)
    }

    #[cold]
    fn accept_odd<A: Application>(&mut self, mut start: i64, mut payload: &[u8], mut missing: u32, at: &At, out: &mut Delivery<'_, A>) {
        if self.ended {
            return self.count_dead(start, payload.len() as u64, out);
        }
        if start.abs_diff(self.next as i64) > WINDOW_BYTES_MAX {
            out.counters.shed_bytes += payload.len() as u64;
            out.counters.out_of_window_bytes += payload.len() as u64;
            return;
        }
        let behind = self.next as i64 - start;
        if behind > 0 {
            let old = payload.len().min(behind as usize);
            self.count_old(start, old as u64, out);
            payload = &payload[old..];
            missing = missing.saturating_sub((behind as usize - old).min(u32::MAX as usize) as u32);
            start = self.next as i64;
        }
        if payload.is_empty() && missing == 0 {
            return;
        }
        if start == self.next as i64 {
            self.fill(payload, missing, at, out);
        } else {
            out.counters.out_of_order_segments += 1;
            let at = At { offset: start as u64, ..*at };
            let placed = self.pending.get_or_insert_default().put(payload, missing, &at);
            out.budget.charge(placed.cost_bytes);
            out.counters.shed_bytes += placed.late;
            out.counters.late_bytes += placed.late;
            out.known(placed.known, placed.conflicting);
        }
        self.settle(out);
    }

    /// Hands on a segment that begins at `next`; where bytes of it wait already, these came first and win.
    fn fill<A: Application>(&mut self, mut payload: &[u8], missing: u32, at: &At, out: &mut Delivery<'_, A>) {
        while !payload.is_empty() {
            let front = self.pending.as_ref().and_then(|pending| pending.front()).map(|piece| (piece.at.offset, piece.missing));
            match front {
                Some((offset, missing)) if offset <= self.next && missing as usize > payload.len() => {
                    // Known missing from one copy of the packet, whole in another.
                    if let Some(pending) = &mut self.pending {
                        pending.shorten_front(payload.len() as u32);
                    }
                    self.deliver(payload, at, out);
                    return;
                }
                Some((offset, missing)) if offset <= self.next => {
                    let Some((piece, cost_bytes)) = self.pending.as_mut().and_then(|pending| pending.pop()) else { return };
                    out.budget.release(cost_bytes);
                    let (copied, rest) = payload.split_at(payload.len().min(piece.length() as usize));
                    payload = rest;
                    if missing > 0 {
                        self.deliver(copied, at, out);
                    } else {
                        out.known(copied.len() as u64, differing(&piece.bytes[..copied.len()], copied));
                        self.deliver(&piece.bytes, &piece.at, out);
                    }
                }
                Some((offset, _)) => {
                    let (new, rest) = payload.split_at(payload.len().min((offset - self.next) as usize));
                    payload = rest;
                    self.deliver(new, at, out);
                }
                None => {
                    self.deliver(payload, at, out);
                    break;
                }
            }
        }
        match missing {
            0 => {}
            _ if self.pending.is_none() => self.cut = Some((missing, *at)),
            _ => self.skip(self.next + u64::from(missing), at, out),
        }
    }

    /// Goes on to `target`: over what waits by handing it on, over the rest as gaps.
    fn skip<A: Application>(&mut self, target: u64, at: &At, out: &mut Delivery<'_, A>) {
        while self.next < target {
            self.drain(out);
            if self.ended {
                return;
            }
            let front = self.pending.as_ref().and_then(|pending| pending.front()).map(|piece| piece.at);
            let (stop, at) = match &front {
                Some(front) if front.offset <= target => (front.offset, front),
                _ => (target, at),
            };
            if stop > self.next {
                self.declare(stop - self.next, at, out);
            }
        }
    }

    /// Hands on pieces as long as no hole is before them, then a FIN at the end of them.
    fn drain<A: Application>(&mut self, out: &mut Delivery<'_, A>) {
        while let Some(pending) = &mut self.pending {
            if let Some(fin) = pending.fin
                && fin.offset <= self.next
            {
                return self.end(End::Fin, &fin, out);
            }
            if pending.is_empty() {
                self.pending = None;
                return;
            }
            if pending.front().is_none_or(|piece| piece.at.offset > self.next) {
                return;
            }
            let Some((piece, cost_bytes)) = pending.pop() else { return };
            out.budget.release(cost_bytes);
            if piece.missing > 0 {
                self.declare(u64::from(piece.missing), &piece.at, out);
            } else {
                self.deliver(&piece.bytes, &piece.at, out);
            }
        }
    }

    /// Where the first hole ends, by the segment behind it.
    fn hole_end(&self) -> Option<At> {
        let pending = self.pending.as_ref()?;
        match (pending.front().map(|piece| piece.at), pending.fin) {
            (Some(piece), Some(fin)) if fin.offset < piece.offset => Some(fin),
            (Some(piece), _) => Some(piece),
            (None, fin) => fin,
        }
    }

    #[inline]
    fn deliver<A: Application>(&mut self, bytes: &[u8], at: &At, out: &mut Delivery<'_, A>) {
        if bytes.is_empty() {
            return;
        }
        out.data(bytes, &At { offset: self.next, ..*at });
        self.next += bytes.len() as u64;
    }

    fn declare<A: Application>(&mut self, length: u64, at: &At, out: &mut Delivery<'_, A>) {
        out.gap(length, &At { offset: self.next, ..*at });
        self.gaps = [(self.next, self.next + length), self.gaps[0]];
        self.next += length;
    }

    fn end<A: Application>(&mut self, how: End, at: &At, out: &mut Delivery<'_, A>) {
        self.ended = true;
        self.drop_pending(out);
        // Bytes may have gone past where a FIN claimed to be.
        out.end(how, &At { offset: self.next, ..*at });
    }

    /// Sheds what waits; returns how many bytes that was.
    fn drop_pending<A: Application>(&mut self, out: &mut Delivery<'_, A>) -> u64 {
        let mut dropped = 0;
        if let Some(mut pending) = self.pending.take() {
            while let Some((piece, cost_bytes)) = pending.pop() {
                out.budget.release(cost_bytes);
                dropped += piece.bytes.len() as u64;
            }
        }
        out.counters.shed_bytes += dropped;
        dropped
    }

    /// Counts `length` bytes that lie before `next`: copies, but for those before the start and in declared gaps.
    fn count_old<A: Application>(&self, start: i64, length: u64, out: &mut Delivery<'_, A>) {
        let end = start + length as i64;
        let before = (0 - start).clamp(0, length as i64) as u64;
        let late: u64 = self.gaps.iter().map(|gap| (end.min(gap.1 as i64) - start.max(gap.0 as i64)).max(0) as u64).sum();
        out.counters.shed_bytes += before + late;
        out.counters.late_bytes += late;
        out.counters.retransmitted_bytes += length - before - late;
    }
}
