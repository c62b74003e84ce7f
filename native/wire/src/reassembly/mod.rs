//! TCP reassembly: segments in, byte streams with named gaps out.

mod budget;
mod delivery;
mod flow;
mod half;
mod list;
mod pending;
mod table;

use crate::counters::TcpCounters;
use crate::segment::{Segment, SegmentHeader};
use crate::stream::{Application, Direction, End};
pub use budget::{ReassemblyLimits, SharedBudget};
use delivery::{Delivery, Identity};
use flow::{Fate, Flow, Start, State};
use list::{Link, List, NONE};
use table::Table;

/// A flow moves to the back of its list when it was put there longer ago than this: exact enough to find the idle ones, and
/// nearly no packet pays for it.
const LISTED_NS: i64 = 10_000_000_000;
/// How much event time passes between two looks for flows to release.
const SWEEP_NS: i64 = 1_000_000_000;

/// A flow, and what it hands its bytes to.
#[derive(Debug)]
struct Slot<A> {
    hash: u64,
    identity: Identity,
    flow: Flow,
    application: Option<Box<A>>,
}

/// The flows of one worker. What is handed to the application of a flow depends on the packets of that flow alone, as long as
/// no bound is reached: `TcpCounters::law_holds`.
#[derive(Debug)]
pub struct Reassembler<A: Application> {
    limits: ReassemblyLimits,
    budget: SharedBudget,
    counters: TcpCounters,
    table: Table,
    slots: Vec<Slot<A>>,
    links: Vec<Link>,
    free: Vec<u32>,
    /// Flows that live, and those that are closed or reset.
    lists: [List; 2],
    /// Flows with bytes behind a hole; may name a flow that has none any more, but each flow once.
    waiting: Vec<u32>,
    is_waiting: Vec<bool>,
    last: u32,
    clock_ns: i64,
    sweep_ns: i64,
}

impl<A: Application> Reassembler<A> {
    /// `budget` is shared by the reassemblers of all workers.
    pub fn new(limits: ReassemblyLimits, budget: SharedBudget) -> Self {
        Reassembler {
            limits,
            budget,
            counters: TcpCounters::default(),
            table: Table::new(),
            slots: Vec::new(),
            links: Vec::new(),
            free: Vec::new(),
            lists: [List::new(), List::new()],
            waiting: Vec::new(),
            is_waiting: Vec::new(),
            last: NONE,
            clock_ns: i64::MIN,
            sweep_ns: i64::MIN,
        }
    }

    /// Takes one segment: `time_ns` since the epoch, `packet` its ordinal over the whole input, `input` which input it is from.
    /// The segment must come from `PacketDecoder`, which sets its hash. Constant time and no allocation while bytes are in order.
    pub fn segment(&mut self, shared: &mut A::Shared, segment: &Segment<'_>, time_ns: i64, packet: u64, input: u32) {
        let header = &segment.header;
        self.counters.payload_bytes += segment.payload.len() as u64;
        self.clock_ns = self.clock_ns.max(time_ns);
        let Some(index) = self.find_or_open(shared, segment, time_ns, packet, input) else {
            self.counters.shed_bytes += segment.payload.len() as u64;
            return;
        };
        let before = self.slots[index as usize].flow.state;
        let direction = self.slots[index as usize].identity.direction(header);
        let (flow, mut out) = self.delivery(shared, index, direction);
        flow.accept(segment, time_ns, packet, input, &mut out);
        if flow.reset_is_over(out.limits.reset_packets_max) {
            flow.close(End::Reset, &mut out);
        }
        let (state, waits) = (flow.state, flow.waits());
        if state != before || time_ns.saturating_sub(self.links[index as usize].listed_ns) > LISTED_NS {
            self.relist(index, before);
        }
        if waits {
            self.wait(shared, index);
        }
        if self.clock_ns >= self.sweep_ns {
            self.sweep(shared);
        }
    }

    /// The input is over: every flow ends, in the order of their first packets. `latest_ns` is the latest event time of the whole
    /// input (not of this worker): flows idle by then end with `End::Idle`, the others with `End::Input`, so that the number of
    /// workers changes nothing.
    pub fn finish(&mut self, shared: &mut A::Shared, latest_ns: i64) {
        let mut order: Vec<(u64, u32)> = Vec::new();
        for (index, slot) in self.slots.iter().enumerate() {
            if slot.flow.state != State::Free {
                order.push((slot.flow.first_packet, index as u32));
            }
        }
        order.sort_unstable();
        for (_, index) in order {
            let flow = &self.slots[index as usize].flow;
            let idle = latest_ns.saturating_sub(flow.last_ns) > self.limits.idle_timeout_ns;
            let how = match flow.state {
                State::Resetting => End::Reset,
                _ if idle => End::Idle,
                _ => End::Input,
            };
            self.release(shared, index, how);
        }
    }

    /// Event time has come to `now_ns` without a packet: what waits for its time-out is released as the next packet of any flow would release it.
    /// Every packet up to then must have been taken, to within a time-out. Without this a quiet link holds its last flows until a packet comes.
    pub fn advance(&mut self, shared: &mut A::Shared, now_ns: i64) {
        self.clock_ns = self.clock_ns.max(now_ns);
        if self.clock_ns >= self.sweep_ns {
            self.sweep(shared);
        }
    }

    /// Counts so far; the identity holds after `finish`.
    pub fn counters(&self) -> &TcpCounters {
        &self.counters
    }

    /// The flow of a segment. `None` where the segment is a SYN that is only remembered.
    fn find_or_open(&mut self, shared: &mut A::Shared, segment: &Segment<'_>, time_ns: i64, packet: u64, input: u32) -> Option<u32> {
        let header = &segment.header;
        let Some(index) = self.find(header) else {
            return Some(self.open(shared, header, None, time_ns, packet, input));
        };
        self.last = index;
        let Slot { flow, identity, .. } = &mut self.slots[index as usize];
        match flow.fate(segment, identity.direction(header), time_ns, self.limits.idle_timeout_ns, self.limits.closed_timeout_ns) {
            Fate::Same => Some(index),
            Fate::Stray => {
                flow.remember(segment);
                flow.last_ns = flow.last_ns.max(time_ns);
                None
            }
            Fate::Over(how) => {
                self.release(shared, index, how);
                Some(self.open(shared, header, None, time_ns, packet, input))
            }
            Fate::Reused(start) => {
                self.counters.port_reuses += 1;
                self.release(shared, index, End::Reused);
                Some(self.open(shared, header, Some(start), time_ns, packet, input))
            }
        }
    }

    #[inline]
    fn find(&self, header: &SegmentHeader) -> Option<u32> {
        if let Some(slot) = self.slots.get(self.last as usize)
            && slot.hash == header.hash
            && slot.identity.key == header.key
            && slot.flow.state != State::Free
        {
            return Some(self.last);
        }
        self.table.find(header.hash, |index| self.slots[index as usize].identity.key == header.key)
    }

    fn open(&mut self, shared: &mut A::Shared, header: &SegmentHeader, start: Option<Start>, time_ns: i64, packet: u64, input: u32) -> u32 {
        self.make_room(shared);
        self.counters.flows += 1;
        self.budget.open();
        let (flow, identity) = Flow::new(header, start, time_ns, packet, input);
        let slot = Slot { hash: header.hash, identity, flow, application: None };
        let index = match self.free.pop() {
            Some(index) => {
                self.slots[index as usize] = slot;
                index
            }
            None => {
                self.slots.push(slot);
                self.links.push(Link::new());
                self.is_waiting.push(false);
                (self.slots.len() - 1) as u32
            }
        };
        self.table.insert(header.hash, index);
        self.lists[0].push(&mut self.links, index, time_ns);
        self.last = index;
        index
    }

    /// Ends a flow and gives its slot back.
    fn release(&mut self, shared: &mut A::Shared, index: u32, how: End) {
        let list = list_of(self.slots[index as usize].flow.state);
        let (flow, mut out) = self.delivery(shared, index, Direction::Forward);
        flow.close(how, &mut out);
        flow.state = State::Free;
        let hash = self.slots[index as usize].hash;
        self.table.remove(hash, index);
        self.lists[list].remove(&mut self.links, index);
        self.free.push(index);
        self.budget.close();
    }

    /// Too many flows: the ones heard of longest ago go, closed ones first.
    fn make_room(&mut self, shared: &mut A::Shared) {
        if self.budget.flows() < self.limits.flows_max {
            return;
        }
        let oldest = if self.lists[1].front == NONE { self.lists[0].front } else { self.lists[1].front };
        if oldest != NONE {
            match self.slots[oldest as usize].flow.state {
                State::Closed => self.counters.forgotten_flows += 1,
                _ => self.counters.evicted_flows += 1,
            }
            self.release(shared, oldest, End::Evicted);
        }
    }

    /// Puts a flow at the back of the list of its state.
    fn relist(&mut self, index: u32, before: State) {
        let flow = &self.slots[index as usize].flow;
        self.lists[list_of(before)].remove(&mut self.links, index);
        self.lists[list_of(flow.state)].push(&mut self.links, index, flow.last_ns);
    }

    /// Releases flows whose time is over. Twice the time-outs, so that a packet somewhat out of order finds its flow: whether a
    /// flow is released here, at its next packet or at the end, its application sees the same.
    fn sweep(&mut self, shared: &mut A::Shared) {
        self.sweep_ns = self.clock_ns.saturating_add(SWEEP_NS);
        for (list, timeout_ns, how) in [(0, self.limits.idle_timeout_ns, End::Idle), (1, self.limits.closed_timeout_ns, End::Reset)] {
            let until = self.clock_ns.saturating_sub(timeout_ns.saturating_mul(2));
            while self.lists[list].front != NONE {
                let index = self.lists[list].front;
                if self.links[index as usize].listed_ns >= until {
                    break;
                }
                let flow = &self.slots[index as usize].flow;
                if flow.last_ns < until {
                    self.release(shared, index, how);
                } else {
                    let state = flow.state;
                    self.relist(index, state);
                }
            }
        }
    }

    /// Notes that a flow holds bytes; over the budget, the flow oldest in event time gives its own back first.
    fn wait(&mut self, shared: &mut A::Shared, index: u32) {
        if !std::mem::replace(&mut self.is_waiting[index as usize], true) {
            self.waiting.push(index);
        }
        if self.budget.bytes() <= self.limits.budget_bytes_max {
            return;
        }
        let mut order = std::mem::take(&mut self.waiting);
        order.sort_unstable_by_key(|index| {
            let flow = &self.slots[*index as usize].flow;
            std::cmp::Reverse((flow.last_ns, flow.first_packet))
        });
        while self.budget.bytes() > self.limits.budget_bytes_max / 8 * 7 {
            let Some(oldest) = order.pop() else { break };
            self.is_waiting[oldest as usize] = false;
            let state = self.slots[oldest as usize].flow.state;
            if state == State::Free || !self.slots[oldest as usize].flow.waits() {
                continue;
            }
            self.counters.budget_flushes += 1;
            let (flow, mut out) = self.delivery(shared, oldest, Direction::Forward);
            flow.flush(&mut out);
        }
        self.waiting = order;
    }

    fn delivery<'r>(&'r mut self, shared: &'r mut A::Shared, index: u32, direction: Direction) -> (&'r mut Flow, Delivery<'r, A>) {
        let Slot { identity, flow, application, .. } = &mut self.slots[index as usize];
        let delivery = Delivery { shared, counters: &mut self.counters, budget: &self.budget, limits: &self.limits, application, identity, direction };
        (flow, delivery)
    }
}

const fn list_of(state: State) -> usize {
    match state {
        State::Live => 0,
        State::Resetting | State::Closed | State::Free => 1,
    }
}
