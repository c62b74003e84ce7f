//! Copies of packets: what is one, what is none, and that networks which carry copies of each other's packets give one flow.

use tapistry_wire::{DecodeOptions, Outcome, PacketDecoder, ReassemblyLimits};

use crate::frame::{ethernet, ipv4, ipv4_between, tcp};
use crate::recorder::Told;
use crate::script::Session;

const MS_NS: i64 = 1_000_000;

fn packet(id: u16, flags: u8, sequence: u32, payload: &[u8]) -> Vec<u8> {
    ipv4(6, id, 0, &tcp([4000, 80], flags, sequence, 500, payload))
}

fn tagged(vlan: u8, packet: &[u8]) -> Vec<u8> {
    [&[0; 12][..], &[0x81, 0, 0, vlan, 8, 0], packet].concat()
}

fn in_vxlan(packet: &[u8]) -> Vec<u8> {
    let inner = [&[8, 0, 0, 0, 0, 0, 5, 0][..], &ethernet(0x0800, packet)].concat();
    let length = (8 + inner.len() as u16).to_be_bytes();
    ethernet(0x0800, &ipv4_between([31, 32], 17, 9, 0, &[&[0xc0, 0, 0x12, 0xb5][..], &length, &[0, 0], &inner].concat()))
}

fn changed(packet: &[u8], places: &[usize]) -> Vec<u8> {
    let mut packet = packet.to_vec();
    places.iter().for_each(|place| packet[*place] ^= 0x55);
    packet
}

/// Whether the second of two frames is dropped as a copy of the first.
fn is_dropped(options: DecodeOptions, frames: [&[u8]; 2], apart_ns: i64) -> bool {
    let mut decoder = PacketDecoder::new(options);
    let outcomes = frames.map(|frame| {
        let time_ns = if frame == frames[1] { 1_000_000_000 + apart_ns } else { 1_000_000_000 };
        matches!(decoder.decode(1, frame, frame.len() as u32, time_ns), Outcome::Duplicate)
    });
    let counters = decoder.counters();
    assert_eq!((outcomes[0], counters.read, counters.outcomes()), (false, 2, 2));
    assert_eq!(counters.duplicate, u64::from(outcomes[1]));
    outcomes[1]
}

#[test]
fn w11_what_is_a_copy() {
    let plain = packet(7, 0x18, 100, b"a payload of more than sixteen bytes, less than sixty-four");
    let first = ethernet(0x0800, &plain);
    let options = DecodeOptions::default();
    let copies: [(&str, Vec<u8>); 6] = [
        ("the same", first.clone()),
        ("routed: another TTL, checksum and Ethernet address", changed(&first, &[0, 6, 14 + 8, 14 + 10])),
        ("the card filled in the checksum of TCP", changed(&first, &[14 + 20 + 16, 14 + 20 + 17])),
        ("another VLAN", tagged(9, &plain)),
        ("in a tunnel", in_vxlan(&plain)),
        ("padded", [&first[..], &[0; 6]].concat()),
    ];
    for (name, copy) in &copies {
        assert!(is_dropped(options, [&first, copy], 10 * MS_NS), "{name}");
        assert!(is_dropped(options, [copy, &first], -10 * MS_NS), "{name}, the other way round");
        assert!(!is_dropped(DecodeOptions { drop_duplicates: false, ..options }, [&first, copy], 0), "{name}, switched off");
    }
    let last = first.len() - 1;
    let others: [(&str, Vec<u8>); 8] = [
        ("a retransmission has another identification", ethernet(0x0800, &packet(8, 0x18, 100, b"a payload of more than sixteen bytes, less than sixty-four"))),
        ("other data", changed(&first, &[last])),
        ("other data in front", changed(&first, &[14 + 40])),
        ("a longer one", ethernet(0x0800, &packet(7, 0x18, 100, b"a payload of more than sixteen bytes, less than sixty-four, well"))),
        ("another sequence number", changed(&first, &[14 + 20 + 7])),
        ("another acknowledgement", changed(&first, &[14 + 20 + 11])),
        ("another window", changed(&first, &[14 + 20 + 14])),
        ("another port", changed(&first, &[14 + 20 + 1])),
    ];
    for (name, other) in &others {
        assert!(!is_dropped(options, [&first, other], 0), "{name}");
    }
    assert!(!is_dropped(options, [&first, &changed(&first, &[0])], 10 * MS_NS + 1), "later than the window");
    assert!(!is_dropped(options, [&first, &first[..last]], 0), "captured shorter");
    let ignoring = DecodeOptions { tags_in_key: false, ..options };
    assert!(is_dropped(ignoring, [&first, &tagged(9, &plain)], 0), "VLANs ignored");
}

#[test]
fn w11_copies_of_fragments() {
    let whole = tcp([4000, 80], 0x18, 100, 500, b"in fragments");
    let parts = [ipv4(6, 7, 0x2000, &whole[..16]), ipv4(6, 7, 2, &whole[16..])];
    let mut decoder = PacketDecoder::new(DecodeOptions::default());
    let mut segments = 0;
    for part in [&parts[0], &parts[0], &parts[1], &parts[1]] {
        segments += u32::from(matches!(decoder.decode(101, part, part.len() as u32, 0), Outcome::Segment(_)));
    }
    decoder.finish();
    let counters = decoder.counters();
    assert_eq!((segments, counters.decoded, counters.duplicate, counters.fragment_incomplete), (1, 2, 2, 0));
}

#[test]
fn w11_fragments_of_two_tenants_are_no_copies() {
    let parts = |sequence: u32| {
        let whole = tcp([4000, 80], 0x18, sequence, 500, b"a body of which both tenants send the same end");
        [ipv4(6, 7, 0x2000, &whole[..32]), ipv4(6, 7, 4, &whole[32..])]
    };
    for (name, second, expected) in [("of which the first one differs", 900, (2, 4, 0)), ("of one packet, mirrored twice", 100, (1, 2, 2))] {
        let mut decoder = PacketDecoder::new(DecodeOptions::default());
        let mut segments = 0;
        for (vlan, sequence) in [(5, 100), (6, second)] {
            for part in parts(sequence) {
                let frame = tagged(vlan, &part);
                segments += u32::from(matches!(decoder.decode(1, &frame, frame.len() as u32, 0), Outcome::Segment(_)));
            }
        }
        decoder.finish();
        let counters = decoder.counters();
        assert_eq!((segments, counters.decoded, counters.duplicate), expected, "{name}");
        assert_eq!((counters.fragment_incomplete, counters.outcomes()), (0, 4), "{name}");
    }
}

#[test]
fn w11_what_is_remembered_is_bounded() {
    let mut decoder = PacketDecoder::new(DecodeOptions::default());
    let mut decode = |sequence| {
        let packet = packet(7, 0x10, sequence, b"x");
        matches!(decoder.decode(101, &packet, packet.len() as u32, 0), Outcome::Duplicate)
    };
    (0..100_000).for_each(|sequence| assert!(!decode(sequence)));
    let known = (0..100_000).filter(|sequence| decode(*sequence)).count();
    assert!(known < 4096, "{known} are still known");
    assert!(decode(99_999), "the last one is");
}

/// A short conversation, each packet as `shown` has it: one frame or more.
fn play(options: DecodeOptions, shown: impl Fn(usize, Vec<u8>) -> Vec<Vec<u8>>) -> Vec<Told> {
    let mut session = Session::with(options, ReassemblyLimits::default());
    let script: [(usize, u8, u32, u32, &[u8]); 6] = [
        (0, 0x02, 99, 0, b""),
        (1, 0x12, 899, 100, b""),
        (0, 0x18, 100, 900, b"GET / HTTP/1.1"),
        (1, 0x18, 900, 114, b"HTTP/1.1 200 OK"),
        (0, 0x11, 114, 915, b""),
        (1, 0x11, 915, 115, b""),
    ];
    for (id, (side, flags, sequence, acknowledgement, bytes)) in script.into_iter().enumerate() {
        let ports = if side == 0 { [4000, 80] } else { [80, 4000] };
        let hosts = if side == 0 { [1, 2] } else { [2, 1] };
        let packet = ipv4_between(hosts, 6, id as u16, 0, &tcp(ports, flags, sequence, acknowledgement, bytes));
        for (copy, frame) in shown(side, packet).into_iter().enumerate() {
            session.capture(1, &frame, frame.len() as u32, id as i64 * 20 * MS_NS + copy as i64 * MS_NS);
        }
    }
    let outcomes = session.finish();
    assert_eq!(outcomes.counters.retransmitted_bytes, 0);
    outcomes.record.flows.into_values().map(|told| Told { places: Vec::new(), ..told }).collect()
}

#[test]
fn w10_networks_that_carry_copies_give_one_flow() {
    let options = DecodeOptions::default();
    let plain = play(options, |_, packet| vec![ethernet(0x0800, &packet)]);
    assert_eq!(plain.len(), 1);
    let by_side = |side: usize, frames: [Vec<u8>; 2]| {
        let [first, second] = frames;
        if side == 0 { vec![first, second] } else { vec![second, first] }
    };
    assert_eq!(play(options, |side, packet| by_side(side, [tagged(10, &packet), tagged(20, &packet)])), plain, "routed between VLANs");
    assert_eq!(play(options, |side, packet| by_side(side, [ethernet(0x0800, &packet), in_vxlan(&packet)])), plain, "into a tunnel and out of it");
    let three = play(options, |side, packet| by_side(side, [in_vxlan(&packet), tagged(5, &packet)]).into_iter().chain([tagged(6, &packet)]).collect());
    assert_eq!(three, plain, "three networks");
    let one_way = |side: usize, packet: Vec<u8>| vec![if side == 0 { tagged(10, &packet) } else { ethernet(0x0800, &packet) }];
    assert_eq!(play(DecodeOptions { tags_in_key: false, ..options }, one_way), plain, "tags are ignored");
}

/// A handshake, each packet with its VLAN or none, and the flows of three later packets: untagged, of VLAN 10, of VLAN 20.
fn flows_after(handshake: [(usize, u8, u32, u32, Option<u8>); 2]) -> usize {
    let mut session = Session::with(DecodeOptions::default(), ReassemblyLimits::default());
    let later = [None, Some(10), Some(20)].map(|vlan| (0, 0x18, 100, 900, vlan));
    for (id, (side, flags, sequence, acknowledgement, vlan)) in handshake.into_iter().chain(later).enumerate() {
        let (hosts, ports) = if side == 0 { ([1, 2], [4000, 80]) } else { ([2, 1], [80, 4000]) };
        let packet = ipv4_between(hosts, 6, id as u16, 0, &tcp(ports, flags, sequence, acknowledgement, if id < 2 { b"" } else { b"GET / HTTP/1.1" }));
        let frame = vlan.map_or_else(|| ethernet(0x0800, &packet), |vlan| tagged(vlan, &packet));
        session.capture(1, &frame, frame.len() as u32, id as i64 * 20 * MS_NS);
    }
    session.finish().record.flows.into_values().filter(|told| !told.streams[0].is_empty()).count()
}

#[test]
fn w10_a_tap_that_tags_one_direction_gives_one_flow_where_the_handshake_says_so() {
    let open = |vlan| (0, 0x02, 99, 0, vlan);
    let accept = |vlan| (1, 0x12, 899, 100, vlan);
    for (name, handshake, flows) in [
        ("tagged as it opens", [open(Some(10)), accept(None)], 2),
        ("tagged as it accepts", [open(None), accept(Some(10))], 2),
        ("captured the other way round", [accept(None), open(Some(10))], 2),
        ("untagged", [open(None), accept(None)], 3),
        ("in one VLAN", [open(Some(10)), accept(Some(10))], 3),
        ("two VLANs are two tenants", [open(Some(10)), accept(Some(20))], 3),
        ("another connection of the same addresses is accepted", [open(Some(10)), (1, 0x12, 899, 101, None)], 3),
        ("opened twice, which says nothing", [open(Some(10)), open(None)], 3),
    ] {
        assert_eq!(flows_after(handshake), flows, "{name}");
    }
}
