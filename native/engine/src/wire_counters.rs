//! Counters of packets and streams by their published names.

use crate::connection::Connection;
use crate::counters::Counters;
use tapistry_wire::{PacketDecoder, Reassembler};

/// What became of the packets so far.
pub fn packet_counters(decoder: &PacketDecoder) -> Counters {
    let mut counters = Counters::default();
    let packets = decoder.counters();
    for (name, count) in [
        ("packets.read", packets.read),
        ("packets.decoded", packets.decoded),
        ("packets.duplicate", packets.duplicate),
        ("packets.notIp", packets.not_ip),
        ("packets.notTcp", packets.not_tcp),
        ("packets.fragmentIncomplete", packets.fragment_incomplete),
        ("packets.truncatedRecord", packets.truncated_record),
        ("packets.unknownLinkType", packets.unknown_link_type),
        ("packets.malformed", packets.malformed),
        ("packets.filtered", packets.filtered),
    ] {
        counters.add(name, count);
    }
    for (link_type, count) in &packets.link_types {
        counters.add(&format!("unknownLinkTypes.{link_type}"), *count);
    }
    for (ether_type, count) in &packets.ether_types {
        counters.add(&format!("otherEtherTypes.{ether_type:04x}"), *count);
    }
    for (protocol, count) in &packets.ip_protocols {
        counters.add(&format!("otherIpProtocols.{protocol}"), *count);
    }
    for (layer, count) in &packets.unread_layers {
        counters.add(&format!("otherLayers.{layer}"), *count);
    }
    for (layer, count) in &packets.malformed_layers {
        counters.add(&format!("malformedLayers.{layer}"), *count);
    }
    for (layer, count) in packets.layers.by_name() {
        counters.add(&format!("layers.{layer}"), count);
    }
    counters.add("limits.lawLost", packets.fragment_evictions);
    counters
}

/// What became of their streams.
pub fn stream_counters(reassembler: &Reassembler<Connection>) -> Counters {
    let mut counters = Counters::default();
    let tcp = reassembler.counters();
    for (name, count) in [
        ("tcp.flows", tcp.flows),
        ("tcp.payloadBytes", tcp.payload_bytes),
        ("tcp.deliveredBytes", tcp.delivered_bytes),
        ("tcp.retransmittedBytes", tcp.retransmitted_bytes),
        ("tcp.shedBytes", tcp.shed_bytes),
        ("tcp.overlapConflictBytes", tcp.overlap_conflict_bytes),
        ("tcp.gapBytes", tcp.gap_bytes),
        ("tcp.midstreamFlows", tcp.midstream_flows),
        ("tcp.oneWayFlows", tcp.one_way_flows),
        ("tcp.outOfOrderSegments", tcp.out_of_order_segments),
        ("tcp.portReuses", tcp.port_reuses),
        ("limits.bufferCapFlushes", tcp.buffer_cap_flushes),
        ("limits.budgetFlushes", tcp.budget_flushes),
        ("limits.evictedFlows", tcp.evicted_flows),
        ("limits.lawLost", u64::from(!tcp.law_holds())),
    ] {
        counters.add(name, count);
    }
    counters
}
