//! What holds for all traffic: cutting, order and copies change nothing, the number of workers neither, and nothing panics.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tapistry_wire::{DecodeOptions, Outcome, PacketDecoder, Reassembler, ReassemblyLimits, SharedBudget};

use crate::frame::{ethernet, ipv4_between, tcp};
use crate::recorder::{Record, Recorder, Told};
use crate::script::Session;

const STARTS: [u32; 2] = [0xffff_ff00, 5000];

/// A segment of a direction (0 from the client): offset and length in its stream.
#[derive(Clone, Debug)]
struct Cut {
    side: usize,
    offset: usize,
    length: usize,
}

fn stream(side: usize, length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + side * 131 + index / 256) as u8).collect()
}

/// Both streams cut anywhere, interleaved anyhow.
fn cuts() -> impl Strategy<Value = ([usize; 2], Vec<Cut>)> {
    let lengths = prop::collection::vec((0usize..2, 1usize..60), 1..60);
    lengths.prop_map(|pieces| {
        let mut ends = [0; 2];
        let mut cuts = Vec::new();
        for (side, length) in pieces {
            cuts.push(Cut { side, offset: ends[side], length });
            ends[side] += length;
        }
        (ends, cuts)
    })
}

fn write(hosts: [u8; 2], side: usize, flags: u8, sequence: u32, acknowledgement: u32, payload: &[u8]) -> Vec<u8> {
    let (hosts, ports) = if side == 0 { (hosts, [4000, 80]) } else { ([hosts[1], hosts[0]], [80, 4000]) };
    ethernet(0x0800, &ipv4_between(hosts, 6, 1, 0, &tcp(ports, flags, sequence, acknowledgement, payload)))
}

/// Plays a handshake, the cuts in their order, and FINs.
fn play(ends: [usize; 2], cuts: &[Cut]) -> crate::script::Outcomes {
    let mut session = Session::new(ReassemblyLimits::default());
    let mut packets = vec![write([1, 2], 0, 0x02, STARTS[0].wrapping_sub(1), 0, b""), write([1, 2], 1, 0x12, STARTS[1].wrapping_sub(1), STARTS[0], b"")];
    let streams = [stream(0, ends[0]), stream(1, ends[1])];
    let mut sent = [0; 2];
    for cut in cuts {
        sent[cut.side] = sent[cut.side].max(cut.offset + cut.length);
        // Acknowledges all that was sent the other way, seen or not, as on a merged tap.
        let acknowledgement = STARTS[1 - cut.side].wrapping_add(sent[1 - cut.side] as u32);
        let payload = &streams[cut.side][cut.offset..cut.offset + cut.length];
        packets.push(write([1, 2], cut.side, 0x10, STARTS[cut.side].wrapping_add(cut.offset as u32), acknowledgement, payload));
    }
    for side in [0, 1] {
        packets.push(write([1, 2], side, 0x11, STARTS[side].wrapping_add(ends[side] as u32), STARTS[1 - side].wrapping_add(ends[1 - side] as u32), b""));
    }
    for (index, packet) in packets.iter().enumerate() {
        session.capture(1, packet, packet.len() as u32, index as i64 * 1_000_000);
    }
    session.finish()
}

fn check(ends: [usize; 2], cuts: &[Cut]) -> Result<(), TestCaseError> {
    let outcomes = play(ends, cuts);
    let told: Vec<&Told> = outcomes.record.flows.values().collect();
    prop_assert_eq!(told.len(), 1);
    prop_assert_eq!(&told[0].streams, &[stream(0, ends[0]), stream(1, ends[1])]);
    prop_assert_eq!(told[0].words.last().map(String::as_str), Some("close-Fin"));
    prop_assert_eq!((outcomes.counters.shed_bytes, outcomes.counters.gap_bytes), (0, 0));
    Ok(())
}

proptest! {
    #[test]
    fn cutting_anywhere_changes_nothing((ends, cuts) in cuts()) {
        check(ends, &cuts)?;
    }

    #[test]
    fn order_within_the_window_and_copies_change_nothing((ends, cuts) in cuts(), moves in prop::collection::vec((any::<prop::sample::Index>(), 0usize..16, any::<bool>()), 0..40)) {
        let mut cuts = cuts;
        for (place, distance, copy) in moves {
            let from = place.index(cuts.len());
            let to = (from + distance).min(cuts.len() - 1);
            if copy {
                cuts.insert(to, cuts[from].clone());
            } else if cuts.len() < 30 {
                let cut = cuts.remove(from);
                cuts.insert(to, cut);
            }
        }
        check(ends, &cuts)?;
    }

    #[test]
    fn every_packet_twice_changes_nothing((ends, cuts) in cuts()) {
        let twice: Vec<Cut> = cuts.iter().flat_map(|cut| [cut.clone(), cut.clone()]).collect();
        check(ends, &twice)?;
    }

    #[test]
    fn overlapping_copies_change_nothing((ends, cuts) in cuts(), extra in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1usize..80), 0..12)) {
        let mut all = cuts.clone();
        for (place, source, length) in extra {
            let cut = &cuts[source.index(cuts.len())];
            let length = length.min(ends[cut.side] - cut.offset);
            // Anywhere behind, but not much before: what comes earlier than the window is not a copy, it is the future.
            let from = source.index(cuts.len()).saturating_sub(8);
            all.insert(from + place.index(all.len() - from), Cut { length, ..cut.clone() });
        }
        check(ends, &all)?;
    }

    #[test]
    fn any_segments_at_all_keep_the_identities(packets in prop::collection::vec((0usize..2, any::<u8>(), prop_oneof![0u32..400, any::<u32>()], prop_oneof![0u32..400, any::<u32>()], 0usize..40, 0u32..6, 0i64..200), 0..200)) {
        let small = ReassemblyLimits { direction_bytes_max: 2000, direction_segments_max: 8, budget_bytes_max: 3000, ..ReassemblyLimits::default() };
        for limits in [ReassemblyLimits::default(), small] {
            let mut session = Session::new(limits);
            let mut time_ns = 0;
            for (side, flags, sequence, acknowledgement, length, missing, seconds) in &packets {
                // Mostly plain segments: a SYN or RST at each turn would never let a stream grow.
                let flags = if flags % 8 == 0 { flags >> 3 } else { 0x10 };
                let packet = write([1, 2], *side, flags, *sequence, *acknowledgement, &stream(*side, *length));
                let captured = packet.len() - (*missing as usize).min(*length);
                time_ns += seconds * seconds * seconds * 100_000;
                session.capture(1, &packet[..captured], packet.len() as u32, time_ns);
            }
            session.finish();
        }
    }

    #[test]
    fn any_bytes_at_all_have_one_outcome(records in prop::collection::vec((prop_oneof![Just(0u32), Just(1), Just(101), Just(113), Just(276), any::<u32>()], prop::collection::vec(any::<u8>(), 0..120), 0u32..200), 0..40)) {
        let mut session = Session::new(ReassemblyLimits::default());
        for (link_type, mut data, original) in records {
            if let Some(first) = data.first_mut() && link_type == 101 {
                *first = if *first & 1 == 0 { 0x45 } else { 0x60 };
            }
            session.capture(link_type, &data, original, 0);
        }
        session.finish();
    }

    #[test]
    fn the_number_of_workers_changes_nothing(packets in prop::collection::vec((1u8..12, 0usize..2, 0u8..24, 0u32..300, 0u32..300, 0usize..30, 0i64..60), 0..400)) {
        let one = play_workers(&packets, 1);
        for workers in [2, 3, 8] {
            prop_assert_eq!(&one, &play_workers(&packets, workers), "{} workers", workers);
        }
    }
}

/// Flows of several hosts over much event time, each worker with the flows of its hash.
fn play_workers(packets: &[(u8, usize, u8, u32, u32, usize, i64)], workers: usize) -> BTreeMap<String, Told> {
    let budget = SharedBudget::default();
    let mut decoder = PacketDecoder::new(DecodeOptions::default());
    let mut states: Vec<(Reassembler<Recorder>, Record)> =
        (0..workers).map(|_| (Reassembler::new(ReassemblyLimits::default(), budget.clone()), Record::default())).collect();
    let mut time_ns = 0;
    for (ordinal, (host, side, flags, sequence, acknowledgement, length, seconds)) in packets.iter().enumerate() {
        let flags = [0x10, 0x10, 0x10, 0x10, 0x10, 0x02, 0x12, 0x11, 0x04].get(usize::from(*flags)).copied().unwrap_or(0x10);
        time_ns += seconds * seconds * 40_000_000;
        let packet = write([*host, 200], *side, flags, *sequence, *acknowledgement, &stream(*side, *length));
        if let Outcome::Segment(segment) = decoder.decode(1, &packet, packet.len() as u32, time_ns) {
            let (reassembler, record) = &mut states[segment.header.flow_hash() as usize % workers];
            reassembler.segment(record, &segment, time_ns, ordinal as u64, 0);
        }
    }
    let mut all = BTreeMap::new();
    for (mut reassembler, mut record) in states {
        reassembler.finish(&mut record, time_ns);
        for (key, told) in record.flows {
            all.insert(format!("{key:?}"), told);
        }
    }
    all
}
