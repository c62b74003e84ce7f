//! One TCP connection as a tap sees it: two directions, how it began, how it ends.

use crate::reassembly::delivery::{Delivery, Identity};
use crate::reassembly::half::{Base, Half};
use crate::segment::{Segment, SegmentHeader};
use crate::stream::{Application, At, Direction, End};
use crate::weird::{Weird, WeirdSet};

/// After this many packets of a flow, what was acknowledged counts as settled: merged taps show acknowledgements before
/// their data, so a hole that was acknowledged may still be filled for one to two such periods.
const MARK_PACKETS: u32 = 32;
/// In a one-way capture nobody acknowledges; a hole that stays for this many packets is a gap.
const ALONE_PACKETS: u32 = 128;
/// A reset this far from the expected sequence number is not believed; a late segment this far is of another connection.
const PLAUSIBLE_BYTES_MAX: u64 = 1 << 20;

/// Where a flow is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Bytes may come.
    Live,
    /// A reset was seen; what was on its way may still come.
    Resetting,
    /// The application is closed; late packets are swallowed.
    Closed,
    /// The slot is free.
    Free,
}

/// What a packet means for a flow that has its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is of the flow.
    Same,
    /// The flow is over; a new one begins.
    Over(End),
    /// A new connection has reused the ports; its SYN was seen before.
    Reused(Start),
    /// A SYN that may begin a new connection: remembered, otherwise ignored.
    Stray,
}

/// Sequence numbers of the SYNs that a new flow is known to have had, by the sender's place in the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Start {
    pub syn_sequences: [Option<u32>; 2],
    /// Whether the second endpoint of the key sent the SYN without ACK.
    pub opener_second: bool,
}

/// A reset that was believed so far.
#[derive(Clone, Copy, Debug)]
struct Reset {
    direction: Direction,
    offset: i64,
    packets: u32,
}

/// State of one flow, without what its application is told.
#[derive(Debug)]
pub(super) struct Flow {
    pub state: State,
    /// Time of the latest packet, in event time; never goes backwards.
    pub last_ns: i64,
    /// Ordinal of the first packet, by which flows are told apart and ordered.
    pub first_packet: u64,
    halves: [Half; 2],
    packets: u32,
    last: At,
    reset: Option<Reset>,
    candidate: Option<Start>,
    /// A packet was cut that may still come whole.
    has_cut: bool,
}

impl Flow {
    /// A flow that begins with this packet, or began with the SYNs of `start`.
    pub fn new(header: &SegmentHeader, start: Option<Start>, time_ns: i64, packet: u64, input: u32) -> (Self, Identity) {
        let forward_first = match start {
            Some(start) => !start.opener_second,
            None => header.from_first != (header.syn() && header.ack()),
        };
        let mut halves = [Half::new(), Half::new()];
        for (place, sequence) in start.unwrap_or_default().syn_sequences.iter().enumerate() {
            if let Some(sequence) = sequence {
                let half = &mut halves[usize::from((place == 0) != forward_first)];
                half.start(*sequence);
                half.seen = true;
            }
        }
        let flow = Flow {
            state: State::Live,
            last_ns: time_ns,
            first_packet: packet,
            halves,
            packets: 0,
            last: At { time_ns, packet, offset: 0, peer_acked: 0, peer_seen: false, input },
            reset: None,
            candidate: None,
            has_cut: false,
        };
        let midstream = start.is_none() && !header.syn();
        (flow, Identity { key: header.key, forward_first, midstream, layers: header.layers, early_end: None, early_weirds: WeirdSet::default() })
    }

    /// Whether bytes of the flow wait behind a hole.
    #[inline]
    pub fn waits(&self) -> bool {
        self.halves[0].waits() || self.halves[1].waits()
    }

    /// Whether the packet is of this flow. `idle_ns` and `closed_ns` are the time-outs.
    #[inline]
    pub fn fate(&self, segment: &Segment<'_>, direction: Direction, time_ns: i64, idle_ns: i64, closed_ns: i64) -> Fate {
        let header = &segment.header;
        if self.state == State::Live && header.plain() && self.candidate.is_none() && time_ns.saturating_sub(self.last_ns) <= idle_ns {
            return Fate::Same;
        }
        self.fate_odd(segment, direction, time_ns.saturating_sub(self.last_ns), idle_ns, closed_ns)
    }

    #[cold]
    fn fate_odd(&self, segment: &Segment<'_>, direction: Direction, quiet_ns: i64, idle_ns: i64, closed_ns: i64) -> Fate {
        let header = &segment.header;
        let half = &self.halves[direction.index()];
        match self.state {
            State::Live if quiet_ns > idle_ns => return Fate::Over(End::Idle),
            State::Resetting if quiet_ns > closed_ns => return Fate::Over(End::Reset),
            State::Closed if quiet_ns > closed_ns => return Fate::Over(End::Reused),
            State::Closed => {
                let far = half.base == Base::Known && half.position(header.sequence).abs_diff(half.next as i64) > PLAUSIBLE_BYTES_MAX;
                let new = if header.syn() { !half.is_start(header.sequence) } else { far && !segment.payload.is_empty() };
                return if new { Fate::Over(End::Reused) } else { Fate::Same };
            }
            _ => {}
        }
        if header.rst() {
            return Fate::Same;
        }
        if let Some(start) = self.candidate
            && self.confirms(header, &start)
        {
            return Fate::Reused(start);
        }
        if !header.syn() || half.is_start(header.sequence) && (self.state == State::Live || self.carries()) {
            return Fate::Same;
        }
        if self.state == State::Resetting && !header.ack() {
            return Fate::Over(End::Reset);
        }
        if self.fits_syn(header, direction) { Fate::Same } else { Fate::Stray }
    }

    /// Remembers a SYN that may begin a new connection.
    pub fn remember(&mut self, segment: &Segment<'_>) {
        let header = &segment.header;
        let place = usize::from(!header.from_first);
        let mut start = self.candidate.unwrap_or_default();
        start.syn_sequences[place] = Some(header.sequence);
        start.opener_second = header.from_first == header.ack();
        self.candidate = Some(start);
    }

    /// Takes a packet of the flow.
    #[inline]
    pub fn accept<A: Application>(&mut self, segment: &Segment<'_>, time_ns: i64, packet: u64, input: u32, out: &mut Delivery<'_, A>) {
        let header = &segment.header;
        let direction = out.direction;
        self.last_ns = self.last_ns.max(time_ns);
        self.packets = self.packets.wrapping_add(1);
        if self.packets.is_multiple_of(MARK_PACKETS) {
            self.mark();
        }
        let cut_end = if self.has_cut { self.settle_cut(segment, out) } else { 0 };
        let (half, other) = match &mut self.halves {
            [forward, backward] if direction == Direction::Forward => (forward, backward),
            [forward, backward] => (backward, forward),
        };
        half.seen = true;
        if header.plain() && half.base == Base::Known && self.state == State::Live {
            let peer_acked = if header.ack() { other.acknowledge(header.acknowledgement) } else { other.acked() };
            let at = At { time_ns, packet, offset: 0, peer_acked, peer_seen: other.seen, input };
            self.last = at;
            if !segment.payload.is_empty() || header.missing > 0 {
                half.accept(half.position(header.sequence), segment.payload, header.missing, &at, out);
            }
        } else {
            let at = At { time_ns, packet, offset: 0, peer_acked: 0, peer_seen: other.seen, input };
            self.accept_odd(segment, direction, at, out);
        }
        if header.missing > 0 || cut_end > 0 {
            let half = &mut self.halves[direction.index()];
            half.cut_to(cut_end, &self.last);
            self.has_cut = half.is_cut();
        }
        if self.waits() {
            self.settle(out);
        }
        if self.halves[0].ended && self.halves[1].ended && self.state != State::Closed {
            self.close(End::Fin, out);
        }
    }

    /// Ends both directions after what waits, and closes the application.
    pub fn close<A: Application>(&mut self, how: End, out: &mut Delivery<'_, A>) {
        if matches!(self.state, State::Closed | State::Free) {
            return;
        }
        if how == End::Evicted {
            out.weird(Weird::TcpEvicted);
        }
        let trusted = self.one_way();
        for direction in [Direction::Forward, Direction::Backward] {
            out.direction = direction;
            self.halves[direction.index()].flush(trusted, out);
        }
        for direction in [Direction::Forward, Direction::Backward] {
            out.direction = direction;
            self.halves[direction.index()].close(how, trusted, &self.last, out);
        }
        self.state = State::Closed;
        self.candidate = None;
        if out.application.is_some() && self.one_way() {
            out.counters.one_way_flows += 1;
            out.weird(Weird::TcpOneWay);
        }
        if let Some(application) = out.application.take() {
            application.close(out.shared, how);
        }
    }

    /// Declares every hole a gap, to give the memory behind it back.
    pub fn flush<A: Application>(&mut self, out: &mut Delivery<'_, A>) {
        let trusted = self.one_way();
        for direction in [Direction::Forward, Direction::Backward] {
            out.direction = direction;
            self.halves[direction.index()].flush(trusted, out);
        }
    }

    /// Whether any payload was handed on, or declared missing.
    fn carries(&self) -> bool {
        self.halves[0].next > 0 || self.halves[1].next > 0
    }

    fn one_way(&self) -> bool {
        self.halves[0].seen != self.halves[1].seen
    }

    fn mark(&mut self) {
        let alone = self.one_way() && self.packets.is_multiple_of(ALONE_PACKETS);
        for half in &mut self.halves {
            half.mark(alone && half.seen);
        }
    }

    /// Whether a packet shows that the remembered SYN was of a real connection: it continues it, or acknowledges it.
    fn confirms(&self, header: &SegmentHeader, start: &Start) -> bool {
        let place = usize::from(!header.from_first);
        let follows = |sequence: Option<u32>, number: u32| sequence.is_some_and(|sequence| number == sequence.wrapping_add(1));
        !header.syn() && follows(start.syn_sequences[place], header.sequence) || header.ack() && follows(start.syn_sequences[1 - place], header.acknowledgement)
    }

    /// Whether a SYN can be of the flow as known so far: the other side's half of the handshake.
    fn fits_syn(&self, header: &SegmentHeader, direction: Direction) -> bool {
        let (half, other) = (&self.halves[direction.index()], &self.halves[direction.reverse().index()]);
        match half.base {
            Base::Known => half.is_start(header.sequence),
            Base::Acknowledged => half.is_start(header.sequence) || (other.syn && half.next == 0 && half.acked() == 0),
            Base::Unknown => other.base == Base::Unknown || other.syn || header.ack(),
        }
    }

    /// Packets with SYN, FIN or RST, first ones of a direction, and all of a flow that is over or may be.
    #[cold]
    fn accept_odd<A: Application>(&mut self, segment: &Segment<'_>, direction: Direction, mut at: At, out: &mut Delivery<'_, A>) {
        let header = &segment.header;
        let length = segment.payload.len() as u64;
        if header.rst() {
            out.counters.shed_bytes += length;
            self.reset(header, direction, out);
            return;
        }
        if self.state == State::Closed {
            self.halves[direction.index()].count_dead(self.halves[direction.index()].position(header.sequence), length, out);
            return;
        }
        let (half, other) = match &mut self.halves {
            [forward, backward] if direction == Direction::Forward => (forward, backward),
            [forward, backward] => (backward, forward),
        };
        if header.syn() && half.next == 0 && !half.waits() {
            half.start(header.sequence);
            out.identity.midstream = false;
        } else if half.base != Base::Known {
            half.join(header.sequence);
        }
        at.peer_acked = if header.ack() { other.acknowledge(header.acknowledgement) } else { other.acked() };
        self.last = at;
        let start = half.position(header.sequence.wrapping_add(u32::from(header.syn())));
        if header.syn() && length > 0 {
            out.counters.syn_data_segments += 1;
        }
        if length > 0 || header.missing > 0 {
            half.accept(start, segment.payload, header.missing, &at, out);
        }
        let end = start + length as i64 + i64::from(header.missing);
        if header.fin() {
            half.finish_at(end, &at, out);
        }
        if header.syn() && length > 0 {
            out.weird(Weird::TcpSynData);
        }
        if self.state == State::Resetting {
            self.reconsider(direction, end, length, out);
        }
    }

    /// A reset ends the flow only when its sequence number is plausible, and only when nothing disproves it.
    fn reset<A: Application>(&mut self, header: &SegmentHeader, direction: Direction, out: &mut Delivery<'_, A>) {
        if self.state != State::Live {
            return;
        }
        let (half, other) = (&self.halves[direction.index()], &self.halves[direction.reverse().index()]);
        let offset = half.position(header.sequence);
        let near = half.base == Base::Unknown || offset.abs_diff(half.next as i64) <= PLAUSIBLE_BYTES_MAX;
        // A refused connection is reset with sequence number 0 and an acknowledgement of the SYN.
        let refused = header.ack() && half.base != Base::Known && other.base == Base::Known && other.position(header.acknowledgement) == other.next as i64;
        if !near && !refused {
            out.counters.resets_ignored += 1;
            return;
        }
        let offset = if near && half.base != Base::Unknown { offset.max(half.next as i64) } else { 0 };
        self.state = State::Resetting;
        self.reset = Some(Reset { direction, offset, packets: self.packets });
    }

    /// Whoever resets a connection sends nothing new on it: new bytes show that the reset was forged or refused.
    fn reconsider<A: Application>(&mut self, direction: Direction, end: i64, length: u64, out: &mut Delivery<'_, A>) {
        if length == 0 {
            return;
        }
        out.counters.data_after_reset_segments += 1;
        out.weird(Weird::TcpDataAfterRst);
        if self.reset.is_some_and(|reset| reset.direction == direction && end > reset.offset && !self.halves[direction.index()].ended) {
            out.counters.resets_ignored += 1;
            self.state = State::Live;
            self.reset = None;
        }
    }

    /// Before a packet, with one that was cut behind it: tells where what was cut off ends, where this one is a copy that brings some of it.
    #[cold]
    fn settle_cut<A: Application>(&mut self, segment: &Segment<'_>, out: &mut Delivery<'_, A>) -> u64 {
        let (header, direction) = (&segment.header, out.direction);
        self.has_cut = false;
        let mut end = 0;
        for side in [direction.reverse(), direction] {
            out.direction = side;
            let half = &mut self.halves[side.index()];
            let start = half.position(header.sequence.wrapping_add(u32::from(header.syn())));
            end = half.settle_cut((side == direction).then_some((start, segment.payload.len() as u64 + u64::from(header.missing))), out);
        }
        end
    }

    fn settle<A: Application>(&mut self, out: &mut Delivery<'_, A>) {
        for direction in [Direction::Forward, Direction::Backward] {
            out.direction = direction;
            if self.halves[direction.index()].waits() {
                self.halves[direction.index()].settle(out);
            }
        }
    }

    /// Whether a reset has stood for as many packets of the flow as may still have been on their way.
    pub fn reset_is_over(&self, packets_max: u32) -> bool {
        self.state == State::Resetting && self.reset.is_some_and(|reset| self.packets.wrapping_sub(reset.packets) > packets_max)
    }
}
