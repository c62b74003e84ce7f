//! What the streams of one flow are handed to: the application, opened when there is something for it, and the counters.

use crate::address::FlowKey;
use crate::counters::TcpCounters;
use crate::link::LayerSet;
use crate::reassembly::budget::{ReassemblyLimits, SharedBudget};
use crate::segment::SegmentHeader;
use crate::stream::{Application, At, Direction, End, FlowInfo};
use crate::weird::{Weird, WeirdSet};

/// Facts of a flow that its application is told.
#[derive(Debug)]
pub(super) struct Identity {
    pub key: FlowKey,
    /// Whether `Direction::Forward` is from the key's first endpoint.
    pub forward_first: bool,
    pub midstream: bool,
    /// Around its first packet.
    pub layers: LayerSet,
    /// A direction that ended before there was an application to tell.
    pub early_end: Option<Box<(Direction, End, At)>>,
    /// Oddities from before there was one.
    pub early_weirds: WeirdSet,
}

impl Identity {
    /// Which way a packet of the flow goes.
    #[inline]
    pub fn direction(&self, header: &SegmentHeader) -> Direction {
        if header.from_first == self.forward_first { Direction::Forward } else { Direction::Backward }
    }

    fn flow_info(&self) -> FlowInfo {
        let (from, to) = (usize::from(!self.forward_first), usize::from(self.forward_first));
        let tags = self.key.tags();
        FlowInfo {
            endpoints: [self.key.endpoint(from), self.key.endpoint(to)],
            vlans: tags.vlans().collect(),
            networks: tags.networks().collect(),
            layers: self.layers,
            midstream: self.midstream,
        }
    }
}

/// Borrowed for one segment, or for the end of a flow.
pub(super) struct Delivery<'r, A: Application> {
    pub shared: &'r mut A::Shared,
    pub counters: &'r mut TcpCounters,
    pub budget: &'r SharedBudget,
    pub limits: &'r ReassemblyLimits,
    pub application: &'r mut Option<Box<A>>,
    pub identity: &'r mut Identity,
    pub direction: Direction,
}

impl<A: Application> Delivery<'_, A> {
    #[inline]
    pub fn data(&mut self, bytes: &[u8], at: &At) {
        self.counters.delivered_bytes += bytes.len() as u64;
        let direction = self.direction;
        let (application, shared) = self.open();
        application.data(shared, direction, bytes, at);
    }

    pub fn gap(&mut self, length: u64, at: &At) {
        self.counters.gap_bytes += length;
        self.counters.gaps += 1;
        let direction = self.direction;
        let (application, shared) = self.open();
        application.gap(shared, direction, length, at);
    }

    pub fn end(&mut self, how: End, at: &At) {
        match self.application {
            Some(application) => application.end(self.shared, self.direction, how, at),
            None => self.identity.early_end = Some(Box::new((self.direction, how, *at))),
        }
    }

    pub fn weird(&mut self, weird: Weird) {
        match self.application {
            Some(application) => application.weird(self.shared, weird),
            None => self.identity.early_weirds.insert(weird),
        }
    }

    /// Counts copies of buffered bytes, and says so where they differ.
    pub fn known(&mut self, bytes: u64, conflicting: u64) {
        self.counters.retransmitted_bytes += bytes;
        if conflicting > 0 {
            self.counters.overlap_conflict_bytes += conflicting;
            self.weird(Weird::TcpOverlapConflict);
        }
    }

    #[inline]
    fn open(&mut self) -> (&mut A, &mut A::Shared) {
        let application = self.application.get_or_insert_with(|| {
            self.counters.midstream_flows += u64::from(self.identity.midstream);
            let mut application = Box::new(A::open(self.shared, &self.identity.flow_info()));
            for weird in self.identity.early_weirds.iter() {
                application.weird(self.shared, weird);
            }
            if let Some(early) = self.identity.early_end.take() {
                application.end(self.shared, early.0, early.1, &early.2);
            }
            application
        });
        (application, self.shared)
    }
}
