//! Content codings: labels, layers, lies, cuts and bombs.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use proptest::collection::vec;
use proptest::prelude::*;
use tapistry_http::coding::{Coding, CodingOutcome, Codings, Decoder, Limits, StreamDecoder};
use tapistry_http::h1::Field;

const TEXT: &[u8] = b"{\"user\":{\"id\":1,\"name\":\"ada\"},\"items\":[1,2,3,4,5,6,7,8,9,10,11,12],\"ok\":true}";
/// `TEXT` by the brotli of Node.
const TEXT_BROTLI: &str =
    "1b4c00f81d09764cc73a82038f1018baa57c75c56e1fa034414ca2885f289dbe225b830d38700f03c426bbaff0629048b8a1b07921e200cba2ec823b569bdde1f4f0f432c5c4d447be881f";
/// Forty times `TEXT` by the command `zstd -19`.
const TEXTS_ZSTD: &str = "28b52ffd04685d0200d2041012903d0612d178b448ddad6197c7b8fd7f06011b668b179015bc0d71211ec4d5d3d1cfcdcbc9c7055be04e8823f806ee39b0009c8e828b055e047a010b6f063a01000dee203f44019031c01a";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn raw(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// A frame of raw and RLE blocks: `TEXT`, then so many bytes of one value.
fn zstd(runs: &[u32], checksum: bool) -> Vec<u8> {
    let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, if checksum { 4 } else { 0 }, 0x58];
    let block = |last: bool, kind: u32, size: u32| (u32::from(last) | kind << 1 | size << 3).to_le_bytes()[..3].to_vec();
    frame.extend(block(runs.is_empty(), 0, TEXT.len() as u32));
    frame.extend(TEXT);
    for (index, run) in runs.iter().enumerate() {
        frame.extend(block(index + 1 == runs.len(), 1, *run));
        frame.push(b'x');
    }
    if checksum {
        frame.extend([0; 4]);
    }
    frame
}

fn decode(codings: &[Coding], input: &[u8]) -> (Vec<u8>, CodingOutcome) {
    let mut content = Vec::new();
    let outcome = Decoder::default().decode(codings, input, &Limits::default(), &mut |bytes| {
        content.extend_from_slice(bytes);
        true
    });
    (content, outcome)
}

fn stream(codings: &[Coding], input: &[u8], step: usize) -> (Vec<u8>, CodingOutcome) {
    let mut content = Vec::new();
    let mut take = |bytes: &[u8]| {
        content.extend_from_slice(bytes);
        true
    };
    let mut decoder = StreamDecoder::new(codings, &Limits::default());
    for piece in input.chunks(step) {
        if !decoder.feed(piece, &mut take) {
            break;
        }
    }
    let outcome = decoder.finish(true, &mut take);
    (content, outcome)
}

fn weirds(outcome: &CodingOutcome) -> Vec<&'static str> {
    outcome.weirds.iter().map(|weird| weird.name()).collect()
}

/// Whole and byte by byte, the content, whether it is whole and what was odd.
fn check(name: &str, codings: &[Coding], input: &[u8], content: &[u8], complete: bool, odd: &[&str]) {
    for (decoded, outcome) in [decode(codings, input), stream(codings, input, 1), stream(codings, input, 7)] {
        assert_eq!(decoded.escape_ascii().to_string(), content.escape_ascii().to_string(), "{name}");
        assert_eq!(outcome.complete, complete, "{name}");
        assert_eq!(weirds(&outcome), odd, "{name}");
    }
}

#[test]
fn each_coding_is_undone() {
    check("gzip", &[Coding::Gzip], &gzip(TEXT), TEXT, true, &[]);
    check("deflate in zlib", &[Coding::Deflate], &zlib(TEXT), TEXT, true, &[]);
    check("deflate, raw", &[Coding::Deflate], &raw(TEXT), TEXT, true, &[]);
    check("brotli", &[Coding::Brotli], &unhex(TEXT_BROTLI), TEXT, true, &[]);
    check("zstd", &[Coding::Zstd], &zstd(&[], false), TEXT, true, &[]);
    check("zstd with check sum", &[Coding::Zstd], &zstd(&[], true), TEXT, true, &[]);
    check("zstd of zstd", &[Coding::Zstd], &unhex(TEXTS_ZSTD), &TEXT.repeat(40), true, &[]);
    check("none", &[], TEXT, TEXT, true, &[]);
    check("identity", &[Coding::Identity], TEXT, TEXT, true, &[]);
    check("an empty body", &[Coding::Gzip], b"", b"", true, &[]);
    check("an unknown coding stays", &[Coding::Unknown], TEXT, TEXT, true, &["coding.unknown"]);
}

#[test]
fn layers_are_undone_from_the_outside_in() {
    let mut damaged = gzip(TEXT);
    let sum = damaged.len() - 8;
    damaged[sum] ^= 1;
    check("gzip with a wrong check sum", &[Coding::Gzip], &damaged, TEXT, true, &["coding.truncated"]);
    check("gzip twice", &[Coding::Gzip, Coding::Gzip], &gzip(&gzip(TEXT)), TEXT, true, &[]);
    check(
        "three",
        &[Coding::Deflate, Coding::Zstd, Coding::Gzip],
        &gzip(&{
            let inner = zlib(TEXT);
            let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, 0x58];
            frame.extend(&(1 | (inner.len() as u32) << 3).to_le_bytes()[..3]);
            frame.extend(inner);
            frame
        }),
        TEXT,
        true,
        &[],
    );
    check("one of two is a lie", &[Coding::Gzip, Coding::Gzip], &gzip(TEXT), TEXT, true, &["coding.mislabelled"]);
}

#[test]
fn content_wins_over_the_label() {
    let lie = &["coding.mislabelled"];
    for coding in [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd] {
        check("plain text", &[coding], TEXT, TEXT, true, lie);
        check("two bytes", &[coding], b"{}", b"{}", true, lie);
        check("one byte", &[coding], b"1", b"1", true, lie);
        check("long text", &[coding], &TEXT.repeat(20), &TEXT.repeat(20), true, lie);
    }
    check("gzip as deflate", &[Coding::Deflate], &gzip(TEXT), TEXT, true, lie);
    check("gzip as brotli", &[Coding::Brotli], &gzip(TEXT), TEXT, true, lie);
    check("zlib as gzip", &[Coding::Gzip], &zlib(TEXT), TEXT, true, lie);
    check("raw deflate as gzip", &[Coding::Gzip], &raw(TEXT), TEXT, true, lie);
    check("zstd as gzip", &[Coding::Gzip], &zstd(&[], false), TEXT, true, lie);
}

#[test]
fn cuts_deliver_what_came() {
    let whole = gzip(&TEXT.repeat(50));
    for length in [12, 40, whole.len() / 2, whole.len() - 9] {
        let (content, outcome) = decode(&[Coding::Gzip], &whole[..length]);
        assert!(TEXT.repeat(50).starts_with(&content));
        assert!(!outcome.complete);
        assert_eq!(weirds(&outcome), ["coding.truncated"]);
    }
    for missing in [1, 4, 8] {
        let cut = &whole[..whole.len() - missing];
        check("without its trailer the content is whole", &[Coding::Gzip], cut, &TEXT.repeat(50), true, &["coding.truncated"]);
    }
    let frame = zstd(&[10], true);
    check("a check sum cut", &[Coding::Zstd], &frame[..frame.len() - 1], TEXT, false, &["coding.truncated"]);
}

#[test]
fn members_and_what_follows_them() {
    let twice = [gzip(TEXT), gzip(TEXT)].concat();
    check("two members", &[Coding::Gzip], &twice, &TEXT.repeat(2), true, &["coding.trailing_member"]);
    for tail in [&b"garbage"[..], b"\x1f", b"\x1f\x8b", b"\0\0\0\0"] {
        let input = [gzip(TEXT), tail.to_vec()].concat();
        let (content, outcome) = decode(&[Coding::Gzip], &input);
        assert_eq!((content.as_slice(), outcome.complete), (TEXT, true), "{tail:?}");
        assert!(weirds(&outcome).contains(&"coding.trailing_member"));
    }
    let zlib_tail = [zlib(TEXT), b"tail".to_vec()].concat();
    check("after zlib", &[Coding::Deflate], &zlib_tail, TEXT, true, &["coding.trailing_member"]);
    let frames = [zstd(&[], true), b"\x50\x2a\x4d\x18\x03\0\0\0abc".to_vec(), zstd(&[5], false)].concat();
    let content = [TEXT, TEXT, b"xxxxx"].concat();
    check("zstd frames", &[Coding::Zstd], &frames, &content, true, &["coding.trailing_member"]);
}

#[test]
fn gzip_headers_of_every_kind() {
    let plain = gzip(TEXT);
    let with = |flags: u8, extra: &[u8]| [&[0x1f, 0x8b, 8, flags, 0, 0, 0, 0, 0, 3], extra, &plain[10..]].concat();
    for (flags, extra) in [
        (1, &b""[..]),
        (2, b"\xab\xcd"),
        (4, b"\0\0"),
        (4, b"\x03\0abc"),
        (8, b"name\0"),
        (16, b"comment\0"),
        (2 | 4 | 8 | 16, b"\x02\0abn\0c\0\x01\x02"),
        (0x20, b""),
        (0xe0, b""),
    ] {
        check(&format!("flags {flags}"), &[Coding::Gzip], &with(flags, extra), TEXT, true, &[]);
    }
}

#[test]
fn bombs_stop_at_the_caps() {
    let bomb = gzip(&vec![0; 8 << 20]);
    let limits = Limits { output_bytes_max: 1 << 20, ..Limits::default() };
    let mut made = 0u64;
    let outcome = Decoder::default().decode(&[Coding::Gzip], &bomb, &limits, &mut |bytes| {
        made += bytes.len() as u64;
        true
    });
    assert_eq!((made, outcome.complete, weirds(&outcome).contains(&"coding.bomb")), (1 << 20, false, true));

    let limits = Limits { ratio_max: 100, ratio_floor_bytes: 1 << 16, ..Limits::default() };
    let mut made = 0u64;
    let outcome = Decoder::default().decode(&[Coding::Gzip], &bomb, &limits, &mut |bytes| {
        made += bytes.len() as u64;
        true
    });
    assert!(made <= 100 * bomb.len() as u64 && weirds(&outcome).contains(&"coding.bomb"), "{made}");

    let nested = gzip(&bomb);
    let (content, outcome) = decode(&[Coding::Gzip, Coding::Gzip], &nested);
    assert!(content.len() <= 1 << 20 && bomb.len() * 500 > content.len(), "{}", content.len());
    assert!(!outcome.complete && weirds(&outcome).contains(&"coding.bomb"));

    let runs = zstd(&[128 << 10; 100], false);
    let (content, outcome) = decode(&[Coding::Zstd], &runs);
    assert!(content.len() <= 1 << 20 && weirds(&outcome).contains(&"coding.bomb"), "{}", content.len());
}

#[test]
fn whoever_listens_may_stop() {
    let mut calls = 0;
    let outcome = Decoder::default().decode(&[Coding::Gzip], &gzip(&vec![7; 1 << 20]), &Limits::default(), &mut |_| {
        calls += 1;
        false
    });
    assert_eq!((calls, outcome.complete), (1, false));
}

#[test]
fn a_window_that_is_too_large_is_refused() {
    let mut frame = zstd(&[], false);
    frame[5] = 0xff;
    let (content, outcome) = decode(&[Coding::Zstd], &frame);
    assert_eq!((content.len(), outcome.complete, weirds(&outcome)), (0, false, vec!["coding.truncated"]));
}

#[test]
fn lists_of_names() {
    use Coding::{Brotli, Deflate, Gzip, Unknown, Zstd};
    type Case = (&'static [(&'static str, &'static str)], &'static [Coding], &'static [&'static str]);
    let cases: &[Case] = &[
        (&[], &[], &[]),
        (&[("Content-Encoding", "gzip")], &[Gzip], &[]),
        (&[("content-encoding", "X-GZip")], &[Gzip], &[]),
        (&[("Content-Encoding", "deFLaTe ,\tBR")], &[Deflate, Brotli], &[]),
        (&[("Content-Encoding", "gzip"), ("Content-Encoding", "zstd")], &[Gzip, Zstd], &[]),
        (&[("Content-Encoding", ",identity,,gzip,")], &[Gzip], &[]),
        (&[("Content-Encoding", "gzip"), ("Content-Encoding", "identity")], &[Unknown], &["coding.unknown"]),
        (&[("Content-Encoding", "gzip x")], &[Unknown], &["coding.unknown"]),
        (&[("Content-Encoding", "gzip\0")], &[Gzip], &[]),
        (&[("Content-Encoding", "br"), ("Transfer-Encoding", "gzip, chunked")], &[Brotli, Gzip], &[]),
        (&[("Content-Encoding", "gzip,gzip,gzip,gzip")], &[Unknown, Gzip, Gzip], &["coding.layers"]),
    ];
    for (fields, codings, odd) in cases {
        let fields: Vec<Field<'_>> = fields.iter().map(|(name, value)| Field { name: name.as_bytes(), value: value.as_bytes(), spaced: false }).collect();
        let read = Codings::of(&fields);
        assert_eq!(read.as_slice(), *codings);
        assert_eq!(read.weirds().iter().map(|weird| weird.name()).collect::<Vec<_>>(), *odd);
    }
    let spaced = [Field { name: b"Content-Encoding", value: b"gzip", spaced: true }];
    assert!(Codings::of(&spaced).as_slice().is_empty());
}

#[test]
fn one_decoder_for_many_bodies() {
    let mut decoder = Decoder::default();
    for (codings, input) in [
        (&[Coding::Gzip][..], gzip(TEXT)),
        (&[Coding::Zstd], b"\x28\xb5\x2f\xfd\xff\xff\xff\xff".to_vec()),
        (&[Coding::Zstd], zstd(&[], true)),
        (&[Coding::Gzip], gzip(TEXT)[..30].to_vec()),
        (&[Coding::Deflate], raw(TEXT)),
        (&[Coding::Deflate, Coding::Gzip], gzip(&zlib(TEXT))),
    ] {
        let mut content = Vec::new();
        let outcome = decoder.decode(codings, &input, &Limits::default(), &mut |bytes| {
            content.extend_from_slice(bytes);
            true
        });
        assert_eq!(outcome.complete, content == TEXT, "{codings:?}");
    }
}

fn coding() -> impl Strategy<Value = Coding> {
    prop::sample::select(vec![Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd, Coding::Identity])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_coded_comes_back(content in vec(any::<u8>(), 0..5000), times in 1usize..5, step in 1usize..700) {
        let content = content.repeat(times);
        for (coding, coded) in [(Coding::Gzip, gzip(&content)), (Coding::Deflate, zlib(&content)), (Coding::Deflate, raw(&content))] {
            let (decoded, outcome) = stream(&[coding], &coded, step);
            prop_assert!(decoded == content && outcome.complete && outcome.weirds.is_empty(), "{:?}", weirds(&outcome));
        }
    }

    #[test]
    fn damage_and_cuts_never_panic_and_do_not_depend_on_pieces(
        coding in coding(),
        runs in vec(1u32..1000, 0..4),
        kind in 0usize..4,
        damage in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in any::<prop::sample::Index>(),
        step in 1usize..100,
    ) {
        let mut input = match kind {
            0 => gzip(&TEXT.repeat(30)),
            1 => zlib(&TEXT.repeat(30)),
            2 => zstd(&runs, true),
            _ => unhex(TEXT_BROTLI),
        };
        for (index, byte) in damage {
            let at = index.index(input.len());
            input[at] = byte;
        }
        input.truncate(cut.index(input.len() + 1));
        let (whole, outcome) = decode(&[coding], &input);
        let (pieces, again) = stream(&[coding], &input, step);
        // Brotli keeps to itself what it decoded right before an error.
        if kind != 3 && coding != Coding::Brotli {
            prop_assert_eq!(whole, pieces);
            prop_assert_eq!(outcome, again);
        }
    }

    #[test]
    fn any_bytes_end(input in vec(any::<u8>(), 0..2000), first in coding(), second in coding()) {
        let (content, _) = decode(&[first, second], &input);
        prop_assert!(content.len() as u64 <= Limits::default().output_bytes_max);
    }
}
