//! IP defragmentation: each row is fragments as (id, offset, more, bytes) and what comes of them.

use tapistry_wire::{DecodeOptions, FragmentLimits, Outcome, PacketCounters, PacketDecoder};

use crate::frame::{ipv4, ipv6, ipv6_fragment, tcp};

const SECOND_NS: i64 = 1_000_000_000;

type Part = (u16, usize, bool, Vec<u8>);

fn run(parts: &[(i64, Vec<u8>)], limits: FragmentLimits) -> (Vec<String>, PacketCounters) {
    let mut decoder = PacketDecoder::new(DecodeOptions { fragments: limits, ..DecodeOptions::default() });
    let mut payloads = Vec::new();
    for (time_ns, packet) in parts {
        if let Outcome::Segment(segment) = decoder.decode(101, packet, packet.len() as u32, *time_ns) {
            payloads.push(String::from_utf8_lossy(segment.payload).into_owned());
        }
    }
    decoder.finish();
    let counters = decoder.counters();
    assert_eq!(counters.read, counters.outcomes());
    (payloads, counters)
}

fn write((id, offset, more, bytes): &Part, v6: bool) -> Vec<u8> {
    if v6 {
        ipv6(44, &ipv6_fragment(6, u32::from(*id), *offset as u16 | u16::from(*more), bytes))
    } else {
        ipv4(6, *id, (*offset / 8) as u16 | if *more { 0x2000 } else { 0 }, bytes)
    }
}

/// Both IP versions, all fragments within a second.
fn check(name: &str, parts: &[Part], v4: &[&str], v6: &[&str]) {
    for (expected, is_v6) in [(v4, false), (v6, true)] {
        let packets: Vec<_> = parts.iter().map(|part| (0, write(part, is_v6))).collect();
        assert_eq!(run(&packets, FragmentLimits::default()).0, expected, "{name}, IPv6: {is_v6}");
    }
}

fn datagram(payload: &str) -> Vec<u8> {
    tcp([4000, 80], 0x10, 1, 1, payload.as_bytes())
}

fn cut(id: u16, datagram: &[u8], size: usize) -> Vec<Part> {
    let mut parts = Vec::new();
    for (index, bytes) in datagram.chunks(size).enumerate() {
        parts.push((id, index * size, (index + 1) * size < datagram.len(), bytes.to_vec()));
    }
    parts
}

#[test]
fn w12_datagrams() {
    let whole = datagram("a stream of bytes in fragments");
    let text = "a stream of bytes in fragments";
    for size in [8, 16, 24, 32, 48] {
        let mut parts = cut(1, &whole, size);
        check("in order", &parts, &[text], &[text]);
        parts.reverse();
        check("in reverse order", &parts, &[text], &[text]);
        let twice: Vec<_> = parts.iter().flat_map(|part| [part.clone(), part.clone()]).collect();
        check("each fragment twice", &twice, &[text], &[text]);
        parts.pop();
        check("one is missing", &parts, &[], &[]);
    }
    let mut two = cut(1, &whole, 24);
    two.extend(cut(2, &whole, 24));
    two.sort_by_key(|part| part.1);
    check("two datagrams interleaved", &two, &[text, text], &[text, text]);
}

#[test]
fn w12_overlap() {
    let whole = datagram("first bytes here then more of them");
    let mut parts = cut(1, &whole, 24);
    let mut other = parts[1].clone();
    other.1 -= 8;
    other.3 = vec![b'X'; 24];
    parts.insert(2, other);
    check("the first copy wins; IPv6 gives the datagram up", &parts, &["first bytes here then more of them"], &[]);
    let mut beyond = cut(1, &whole, 24);
    beyond.insert(0, (1, 800, false, vec![0; 8]));
    check("W12 beyond the end", &beyond, &[], &[]);
    check("W12 beyond 64 KiB", &[(1, 65_528, false, vec![0; 64])], &[], &[]);
}

#[test]
fn w12_time_and_bounds() {
    let whole = datagram("a stream of bytes in fragments");
    let parts: Vec<_> = cut(1, &whole, 24).iter().map(|part| write(part, false)).collect();
    let late = [(0, parts[0].clone()), (31 * SECOND_NS, parts[1].clone()), (31 * SECOND_NS, parts[2].clone())];
    let (payloads, counters) = run(&late, FragmentLimits::default());
    assert_eq!((payloads.len(), counters.fragment_incomplete, counters.decoded), (0, 3, 0));
    let reused = [(0, parts[0].clone()), (31 * SECOND_NS, parts[0].clone()), (31 * SECOND_NS, parts[1].clone()), (32 * SECOND_NS, parts[2].clone())];
    let (payloads, counters) = run(&reused, FragmentLimits::default());
    assert_eq!((payloads.len(), counters.fragment_incomplete, counters.decoded), (1, 1, 3), "an identification used again");

    let many: Vec<_> = (0..9).map(|id| (0, write(&(id, 0, true, vec![0; 64]), false))).collect();
    let (_, counters) = run(&many, FragmentLimits { datagrams_max: 4, ..FragmentLimits::default() });
    assert_eq!((counters.fragment_evictions, counters.fragment_incomplete), (5, 9));
    let (_, counters) = run(&many, FragmentLimits { bytes_max: 200, ..FragmentLimits::default() });
    assert_eq!((counters.fragment_evictions, counters.fragment_incomplete), (6, 9));
}
