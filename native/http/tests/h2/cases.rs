//! What frames tell, by case.

use super::recorder::{Piece, lines};
use super::writer::{Encoder, How, PREFACE, data, frame, headers};
use tapistry_http::h2::Start;

const GET: &[u8] = &[0x82, 0x84];

fn told(start: Start, pieces: Vec<Piece>) -> String {
    lines(start, &pieces).lines.join("; ")
}

fn whole(frames: &[Vec<u8>]) -> String {
    told(Start::Connection, vec![Piece::Bytes(frames.concat())])
}

#[test]
fn frames_of_every_kind() {
    let rows: [(&str, Vec<Vec<u8>>, &str); 17] = [
        ("with preface", vec![PREFACE.to_vec(), frame(4, 0, 0, &[0, 5, 0, 0, 64, 0]), headers(1, true, GET)], "1 block;   :method=GET;   :path=/; 1 last"),
        (
            "without preface",
            vec![headers(1, false, GET), data(1, false, b"ab"), data(1, true, b"c")],
            "1 block;   :method=GET;   :path=/; 1 more; 1 data abc; 1 end",
        ),
        ("padding", vec![frame(1, 0xc, 1, &[2, 0x82, 0, 0]), frame(0, 9, 1, &[1, b'x', 0])], "1 block;   :method=GET; 1 more; 1 data x; 1 end"),
        ("padding only", vec![frame(0, 9, 1, &[0])], "1 end"),
        (
            "more padding than payload",
            vec![frame(0, 9, 1, &[9, b'x']), headers(3, true, GET)],
            "h2.frame_invalid; 1 end; 3 block;   :method=GET;   :path=/; 3 last",
        ),
        (
            "padding beyond the block",
            vec![frame(1, 0xd, 1, &[9, 0x82]), headers(3, true, &[0x82, 0xbe])],
            "h2.frame_invalid; 1 block; 1 last partial; 3 block;   :method=GET;   ?=?; h2.hpack_unknown; 3 last partial",
        ),
        ("priority", vec![frame(1, 0x25, 1, &[0, 0, 0, 0, 9, 0x82]), frame(2, 0, 1, &[0; 5])], "1 block;   :method=GET; 1 last"),
        ("continuation", vec![frame(1, 1, 1, &GET[..1]), frame(9, 0, 1, &[]), frame(9, 4, 1, &GET[1..])], "1 block;   :method=GET;   :path=/; 1 last"),
        ("promise", vec![frame(5, 4, 1, &[0, 0, 0, 2, 0x82, 0x84])], "1 block promises 2;   :method=GET;   :path=/; 1 more"),
        ("reset and goaway", vec![frame(3, 0, 1, &[0, 0, 0, 8]), frame(7, 0, 0, &[0, 0, 0, 5, 0, 0, 0, 0])], "1 reset; go away 5"),
        ("kinds that nobody knows", vec![frame(0x10, 7, 0, b"x"), frame(0xfe, 0, 9, b""), data(1, true, b"")], "1 end"),
        ("index 0", vec![headers(1, true, &[0x80, 0x82])], "1 block;   ?=?;   :method=GET; h2.hpack_error; 1 last partial"),
        ("index beyond the table", vec![headers(1, true, &[0xc0, 0x82])], "1 block;   ?=?;   :method=GET; h2.hpack_error; 1 last partial"),
        ("a text that is cut off", vec![headers(1, true, &[0x82, 0x04, 9, b'/'])], "1 block;   :method=GET; h2.hpack_error; 1 last partial"),
        ("wrong padding of a text", vec![headers(1, true, &[0x04, 0x81, 0x18, 0x82])], "1 block;   :path=?;   :method=GET; h2.hpack_error; 1 last partial"),
        (
            "a frame that is none, and the next",
            vec![frame(6, 0, 0, b"short"), headers(1, true, GET), headers(3, true, GET)],
            "h2.frame_invalid; lost; 1 block;   :method=GET;   :path=/; 1 last; 3 block;   :method=GET;   :path=/; 3 last",
        ),
        ("another frame amid a block", vec![frame(1, 1, 1, GET), data(1, true, b"x")], "h2.frame_invalid; lost"),
    ];
    for (name, frames, expected) in rows {
        assert_eq!(whole(&frames), expected, "{name}");
    }
}

#[test]
fn floods_are_bounded_and_named() {
    let mut many = vec![frame(1, 0, 1, GET)];
    many.extend((0..200).map(|_| frame(9, 0, 1, &[])));
    many.extend([frame(9, 4, 1, &[]), headers(3, true, &[0x82, 0xbe])]);
    assert_eq!(whole(&many), "h2.continuation_flood; 1 block; 1 more partial; 3 block;   :method=GET;   ?=?; h2.hpack_unknown; 3 last partial");
    let large = vec![frame(1, 0, 1, &[0x82; 16_000]); 1].into_iter().chain((0..9).map(|_| frame(9, 0, 1, &[0x82; 16_000]))).chain([frame(9, 4, 1, &[])]);
    assert_eq!(whole(&large.collect::<Vec<_>>()), "h2.continuation_flood; 1 block; 1 more partial");
    // Few bytes that say much: a long field in the table, named again and again.
    let long = [&[0x40, 1, b'x', 0x7f, 0xa1, 0x1e][..], &[b'v'; 4000]].concat();
    let told = whole(&[headers(1, true, &[&long[..], &[0xbe; 1000]].concat())]);
    assert!(told.ends_with("h2.header_limit; 1 last partial") && told.len() < 300_000, "{}", told.len());
    let too_long = whole(&[frame(0, 1, 1, &[b'x'; 20_000])]);
    assert!(too_long.starts_with("h2.frame_too_long; 1 data x") && too_long.ends_with("x; 1 end"));
    assert!(whole(&[frame(1, 5, 1, &[0x82; 70_000])]).ends_with("h2.header_limit; 1 block; 1 last partial"));
}

#[test]
fn a_hole_inside_a_frame_costs_that_frame() {
    let rest = headers(3, true, GET);
    let holes: [(Vec<u8>, usize, u64, &str); 5] = [
        (data(1, true, b"0123456789"), 12, 4, "1 data 012; 1 hole 4; 1 data 789; 1 end; 3 block;   :method=GET;   :path=/; 3 last"),
        (data(1, true, b"0123456789"), 12, 7, "1 data 012; 1 hole 7; 1 end; 3 block;   :method=GET;   :path=/; 3 last"),
        (headers(1, true, b"\x82\x84\x84\x84"), 10, 2, "tcp.gap; 1 block; 1 last partial; 3 block;   :method=GET;   :path=/; 3 last"),
        (frame(1, 1, 1, b"\x82\x84\x84"), 10, 2, "tcp.gap; h2.frame_invalid; lost"),
        (frame(2, 0, 1, &[0; 5]), 10, 3, "3 block;   :method=GET;   :path=/; 3 last"),
    ];
    for (frame, at, length, expected) in holes {
        let bytes = [frame, rest.clone()].concat();
        let pieces = vec![Piece::Bytes(bytes[..at].to_vec()), Piece::Gap(length), Piece::Bytes(bytes[at + length as usize..].to_vec())];
        assert_eq!(told(Start::Connection, pieces), expected, "{at} {length}");
    }
}

#[test]
fn a_hole_over_frames_ends_at_the_next_one() {
    let mut encoder = Encoder::default();
    let first = headers(1, true, &encoder.block(&[(b"a", b"1", How::Kept)]));
    let lost = headers(3, true, &encoder.block(&[(b"b", b"2", How::Kept)]));
    let third = headers(5, true, &encoder.block(&[(b"b", b"2", How::Kept), (b"c", b"3", How::Kept), (b"a", b"9", How::Plain), (b"d", b"4", How::Never)]));
    let fourth = headers(7, true, &encoder.block(&[(b"c", b"3", How::Kept), (b"b", b"2", How::Kept)]));
    let gap = lost.len() as u64 + 3;
    let pieces = vec![Piece::Bytes(first), Piece::Gap(gap), Piece::Bytes([&b"cut"[..], &third, &fourth].concat())];
    let expected = "1 block;   a=1; 1 last; tcp.gap; lost; 5 block;   ?=?;   c=3;   ?=9;   d=4; h2.hpack_unknown; 5 last partial; \
                    7 block;   c=3;   ?=?; h2.hpack_unknown; 7 last partial";
    assert_eq!(told(Start::Connection, pieces), expected);
}

#[test]
fn joined_in_the_middle_only_what_was_said_since_is_known() {
    let frames = [headers(7, true, &[0x82, 0xbf, 0x40, 1, b'x', 1, b'y', 0xbe, 0xbf]), headers(9, true, &[0x82, 0xbe])].concat();
    let expected = "7 block;   :method=GET;   ?=?;   x=y;   x=y;   ?=?; h2.hpack_unknown; 7 last partial; 9 block;   :method=GET;   x=y; 9 last";
    for before in [&b""[..], b"tail of a frame", &[0; 40]] {
        let bytes = [before, &frames].concat();
        assert_eq!(told(Start::Midstream, vec![Piece::Bytes(bytes.clone())]), expected);
        // One frame alone proves itself by ending where the bytes end.
        assert!(told(Start::Midstream, vec![Piece::Bytes(frames[..frames.len() - 11].to_vec())]).starts_with("7 block"));
    }
    // A table of nothing has nothing that is not known.
    let emptied = headers(7, true, &[0x20, 0x3f, 0xe1, 0x1f, 0xbe]);
    assert_eq!(told(Start::Midstream, vec![Piece::Bytes([emptied.clone(), emptied].concat())]).matches("h2.hpack_error").count(), 2);
    assert_eq!(told(Start::Midstream, vec![Piece::Bytes(b"nothing of the kind ".repeat(3000))]), "");
}
