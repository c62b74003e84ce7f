//! Compressed payloads of IP, alone, in fragments and within one another.

use flate2::{Compress, Compression, FlushCompress};
use tapistry_wire::{DecodeOptions, Outcome, PacketDecoder};

use crate::frame::{ipv4, ipv6, tcp};

const TEXT: &str = "one and one and one and one and one";

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut packed = Vec::with_capacity(70_000);
    Compress::new(Compression::default(), false).compress_vec(bytes, &mut packed, FlushCompress::Finish).unwrap();
    packed
}

/// Next header, flags, algorithm, and what is compressed.
fn compressed(next: u8, algorithm: u16, packed: &[u8]) -> Vec<u8> {
    [&[next, 0][..], &algorithm.to_be_bytes(), packed].concat()
}

/// What the last packet gives, and what was counted of all.
fn last(packets: &[Vec<u8>], missing: u32) -> (String, [u64; 3]) {
    let mut decoder = PacketDecoder::new(DecodeOptions::default());
    let mut told = String::new();
    for packet in packets {
        told = match decoder.decode(101, packet, packet.len() as u32 + missing, 0) {
            Outcome::Segment(segment) => String::from_utf8_lossy(segment.payload).into_owned(),
            Outcome::Drop(drop) => format!("{drop:?}"),
            outcome => format!("{outcome:?}"),
        };
    }
    decoder.finish();
    let counters = decoder.counters();
    assert_eq!(counters.read, counters.outcomes());
    (told, [counters.decoded, counters.malformed, counters.not_ip])
}

#[test]
fn payloads_are_inflated() {
    let segment = tcp([4000, 80], 0x10, 1, 1, TEXT.as_bytes());
    let packed = compressed(6, 2, &deflated(&segment));
    let (bomb, inner) = (deflated(&[0; 70_000]), ipv4(108, 1, 0, &packed));
    let twice = compressed(4, 2, &deflated(&ipv4(108, 1, 0, &compressed(4, 2, &deflated(&inner)))));
    let parts = |at: usize| [ipv4(108, 7, 0x2000, &packed[..at]), ipv4(108, 7, at as u16 / 8, &packed[at..])].to_vec();
    for (name, packets, told, counted) in [
        ("IPv4", vec![ipv4(108, 1, 0, &packed)], TEXT, [1, 0, 0]),
        ("IPv6", vec![ipv6(108, &packed)], TEXT, [1, 0, 0]),
        (
            "a packet inside, by a number that was agreed on",
            vec![ipv4(108, 1, 0, &compressed(4, 0xeed1, &deflated(&ipv4(6, 1, 0, &segment))))],
            TEXT,
            [1, 0, 0],
        ),
        ("in fragments", parts(16), TEXT, [2, 0, 0]),
        ("in itself", vec![ipv4(108, 1, 0, &compressed(4, 2, &deflated(&inner)))], TEXT, [1, 0, 0]),
        ("in itself, deeper than any network", vec![ipv4(108, 1, 0, &twice)], "Malformed(\"ipcomp\")", [0, 1, 0]),
        ("another algorithm", vec![ipv4(108, 1, 0, &compressed(6, 3, &[1, 2, 3]))], "Unread(\"ipcomp-other\")", [0, 0, 1]),
        ("no deflate", vec![ipv4(108, 1, 0, &compressed(6, 2, &[0xff; 9]))], "Malformed(\"ipcomp\")", [0, 1, 0]),
        ("more than a packet holds", vec![ipv4(108, 1, 0, &compressed(6, 2, &bomb))], "Malformed(\"ipcomp\")", [0, 1, 0]),
    ] {
        assert_eq!(last(&packets, 0), (told.to_owned(), counted), "{name}");
    }
    let cut = ipv4(108, 1, 0, &packed);
    assert_eq!(last(&[cut[..cut.len() - 4].to_vec()], 4).0, "TruncatedRecord");
}
