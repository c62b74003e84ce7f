//! How it stands with an interface, and what was seen of it.

/// Whether packets can come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// The interface is up and captured from.
    Up,
    /// It is there, but down.
    Down,
    /// No interface has the name now.
    #[default]
    Missing,
    /// It is there, but cannot be captured from; [`Status::reason`] says why.
    Refused,
}

impl State {
    /// The published name: `up`, `down`, `missing`, `refused`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Missing => "missing",
            Self::Refused => "refused",
        }
    }
}

/// One member's view of its interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// Whether packets can come.
    pub state: State,
    /// Why they cannot where they should, one line.
    pub reason: Option<String>,
    /// What was seen.
    pub counters: LiveCounters,
}

/// Counts of one member; they only grow, and members add up. While a member reads, `kernel_received` is `packets + malformed_records +
/// kernel_dropped` and what waits in the ring.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveCounters {
    /// Packets handed on, those that the filter left out included where it does not run in the kernel.
    pub packets: u64,
    /// Captured bytes of these packets.
    pub packet_bytes: u64,
    /// Packets of which the ring holds fewer bytes than were on the wire.
    pub packets_truncated: u64,
    /// Records of the ring that made no sense.
    pub malformed_records: u64,
    /// Packets that the kernel took for this member after its filter, dropped ones included.
    pub kernel_received: u64,
    /// Packets that the kernel dropped since the ring was full.
    pub kernel_dropped: u64,
    /// Times that the ring was full.
    pub kernel_freezes: u64,
    /// Times that the interface was opened: above 1 it was taken away and came again.
    pub opened: u64,
}

impl LiveCounters {
    /// Whether everything that the kernel counted was handed on or dropped.
    pub fn has_read_all(&self) -> bool {
        self.kernel_received == self.packets + self.malformed_records + self.kernel_dropped
    }

    /// Adds `other`, field by field.
    pub fn add(&mut self, other: &Self) {
        self.packets += other.packets;
        self.packet_bytes += other.packet_bytes;
        self.packets_truncated += other.packets_truncated;
        self.malformed_records += other.malformed_records;
        self.kernel_received += other.kernel_received;
        self.kernel_dropped += other.kernel_dropped;
        self.kernel_freezes += other.kernel_freezes;
        self.opened += other.opened;
    }
}
