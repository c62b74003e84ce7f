//! The law of tunnels: whatever packets are wrapped in, and wherever they are cut into fragments, the streams stay the same.

use proptest::prelude::*;
use tapistry_wire::ReassemblyLimits;

use crate::frame::{ethernet, ipv4_between, ipv6, tcp};
use crate::recorder::Told;
use crate::script::Session;

/// A way to put an IP packet of one side into another IP packet. What differs by direction differs here too.
type Wrap = fn(usize, &[u8]) -> Vec<u8>;

fn outer(side: usize, protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_between(if side == 0 { [31, 32] } else { [32, 31] }, protocol, 7, 0, payload)
}

fn udp(side: usize, port: u16, head: &[u8], payload: &[u8]) -> Vec<u8> {
    let length = (8 + head.len() + payload.len()) as u16;
    // The source port is a hash of the flow: another one in each direction.
    let ports = [40_000 + side as u16, port];
    outer(side, 17, &[&ports[0].to_be_bytes()[..], &ports[1].to_be_bytes(), &length.to_be_bytes(), &[0, 0], head, payload].concat())
}

fn framed(packet: &[u8]) -> Vec<u8> {
    ethernet(if packet[0] >> 4 == 6 { 0x86dd } else { 0x0800 }, packet)
}

fn ether_type(packet: &[u8]) -> [u8; 2] {
    if packet[0] >> 4 == 6 { [0x86, 0xdd] } else { [8, 0] }
}

const WRAPS: [(&str, Wrap); 20] = [
    ("IP in IPv4", |side, packet| outer(side, if packet[0] >> 4 == 6 { 41 } else { 4 }, packet)),
    ("IP in IPv6", |_, packet| ipv6(if packet[0] >> 4 == 6 { 41 } else { 4 }, packet)),
    ("GRE", |side, packet| outer(side, 47, &[&[0, 0][..], &ether_type(packet), packet].concat())),
    ("GRE, key by direction", |side, packet| outer(side, 47, &[&[0x30, 0][..], &ether_type(packet), &[0, 0, 1, side as u8, 0, 0, 0, 1], packet].concat())),
    ("NVGRE", |side, packet| outer(side, 47, &[&[0x20, 0, 0x65, 0x58, 0, 0x20, 1, side as u8][..], &framed(packet)].concat())),
    ("ERSPAN I", |side, packet| outer(side, 47, &[&[0, 0, 0x88, 0xbe][..], &framed(packet)].concat())),
    ("ERSPAN II", |side, packet| outer(side, 47, &[&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 5, 0, side as u8, 0, 0, 0, 0][..], &framed(packet)].concat())),
    ("ERSPAN III", |side, packet| outer(side, 47, &[&[0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20][..], &[0; 11], &framed(packet)].concat())),
    ("VXLAN", |side, packet| udp(side, 4789, &[8, 0, 0, 0, 0, 0, 5, 0], &framed(packet))),
    ("VXLAN on a port of its own", |side, packet| udp(side, 5555, &[8, 0, 0, 0, 0, 0, 5, 0], &framed(packet))),
    ("VXLAN-GPE, NSH", |side, packet| udp(side, 4790, &[12, 0, 0, 4, 0, 0, 5, 0, 0, 2, 1, 3, 0, 0, side as u8, 0], &framed(packet))),
    ("Geneve with options", |side, packet| udp(side, 6081, &[2, 0, 0x65, 0x58, 0, 0, 5, 0, 1, 1, 1, 1, 2, 2, 2, 2], &framed(packet))),
    ("GTP", |side, packet| udp(side, 2152, &[0x34, 0xff, 0, 0, 0, 0, 0, side as u8, 0, 0, 0, 0x85, 1, 0, 0, 0], packet)),
    ("GRE in UDP", |side, packet| udp(side, 4754, &[&[0, 0][..], &ether_type(packet)].concat(), packet)),
    ("L2TP", |side, packet| udp(side, 1701, &[0x00, 2, 0, side as u8, 0, 1, 0xff, 3, 0, if packet[0] >> 4 == 6 { 0x57 } else { 0x21 }], packet)),
    ("L2TP version 3", |side, packet| outer(side, 115, &[&[0, 0, 1, side as u8, 9, 9, 9, 9][..], &framed(packet)].concat())),
    ("TZSP", |side, packet| udp(side, 37008, &[1, 0, 0, 1, 10, 1, side as u8, 1], &framed(packet))),
    ("MPLS in UDP", |side, packet| udp(side, 6635, &[0, side as u8, 0x21, 64], packet)),
    ("authentication header", |side, packet| {
        outer(side, 51, &[&[if packet[0] >> 4 == 6 { 41 } else { 4 }, 4, 0, 0, 0, 0, 0, side as u8][..], &[0; 16], packet].concat())
    }),
    ("EtherIP", |side, packet| outer(side, 97, &[&[0x30, 0][..], &framed(packet)].concat())),
];

/// Link types, and how they carry an IP packet.
const LINKS: [(u32, Wrap); 8] = [
    (101, |_, packet| packet.to_vec()),
    (1, |_, packet| framed(packet)),
    (1, |_, packet| [&[0; 12][..], &[0x88, 0xa8, 0, 7, 0x81, 0, 0, 9], &ether_type(packet), packet].concat()),
    (1, |side, packet| ethernet(0x8847, &[&[0, side as u8, 0x20, 64, 0, 1, 1, 64], packet].concat())),
    (1, |side, packet| {
        ethernet(
            0x88e7,
            &[&[0, 0, 0, 9], &ethernet(0x8926, &[&[(side as u8) << 7, side as u8 * 5, 0, 5 - side as u8 * 5][..], &ether_type(packet), packet].concat())[..]]
                .concat(),
        )
    }),
    (113, |_, packet| [&[0; 14][..], &ether_type(packet), packet].concat()),
    (127, |_, packet| [&[0, 0, 8, 0, 0, 0, 0, 0, 0x08, 1][..], &[0; 22], &[0xaa, 0xaa, 3, 0, 0, 0], &ether_type(packet), packet].concat()),
    (104, |_, packet| [&[0x0f, 0][..], &ether_type(packet), packet].concat()),
];

/// An IPv4 packet in fragments of `size` bytes, a multiple of 8; others as they are.
fn cut(packet: Vec<u8>, size: usize, id: u16) -> Vec<Vec<u8>> {
    let payload = &packet[20..];
    if packet[0] != 0x45 || size == 0 || payload.len() <= size {
        return vec![packet];
    }
    let pieces = payload.chunks(size).enumerate();
    pieces
        .map(|(at, piece)| {
            let mut head = packet[..20].to_vec();
            head[2..4].copy_from_slice(&(20 + piece.len() as u16).to_be_bytes());
            head[4..6].copy_from_slice(&id.to_be_bytes());
            let more = if (at + 1) * size < payload.len() { 0x2000 } else { 0 };
            head[6..8].copy_from_slice(&((at * size / 8) as u16 | more).to_be_bytes());
            [&head, piece].concat()
        })
        .collect()
}

/// A conversation of `pieces`, each packet wrapped in `wraps` from the inside out and cut at each of them as the sizes say.
fn play(pieces: &[(usize, Vec<u8>)], link: usize, wraps: &[(usize, usize)], innermost: usize) -> Vec<Told> {
    let mut session = Session::new(ReassemblyLimits::default());
    let mut next = [1000u32, 9000];
    let mut packets = vec![(0, 0x02, 999, 0, vec![]), (1, 0x12, 8999, 1000, vec![])];
    for (side, bytes) in pieces {
        packets.push((*side, 0x10, next[*side], next[1 - side], bytes.clone()));
        next[*side] += bytes.len() as u32;
    }
    packets.extend([(0, 0x11, next[0], next[1], vec![]), (1, 0x11, next[1], next[0] + 1, vec![])]);
    let (mut time_ns, mut id) = (0, 0);
    for (side, flags, sequence, acknowledgement, bytes) in packets {
        let ports = if side == 0 { [4000, 80] } else { [80, 4000] };
        let segment = tcp(ports, flags, sequence, acknowledgement, &bytes);
        id += 1;
        let mut parts = cut(ipv4_between(if side == 0 { [1, 2] } else { [2, 1] }, 6, id, 0, &segment), innermost, id);
        for (wrap, size) in wraps {
            let wrapped: Vec<Vec<u8>> = parts.iter().map(|part| WRAPS[*wrap].1(side, part)).collect();
            parts = wrapped
                .into_iter()
                .flat_map(|part| {
                    id += 1;
                    cut(part, *size, id)
                })
                .collect();
        }
        for part in parts {
            let record = LINKS[link].1(side, &part);
            session.capture(LINKS[link].0, &record, record.len() as u32, time_ns);
        }
        time_ns += 1_000_000;
    }
    session.finish().record.flows.into_values().map(|told| Told { places: Vec::new(), ..told }).collect()
}

fn pieces() -> impl Strategy<Value = Vec<(usize, Vec<u8>)>> {
    prop::collection::vec((0usize..2, prop::collection::vec(any::<u8>(), 1..90)), 1..8)
}

#[test]
fn each_way_to_wrap() {
    let pieces = [(0, b"GET / HTTP/1.1\r\n\r\n".to_vec()), (1, b"HTTP/1.1 204 No Content\r\n\r\n".to_vec())];
    let plain = play(&pieces, 0, &[], 0);
    assert_eq!(plain.len(), 1);
    for (at, (name, _)) in WRAPS.iter().enumerate() {
        assert_eq!(play(&pieces, 0, &[(at, 0)], 0), plain, "{name}");
        assert_eq!(play(&pieces, 1, &[(at, 24)], 16), plain, "{name}, in fragments in fragments");
    }
    for link in 0..LINKS.len() {
        assert_eq!(play(&pieces, link, &[], 0), plain, "link {link}");
    }
}

proptest! {
    #[test]
    fn wrapping_changes_nothing(pieces in pieces(), link in 0..LINKS.len(), wraps in prop::collection::vec(0..WRAPS.len(), 0..4), at in 0usize..8, sizes in [0usize..6, 0usize..6]) {
        let plain = play(&pieces, 0, &[], 0);
        // Cut at one level of wrapping, and innermost: two levels of fragments are put together.
        let wraps: Vec<(usize, usize)> = wraps.iter().enumerate().map(|(level, wrap)| (*wrap, if level == at { sizes[0] * 24 } else { 0 })).collect();
        prop_assert_eq!(play(&pieces, link, &wraps, sizes[1] * 8), plain);
    }
}
