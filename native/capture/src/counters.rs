//! What a capture reader saw, as sums.

/// Counts of one capture input; each grows only, and two inputs add up field by field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it; those that do not are explained")]
pub struct Counters {
    /// Packets returned.
    pub packets: u64,
    /// Captured bytes of these packets.
    pub packet_bytes: u64,
    /// Packets of which fewer bytes were captured than were on the wire.
    pub packets_truncated: u64,
    /// Packets without a captured byte.
    pub packets_empty: u64,
    /// Packets with more captured bytes than the snap length allows; returned all the same.
    pub packets_over_snap_length: u64,
    /// Packets whose original length is below their captured one; the captured one is believed.
    pub packets_under_original: u64,
    /// Packets older than the one before them in the file.
    pub time_backwards: u64,
    /// Records that made no sense and were stepped over.
    pub malformed_records: u64,
    /// Those of them that were to hold a packet, or whose kind cannot be told.
    pub malformed_packets: u64,
    /// Option lists with a length that does not fit.
    pub malformed_options: u64,
    /// Times that reading found its way again after a bad block length.
    pub resyncs: u64,
    /// Bytes passed over to find it.
    pub resync_bytes: u64,
    /// Blocks whose length at the tail differs from the one at the head; the head is believed.
    pub tail_mismatches: u64,
    pub sections: u64,
    /// Sections of an unknown version, passed over.
    pub sections_skipped: u64,
    pub interfaces: u64,
    pub name_blocks: u64,
    pub statistics_blocks: u64,
    pub secrets_blocks: u64,
    /// Secrets blocks that did not fit into the bound and were dropped.
    pub secrets_dropped: u64,
    pub custom_blocks: u64,
    pub unknown_blocks: u64,
    /// Packets that the capturing program counted as received, the last figure of each interface.
    pub interface_received: u64,
    /// Packets that the interface or the system dropped before they were captured, the last figure of each interface.
    pub interface_dropped: u64,
}

impl Counters {
    /// Adds `other`, field by field.
    pub fn add(&mut self, other: &Self) {
        self.packets += other.packets;
        self.packet_bytes += other.packet_bytes;
        self.packets_truncated += other.packets_truncated;
        self.packets_empty += other.packets_empty;
        self.packets_over_snap_length += other.packets_over_snap_length;
        self.packets_under_original += other.packets_under_original;
        self.time_backwards += other.time_backwards;
        self.malformed_records += other.malformed_records;
        self.malformed_packets += other.malformed_packets;
        self.malformed_options += other.malformed_options;
        self.resyncs += other.resyncs;
        self.resync_bytes += other.resync_bytes;
        self.tail_mismatches += other.tail_mismatches;
        self.sections += other.sections;
        self.sections_skipped += other.sections_skipped;
        self.interfaces += other.interfaces;
        self.name_blocks += other.name_blocks;
        self.statistics_blocks += other.statistics_blocks;
        self.secrets_blocks += other.secrets_blocks;
        self.secrets_dropped += other.secrets_dropped;
        self.custom_blocks += other.custom_blocks;
        self.unknown_blocks += other.unknown_blocks;
        self.interface_received = self.interface_received.saturating_add(other.interface_received);
        self.interface_dropped = self.interface_dropped.saturating_add(other.interface_dropped);
    }
}
