//! Every form of capture file, whole, cut and broken (W1 to W6).

mod written;

use std::io::{BufRead, Cursor, Read};

use proptest::prelude::*;
use tapistry_capture::input::{from_reader, from_reader_with};
use tapistry_capture::{CaptureReader, Content, Counters, End, InputErrorCode, Options, ReadProblemCode};
use written::{Out, Sent, gzip, pcap, pcapng, sent, zstd};

fn reader(bytes: &[u8]) -> CaptureReader {
    match from_reader("test", Box::new(Cursor::new(bytes.to_vec()))).map(|input| input.content) {
        Ok(Content::Capture(reader)) => reader,
        Ok(Content::Text(_)) => panic!("text"),
        Err(error) => panic!("{error}"),
    }
}

fn read(reader: &mut CaptureReader) -> (Vec<Sent>, Option<ReadProblemCode>) {
    let mut packets = Vec::new();
    loop {
        match reader.next() {
            Ok(Some(packet)) => {
                packets.push(Sent { time_ns: packet.time_ns, data: packet.data.to_vec(), original_length: packet.original_length });
            }
            Ok(None) => return (packets, None),
            Err(problem) => {
                assert!(matches!(reader.next(), Ok(None)));
                return (packets, Some(problem.code));
            }
        }
    }
}

fn all(bytes: &[u8]) -> (Vec<Sent>, End, Counters) {
    let mut reader = reader(bytes);
    let (packets, _) = read(&mut reader);
    (packets, reader.end(), *reader.counters())
}

fn packets() -> Vec<Sent> {
    let mut packets = vec![sent(1_000_000_001_000, b"first"), sent(1_000_500_002_000, b""), sent(900_000_000_000, &[7; 3_000])];
    packets.push(Sent { time_ns: 4_000_000_000_000_000_000, data: b"cut".to_vec(), original_length: 1_500 });
    packets
}

#[test]
fn w1_every_magic_in_either_order() {
    for magic in [0xa1b2_c3d4, 0xa1b2_3c4d, 0xa1b2_cd34] {
        for big_endian in [false, true] {
            let (read, end, counters) = all(&pcap(magic, big_endian, &packets()));
            assert_eq!((read, end), (packets(), End::Whole), "{magic:x} {big_endian}");
            let counted = (counters.packets, counters.packets_truncated, counters.packets_empty, counters.time_backwards);
            assert_eq!(counted, (4, 1, 1, 1));
        }
    }
}

#[test]
fn w1_old_version_has_lengths_swapped_and_link_type_has_flags() {
    let mut bytes = pcap(0xa1b2_c3d4, false, &[]);
    bytes[6] = 2;
    bytes[20..24].copy_from_slice(&0x2400_0001u32.to_le_bytes());
    let mut out = Out::new(false);
    out.word(1).word(0).word(60).word(4).raw(b"abcd");
    bytes.extend(out.bytes);
    let mut reader = reader(&bytes);
    let packet = reader.next().unwrap().unwrap();
    assert_eq!((packet.data, packet.original_length, packet.link_type), (&b"abcd"[..], 60, 1));
}

#[test]
fn w2_compression_around_either() {
    for plain in [pcap(0xa1b2_c3d4, false, &packets()), pcapng(true, &packets())] {
        let halves = [gzip(&plain[..50]), gzip(&plain[50..])].concat();
        let frames = [zstd(&plain[..50]), vec![0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9], zstd(&plain[50..])].concat();
        let trailing = [gzip(&plain), b"garbage".to_vec()].concat();
        for wrapped in [gzip(&plain), zstd(&plain), gzip(&gzip(&plain)), gzip(&zstd(&plain)), zstd(&gzip(&plain)), halves, frames, trailing] {
            assert_eq!(all(&wrapped).0, packets());
            assert_eq!(all(&wrapped).1, End::Whole);
        }
        let deep = gzip(&gzip(&gzip(&plain)));
        let refused = from_reader("x", Box::new(Cursor::new(deep))).err().map(|error| error.code);
        assert_eq!(refused, Some(InputErrorCode::Layers));
    }
}

#[test]
fn w2_cut_compression_keeps_what_it_gave() {
    let noise: Vec<Sent> = (0..2_000).map(|at| sent(at * 1_000, &(0..500).map(|byte| ((byte * at * 7_919) >> 3) as u8).collect::<Vec<u8>>())).collect();
    let plain = pcap(0xa1b2_3c4d, false, &noise);
    for wrapped in [gzip(&plain), zstd(&plain)] {
        for cut in [wrapped.len() / 2, wrapped.len() - 9, wrapped.len() - 1] {
            let (read, end, _) = all(&wrapped[..cut]);
            assert!(matches!(end, End::Cut { .. }), "{cut} of {}: {end:?}", wrapped.len());
            assert!(read.len() * 3 > noise.len(), "{cut} of {}: {} packets", wrapped.len(), read.len());
            assert_eq!(read, noise[..read.len()]);
        }
        let mut broken = wrapped.clone();
        let middle = broken.len() / 2;
        broken[middle..middle + 40].fill(0xff);
        let mut reader = reader(&broken);
        let (read, _) = read(&mut reader);
        assert!(read.len() < noise.len() && !matches!(reader.end(), End::Open));
    }
}

#[test]
fn w2_damage_is_never_silent() {
    let plain = pcap(0xa1b2_c3d4, false, &packets());
    let whole = gzip(&plain);
    // The second member is damaged at its start; the first ends after a whole record.
    let bytes = [&whole[..], &whole[..10], &[0xff; 30]].concat();
    let mut reader = reader(&bytes);
    assert_eq!(read(&mut reader), (packets(), Some(ReadProblemCode::Compression)));
    let (_, end, _) = all(&[&whole[..], &whole[..5]].concat());
    assert_eq!(end, End::Cut { offset: plain.len() as u64 });
}

#[test]
fn w3_sections_interfaces_clocks_and_blocks() {
    let mut out = Out::new(true);
    let offset = 100i64.to_be_bytes();
    out.section().interface(1, 0, &[]).interface(101, 4, &[(9, &[0x8a]), (14, &offset)]);
    out.packet(0, 1_500_000, b"micro", 5).packet(1, 1_024, b"binary", 6);
    let mut body = Out::new(true);
    body.short(1).short(0).word(0).word(2_048).word(2).word(2).raw(b"old!");
    out.block(2, &body.bytes).block(4, &[0; 8]).block(0x0bad, &[0; 8]).block(77, &[]);
    body = Out::new(true);
    body.word(9).raw(b"simple po");
    out.block(3, &body.bytes);
    body = Out::new(true);
    body.word(1).word(0).word(0).options(&[(4, &9u64.to_be_bytes()), (5, &2u64.to_be_bytes()), (7, &1u64.to_be_bytes())]);
    out.block(5, &body.bytes).block(5, &body.bytes);
    body = Out::new(true);
    body.word(0x544c_534b).word(3).raw(b"key");
    out.block(0x0a, &body.bytes);
    let mut second = Out::new(false);
    second.section().interface(113, 0, &[]).packet(0, 7, b"other order", 11).packet(3, 7, b"no interface", 12);
    let mut reader = reader(&[out.bytes, second.bytes].concat());
    let mut shown = Vec::new();
    while let Some(packet) = reader.next().unwrap() {
        shown.push((packet.time_ns, packet.link_type, packet.interface, String::from_utf8_lossy(packet.data).into_owned()));
    }
    let expected = [
        (1_500_000_000, 1, 0, "micro"),
        (101_000_000_000, 101, 1, "binary"),
        (102_000_000_000, 101, 1, "ol"),
        (102_000_000_000, 1, 0, "simple po"),
        (7_000, 113, 2, "other order"),
    ];
    assert_eq!(shown, expected.map(|(time, link, interface, text)| (time, link, interface, text.to_owned())));
    let counters = *reader.counters();
    assert_eq!((counters.sections, counters.interfaces, counters.name_blocks, counters.custom_blocks), (2, 3, 1, 1));
    assert_eq!((counters.unknown_blocks, counters.statistics_blocks, counters.secrets_blocks), (1, 2, 1));
    assert_eq!((counters.interface_received, counters.interface_dropped), (9, 3));
    assert_eq!((counters.malformed_records, counters.packets_over_snap_length, reader.end()), (1, 1, End::Whole));
    assert_eq!(reader.secrets(), [(0x544c_534b, b"key".to_vec())]);
}

#[test]
fn w3_bad_lengths() {
    let mut out = Out::new(false);
    out.section().interface(1, 0, &[(9, &[9])]).packet(0, 1, b"one!", 4);
    let good = out.bytes.clone();
    let end = good.len();

    // The length at the tail differs: the one at the head is believed.
    let mut bytes = good.clone();
    bytes[end - 4] ^= 0xff;
    bytes.extend(&good);
    assert_eq!((all(&bytes).0.len(), all(&bytes).2.tail_mismatches), (2, 1));

    // The length at the head cannot be: reading goes on at the next block.
    let packet = end - 36;
    for claimed in [0u32, 8, 0x7fff_fff0, 37] {
        let mut bytes = good.clone();
        bytes[packet + 4..packet + 8].copy_from_slice(&claimed.to_le_bytes());
        bytes.extend(&good);
        let (read, end, counters) = all(&bytes);
        assert_eq!((read.len(), end, counters.resyncs, counters.resync_bytes), (1, End::Whole, 1, 36), "{claimed}");
    }

    // No block follows: stop, and say where.
    let mut bytes = good.clone();
    bytes.extend([6, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    let mut reader = reader(&bytes);
    assert_eq!(read(&mut reader).1, Some(ReadProblemCode::Malformed));
    assert_eq!(reader.end(), End::Broken { offset: end as u64 });

    // Captured length beyond its block, an option beyond its list, an interface that never was.
    let mut out = Out::new(false);
    out.section().interface(1, 0, &[]);
    let mut body = Out::new(false);
    body.word(0).word(0).word(0).word(900).word(900).raw(b"short");
    out.block(6, &body.bytes).packet(9, 0, b"x", 1);
    body = Out::new(false);
    body.short(1).short(0).word(0).short(9).short(900).word(0);
    out.block(1, &body.bytes).block(1, &[]).block(5, &[]).block(0x0a, &[1, 2, 3, 4, 255, 255, 255, 255]);
    out.packet(1, 5, b"good", 4);
    let (read, end, counters) = all(&out.bytes);
    assert_eq!((read, end), (vec![Sent { time_ns: 5_000, data: b"good".to_vec(), original_length: 4 }], End::Whole));
    assert_eq!((counters.malformed_records, counters.malformed_options), (5, 1));
}

#[test]
fn w3_packets_that_make_no_sense_are_told() {
    let mut ahead = Out::new(false);
    ahead.section().interface(1, 0, &[]).packet(0, 1, b"good", 4);
    let mut nowhere = Out::new(false);
    nowhere.section().packet(0, 1, b"no interface", 12).packet(0, 2, b"no interface", 12);
    let mut elsewhere = Out::new(false);
    elsewhere.section().interface(1, 0, &[]).packet(7, 1, b"unknown interface", 17).packet(0, 2, b"good", 4);
    let mut longer = Out::new(false);
    longer.section().interface(1, 0, &[]).word(6).word(u32::MAX).raw(&[0; 40]).packet(0, 2, b"good", 4);
    let lost = [&ahead.bytes[..], &[0xff; 40]].concat();
    let huge = pcap(0xa1b2_c3d4, false, &[])
        .into_iter()
        .chain(Out::new(false).word(1).word(1).word(u32::MAX).word(9).raw(&[0; 64]).bytes.iter().copied())
        .collect::<Vec<_>>();
    for (bytes, kinds) in [(nowhere.bytes, "xx"), (elsewhere.bytes, "x."), (longer.bytes, "x."), (lost, ".x"), (huge, "x")] {
        let mut reader = reader(&bytes);
        let mut seen = String::new();
        while reader.advance().unwrap_or(false) {
            seen.push(if reader.current().is_malformed { 'x' } else { '.' });
        }
        assert_eq!(seen, kinds);
        let counters = reader.counters();
        assert_eq!((counters.packets, counters.malformed_packets), (kinds.matches('.').count() as u64, kinds.matches('x').count() as u64));
        assert!(reader.malformed_at().is_some());
    }
}

#[test]
fn w3_lengths_without_padding() {
    let mut out = Out::new(false);
    out.section().interface(1, 0, &[(9, &[9])]);
    let mut body = Out::new(false);
    body.word(0).word(0).word(1).word(5).word(5).raw(b"five!");
    // Padded, but the length says otherwise; then not padded at all.
    out.word(6).word(37).raw(&body.bytes).raw(&[0; 3]).word(37);
    out.word(6).word(37).raw(&body.bytes).word(37).packet(0, 2, b"next", 4);
    let (read, end, counters) = all(&out.bytes);
    assert_eq!((read.len(), end, counters.resyncs), (3, End::Whole, 0));
    assert_eq!(&read[1].data, b"five!");
}

#[test]
fn w4_lengths_over_the_cap_stop_with_a_reason() {
    let mut bytes = pcap(0xa1b2_c3d4, false, &packets());
    let whole = bytes.len() as u64;
    bytes.extend(Out::new(false).word(1).word(1).word(0x1000_0001).word(9).raw(&[0; 64]).bytes.as_slice());
    let mut reader = reader(&bytes);
    assert_eq!(read(&mut reader), (packets(), Some(ReadProblemCode::Malformed)));
    assert_eq!(reader.end(), End::Broken { offset: whole });
    assert_eq!(reader.position(), whole);
    // Large, but under the cap: read, and the memory is only taken as bytes come.
    let large = vec![sent(0, &vec![1; 9 << 20]), sent(1_000, b"after")];
    assert_eq!(all(&pcap(0xa1b2_c3d4, false, &large)).0, large);
}

/// Gives one byte a read.
struct Drops(Vec<u8>, usize);

impl Read for Drops {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = 1.min(self.0.len() - self.1).min(out.len());
        out[..length].copy_from_slice(&self.0[self.1..self.1 + length]);
        self.1 += length;
        Ok(length)
    }
}

#[test]
fn w5_a_slow_pipe() {
    for bytes in [pcap(0xa1b2_c3d4, true, &packets()), gzip(&pcapng(false, &packets()))] {
        let Ok(Content::Capture(mut reader)) = from_reader("-", Box::new(Drops(bytes, 0))).map(|input| input.content) else { panic!() };
        assert_eq!(read(&mut reader), (packets(), None));
    }
}

/// 2 seconds into 1 March 2004; a packet of 40 bytes of which 5 were captured, and behind the records a table.
fn netmon(version: u8, network: u16, trailer: &[u8], table_at: u32) -> Vec<u8> {
    let mut out = Out::new(false);
    out.raw(b"GMBU").raw(&[version, 2]).short(network);
    for part in [2004, 3, 1, 1, 0, 0, 2, 5] {
        out.short(part);
    }
    out.word(table_at).word(8).raw(&[0; 96]);
    for micros in [0, 1_500] {
        out.word(micros).word(0).word(40).word(5).raw(b"bytes").raw(trailer);
    }
    out.word(128).word(149).bytes.clone()
}

#[test]
fn w6_network_monitor() {
    let packet = |time_ns| Sent { time_ns, data: b"bytes".to_vec(), original_length: 40 };
    let both = vec![packet(1_078_099_202_005_000_000), packet(1_078_099_202_006_500_000)];
    for (version, trailer) in [(0, &[][..]), (1, &[1, 0]), (2, &[1, 0, 0, 0, 0, 0]), (3, &[1; 15])] {
        let bytes = netmon(version, 1, trailer, 128 + 2 * (21 + trailer.len() as u32));
        let (read, end, counters) = all(&bytes);
        assert_eq!((read, end, counters.packets_truncated), (both.clone(), End::Whole, 2), "2.{version}");
        for length in 128..bytes.len() - 8 {
            let (read, end, _) = all(&bytes[..length]);
            let is_between = length == 128 || length == 149 + trailer.len();
            assert_eq!((read.len(), end == End::Whole), (usize::from(length >= 149 + trailer.len()), is_between), "2.{version} cut at {length}");
        }
    }
    let types = [(1, 1), (0xe071, 0x71), (6, 0xffff)];
    for (network, expected) in types {
        assert_eq!(reader(&netmon(0, network, &[], 170)).next().unwrap().unwrap().link_type, expected);
    }
    let (_, problem) = read(&mut reader(&netmon(0, 1, &[], 160)));
    assert_eq!(problem, Some(ReadProblemCode::Malformed), "a record reaches into the table");
}

#[test]
fn w6_other_formats_are_refused_by_name() {
    let cases: &[(&[u8], InputErrorCode, &str)] = &[
        (b"", InputErrorCode::Empty, "x is empty; nothing was written to it"),
        (b"snoop\0\0\0\0\0\0\x02", InputErrorCode::Unsupported, "x is a snoop capture, not a capture or a log"),
        (b"GMBU\x09\x02", InputErrorCode::Unsupported, "x is a Microsoft Network Monitor capture of another version"),
        (b"GMBU\0\x02", InputErrorCode::Malformed, "x is a Network Monitor capture cut inside its header"),
        (b"PK\x03\x04", InputErrorCode::Unsupported, "x is a ZIP archive, not a capture or a log; unpack it first"),
        (b"\x7fELF\x02", InputErrorCode::Unsupported, "x is an ELF program"),
        (b"\x89PNG\r\n\x1a\n", InputErrorCode::Unsupported, "x is a PNG image"),
        (b"\x80\x81\x82\x83\xff\xfe\xfd", InputErrorCode::Unknown, "x is binary of no known format"),
        (&[0xd4, 0xc3, 0xb2, 0xa1, 2], InputErrorCode::Malformed, "x is a pcap file cut inside its header"),
        (&[0x1f, 0x8b, 8, 0, 0], InputErrorCode::Compression, "x is gzip, but damaged"),
        (&[0x28, 0xb5, 0x2f, 0xfd, 0], InputErrorCode::Compression, "x is zstd, but damaged"),
    ];
    for (bytes, code, message) in cases {
        let error = from_reader("x", Box::new(Cursor::new(bytes.to_vec()))).err().unwrap();
        assert_eq!(error.code, *code, "{error}");
        assert!(error.to_string().starts_with(message), "{error}");
    }
    let empty_inside = from_reader("x", Box::new(Cursor::new(gzip(b"")))).err().unwrap();
    assert_eq!(empty_inside.to_string(), "x inside its compression is empty; nothing was written to it");
}

#[test]
fn a_text_sample_holds_a_line_even_from_a_slow_pipe() {
    let Ok(Content::Text(mut text)) =
        from_reader("-", Box::new(Drops(b"a line of more than thirty bytes, in drops\nrest".to_vec(), 0))).map(|input| input.content)
    else {
        panic!()
    };
    assert_eq!(text.fill_buf().unwrap(), b"a line of more than thirty bytes, in drops\n");
    let mut all = String::new();
    text.read_to_string(&mut all).unwrap();
    assert!(all.ends_with("\nrest"));
}

#[test]
fn text_is_left_to_the_log_formats() {
    let Ok(Content::Text(mut text)) = from_reader("x", Box::new(Cursor::new(gzip(b"{\"a\":1}\n")))).map(|input| input.content) else { panic!() };
    assert_eq!(text.fill_buf().unwrap(), b"{\"a\":1}\n");
}

#[test]
fn digest_is_of_the_bytes_before_the_position() {
    use sha2::{Digest, Sha256};
    for bytes in [pcap(0xa1b2_c3d4, false, &packets()), pcapng(false, &packets())] {
        let options = Options { hashed: true, block_bytes: 64 };
        let Ok(Content::Capture(mut reader)) = from_reader_with("x", Box::new(Cursor::new(bytes.clone())), options).map(|input| input.content) else {
            panic!()
        };
        let mut positions = Vec::new();
        while reader.next().unwrap().is_some() {
            let position = reader.position() as usize;
            positions.push(position as u64);
            assert_eq!(reader.digest(), Some(Sha256::digest(&bytes[..position]).into()));
        }
        assert_eq!(reader.position() as usize, bytes.len());
        for (at, position) in positions.into_iter().enumerate() {
            let mut reader = self::reader(&bytes);
            assert!(reader.skip_to(position).unwrap());
            assert_eq!(read(&mut reader).0, packets()[at + 1..]);
            assert_eq!(reader.counters().packets as usize, 3 - at);
        }
    }
}

fn any_packets() -> impl Strategy<Value = Vec<Sent>> {
    let packet = (0i64..4_000_000_000, prop::collection::vec(any::<u8>(), 0..200), 0u32..100);
    let packet = packet.prop_map(|(micros, data, more)| Sent { time_ns: micros * 1_000, original_length: data.len() as u32 + more, data });
    prop::collection::vec(packet, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pcap_and_pcapng_tell_the_same(packets in any_packets(), order in any::<bool>(), block_bytes in 1usize..400) {
        for bytes in [pcap(0xa1b2_c3d4, order, &packets), pcap(0xa1b2_3c4d, order, &packets), pcapng(order, &packets), zstd(&pcapng(order, &packets))] {
            let options = Options { hashed: false, block_bytes };
            let Ok(Content::Capture(mut reader)) = from_reader_with("x", Box::new(Cursor::new(bytes)), options).map(|input| input.content) else { panic!() };
            prop_assert_eq!(read(&mut reader), (packets.clone(), None));
        }
    }

    #[test]
    fn a_cut_at_any_byte_keeps_the_packets_before(packets in any_packets(), cut in any::<prop::sample::Index>()) {
        for bytes in [pcap(0xa1b2_c3d4, false, &packets), pcapng(true, &packets)] {
            let cut = 24 + cut.index(bytes.len() - 23);
            let mut reader = reader(&bytes[..cut]);
            let (read, problem) = read(&mut reader);
            prop_assert_eq!(problem, None);
            prop_assert_eq!(&read, &packets[..read.len()]);
            prop_assert!(reader.position() as usize <= cut);
            let end = if reader.position() as usize == cut { End::Whole } else { End::Cut { offset: reader.position() } };
            prop_assert_eq!(reader.end(), end);
            if cut == bytes.len() { prop_assert_eq!(read.len(), packets.len()) }
        }
    }

    #[test]
    fn any_bytes_end(head in 0usize..4, noise in prop::collection::vec(any::<u8>(), 0..2_000), flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20), packets in any_packets()) {
        let mut bytes = match head {
            0 => Vec::new(),
            1 => pcap(0xa1b2_c3d4, false, &packets),
            2 => pcapng(false, &packets),
            _ => gzip(&pcapng(true, &packets)),
        };
        for (at, value) in flips {
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = value;
            }
        }
        bytes.extend(noise);
        let length = bytes.len() as u64;
        if let Ok(Content::Capture(mut reader)) = from_reader("x", Box::new(Cursor::new(bytes))).map(|input| input.content) {
            let (read, _) = read(&mut reader);
            prop_assert_eq!(read.len() as u64, reader.counters().packets);
            prop_assert!(reader.end() != End::Open);
            prop_assert!(head == 3 || head == 0 || reader.position() <= length);
        }
    }
}
