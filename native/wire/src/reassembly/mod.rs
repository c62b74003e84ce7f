//! TCP reassembly: segments in, byte streams with named gaps out.

mod budget;

use std::marker::PhantomData;

use crate::counters::TcpCounters;
use crate::segment::Segment;
use crate::stream::Application;
pub use budget::{ReassemblyLimits, SharedBudget};

/// The flows of one worker.
#[derive(Debug)]
pub struct Reassembler<A: Application> {
    limits: ReassemblyLimits,
    budget: SharedBudget,
    counters: TcpCounters,
    applications: PhantomData<A>,
}

impl<A: Application> Reassembler<A> {
    /// `budget` is shared by the reassemblers of all workers.
    pub fn new(limits: ReassemblyLimits, budget: SharedBudget) -> Self {
        Reassembler { limits, budget, counters: TcpCounters::default(), applications: PhantomData }
    }

    /// Takes one segment: `time_ns` since the epoch, `packet` its ordinal over the whole input, `input` which input it is from.
    pub fn segment(&mut self, shared: &mut A::Shared, segment: &Segment<'_>, time_ns: i64, packet: u64, input: u32) {
        let _ = (shared, segment, time_ns, packet, input, &self.limits, &self.budget);
    }

    /// The input is over: every flow ends, in the order of their first packets. `latest_ns` is the latest event time of the whole
    /// input (not of this worker): flows idle by then end with `End::Idle`, the others with `End::Input`, so that the number of
    /// workers changes nothing.
    pub fn finish(&mut self, shared: &mut A::Shared, latest_ns: i64) {
        let _ = (shared, latest_ns);
    }

    /// Counts so far; the identity holds after `finish`.
    pub fn counters(&self) -> &TcpCounters {
        &self.counters
    }
}
