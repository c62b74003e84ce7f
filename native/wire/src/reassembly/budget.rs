//! Bounds of reassembly: per direction, and one budget that all workers share.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bounds and time-outs of reassembly. Times are event time; each is looked at when the flow's next packet comes.
#[derive(Clone, Copy, Debug)]
pub struct ReassemblyLimits {
    /// Bytes ahead of a hole kept per direction; beyond, the hole is declared a gap.
    pub direction_bytes_max: usize,
    /// Segments ahead of a hole kept per direction.
    pub direction_segments_max: usize,
    /// Bytes ahead of holes kept over all flows of all workers, bookkeeping included.
    pub budget_bytes_max: usize,
    /// Flows kept over all workers, closed ones that wait for late packets included.
    pub flows_max: usize,
    /// A flow without a packet for longer has ended.
    pub idle_timeout_ns: i64,
    /// How long a closed flow swallows late packets; also how long a reset may be disproved.
    pub closed_timeout_ns: i64,
    /// After a reset, this many packets of the flow may still bring data that was on its way.
    pub reset_packets_max: u32,
}

impl Default for ReassemblyLimits {
    fn default() -> Self {
        ReassemblyLimits {
            direction_bytes_max: 2 << 20,
            direction_segments_max: 2048,
            budget_bytes_max: 64 << 20,
            flows_max: 262_144,
            idle_timeout_ns: 300_000_000_000,
            closed_timeout_ns: 15_000_000_000,
            reset_packets_max: 32,
        }
    }
}

/// What all workers hold together: bytes ahead of holes, and flows. Clones share one account.
#[derive(Clone, Debug, Default)]
pub struct SharedBudget {
    account: Arc<Account>,
}

#[derive(Debug, Default)]
struct Account {
    bytes: AtomicUsize,
    flows: AtomicUsize,
}

impl SharedBudget {
    /// Bytes held ahead of holes, over all workers.
    pub fn bytes(&self) -> usize {
        self.account.bytes.load(Ordering::Relaxed)
    }

    /// Flows held, over all workers.
    pub fn flows(&self) -> usize {
        self.account.flows.load(Ordering::Relaxed)
    }

    pub(super) fn charge(&self, bytes: usize) {
        self.account.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(super) fn release(&self, bytes: usize) {
        self.account.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Takes one flow in; returns how many there are now.
    pub(super) fn open(&self) -> usize {
        self.account.flows.fetch_add(1, Ordering::Relaxed) + 1
    }

    pub(super) fn close(&self) {
        self.account.flows.fetch_sub(1, Ordering::Relaxed);
    }
}
