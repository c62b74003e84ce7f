//! What was read and what became of it. Every counter is part of an identity, so that nothing goes missing in silence.

use std::collections::BTreeMap;

use crate::link::{Drop, LayerSet};

/// The most different link types, or EtherTypes, counted by number; the rest is in the total alone.
const NUMBERS_MAX: usize = 64;

/// Outcomes of records: `read = decoded + duplicate + not_ip + not_tcp + fragment_incomplete + truncated_record +
/// unknown_link_type + malformed + filtered` once the decoder has finished.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PacketCounters {
    /// Records given to the decoder.
    pub read: u64,
    /// TCP segments, and fragments that became part of one.
    pub decoded: u64,
    /// Copies dropped as such; always 0 here, since TCP counts them as retransmitted bytes.
    pub duplicate: u64,
    /// Not IP.
    pub not_ip: u64,
    /// IP without TCP inside.
    pub not_tcp: u64,
    /// Fragments whose datagram never became complete.
    pub fragment_incomplete: u64,
    /// Cut by the capture inside a header.
    pub truncated_record: u64,
    /// Link types without a row.
    pub unknown_link_type: u64,
    /// Headers that contradict themselves, or layers nested too deep.
    pub malformed: u64,
    /// Left out by a packet filter before they were decoded.
    pub filtered: u64,
    /// Datagrams given up because a bound of the defragmenter was reached; not an outcome.
    pub fragment_evictions: u64,
    /// `unknown_link_type` by number.
    pub link_types: BTreeMap<u32, u64>,
    /// `not_ip` by EtherType.
    pub ether_types: BTreeMap<u16, u64>,
    /// `not_tcp` by protocol number.
    pub ip_protocols: BTreeMap<u8, u64>,
    /// `malformed` by layer.
    pub malformed_layers: BTreeMap<&'static str, u64>,
    /// The part of `not_ip` of known layers that hold nothing to read, by name.
    pub unread_layers: BTreeMap<&'static str, u64>,
    /// Packets by the kinds of layers around them.
    pub layers: LayerCounts,
}

impl PacketCounters {
    /// Counts `packets` records dropped for one reason.
    pub(crate) fn count(&mut self, drop: Drop, packets: u64) {
        match drop {
            Drop::UnknownLinkType(number) => {
                self.unknown_link_type += packets;
                bump(&mut self.link_types, number, packets);
            }
            Drop::NotIp(number) => {
                self.not_ip += packets;
                bump(&mut self.ether_types, number, packets);
            }
            Drop::NotTcp(number) => {
                self.not_tcp += packets;
                *self.ip_protocols.entry(number).or_default() += packets;
            }
            Drop::Unread(name) => {
                self.not_ip += packets;
                *self.unread_layers.entry(name).or_default() += packets;
            }
            Drop::TruncatedRecord => self.truncated_record += packets,
            Drop::Malformed(layer) => {
                self.malformed += packets;
                *self.malformed_layers.entry(layer).or_default() += packets;
            }
        }
    }

    /// Adds the counts of another decoder.
    pub fn add(&mut self, other: &PacketCounters) {
        self.read += other.read;
        self.decoded += other.decoded;
        self.duplicate += other.duplicate;
        self.not_ip += other.not_ip;
        self.not_tcp += other.not_tcp;
        self.fragment_incomplete += other.fragment_incomplete;
        self.truncated_record += other.truncated_record;
        self.unknown_link_type += other.unknown_link_type;
        self.malformed += other.malformed;
        self.filtered += other.filtered;
        self.fragment_evictions += other.fragment_evictions;
        for (number, packets) in &other.link_types {
            bump(&mut self.link_types, *number, *packets);
        }
        for (number, packets) in &other.ether_types {
            bump(&mut self.ether_types, *number, *packets);
        }
        for (number, packets) in &other.ip_protocols {
            *self.ip_protocols.entry(*number).or_default() += packets;
        }
        for (layer, packets) in &other.malformed_layers {
            *self.malformed_layers.entry(layer).or_default() += packets;
        }
        for (layer, packets) in &other.unread_layers {
            *self.unread_layers.entry(layer).or_default() += packets;
        }
        self.layers.add(&other.layers);
    }

    /// The sum of all outcomes; equals `read` after `finish`.
    pub fn outcomes(&self) -> u64 {
        let not_this = self.not_ip + self.not_tcp + self.unknown_link_type;
        let not_whole = self.fragment_incomplete + self.truncated_record + self.malformed;
        self.decoded + self.duplicate + not_this + not_whole + self.filtered
    }
}

/// How many packets had which layers. Most packets have those of the one before, so that one comparison counts them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LayerCounts {
    now: LayerSet,
    run: u64,
    before: BTreeMap<&'static str, u64>,
}

impl LayerCounts {
    #[inline]
    pub(crate) fn count(&mut self, layers: LayerSet, packets: u64) {
        if layers != self.now {
            self.settle();
            self.now = layers;
        }
        self.run += packets;
    }

    /// Packets by name of layer; one that is there several times in a packet counts once.
    pub fn by_name(&self) -> BTreeMap<&'static str, u64> {
        let mut settled = self.clone();
        settled.settle();
        settled.before
    }

    fn settle(&mut self) {
        let run = std::mem::take(&mut self.run);
        for name in self.now.names().filter(|_| run > 0) {
            *self.before.entry(name).or_default() += run;
        }
    }

    fn add(&mut self, other: &LayerCounts) {
        for (name, packets) in other.by_name() {
            *self.before.entry(name).or_default() += packets;
        }
    }
}

fn bump<N: Ord>(counts: &mut BTreeMap<N, u64>, number: N, packets: u64) {
    if counts.len() < NUMBERS_MAX || counts.contains_key(&number) {
        *counts.entry(number).or_default() += packets;
    }
}

macro_rules! tcp_counters {
    ($($(#[$doc:meta])* $field:ident),+ $(,)?) => {
        /// What reassembly did with the payload: `payload_bytes = delivered_bytes + retransmitted_bytes + shed_bytes` after `finish`.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct TcpCounters { $($(#[$doc])* pub $field: u64),+ }

        impl TcpCounters {
            /// Adds the counts of another worker.
            pub fn add(&mut self, other: &TcpCounters) {
                $(self.$field += other.$field;)+
            }
        }
    };
}

tcp_counters! {
    /// Flows, with or without payload.
    flows,
    /// Payload bytes of all segments.
    payload_bytes,
    /// Handed to the application, each byte of a stream once.
    delivered_bytes,
    /// Copies of bytes delivered or buffered before, conflicting ones included.
    retransmitted_bytes,
    /// Seen but not delivered: after its gap was declared, before the stream's start, after its end, out of window.
    shed_bytes,
    /// The part of `shed_bytes` that fell into a gap already declared.
    late_bytes,
    /// The part of `shed_bytes` whose sequence number was not plausible.
    out_of_window_bytes,
    /// Bytes of `retransmitted_bytes` that differ from the copy buffered first.
    overlap_conflict_bytes,
    /// Bytes that never came, of declared gaps; not part of the identity.
    gap_bytes,
    /// Declared gaps.
    gaps,
    /// Flows with payload whose beginning was not seen.
    midstream_flows,
    /// Flows with payload of which one direction alone was seen.
    one_way_flows,
    /// Segments that came ahead of a hole.
    out_of_order_segments,
    /// Resets without a plausible sequence number, or disproved by what followed.
    resets_ignored,
    /// Connections that reused the ports of one before.
    port_reuses,
    /// Segments with SYN and payload.
    syn_data_segments,
    /// Segments with payload after a reset.
    data_after_reset_segments,
    /// Gaps declared because a direction's buffer was full; the law of order then no longer holds.
    buffer_cap_flushes,
    /// Flows whose buffers were flushed because the shared budget was exceeded; the same.
    budget_flushes,
    /// Flows ended because there were too many; the same.
    evicted_flows,
    /// Closed flows forgotten early because there were too many: a packet later than that counts as a flow of its own.
    forgotten_flows,
}

impl TcpCounters {
    /// Whether no bound was reached, so that the result is free of the order of packets and the number of workers.
    pub const fn law_holds(&self) -> bool {
        self.buffer_cap_flushes == 0 && self.budget_flushes == 0 && self.evicted_flows == 0
    }
}
