//! Laws over arbitrary and over nearly valid bytes.

use super::recorder::{Piece, lines};
use super::writer::{Encoder, How, PREFACE, data, frame, headers};
use proptest::collection::vec;
use proptest::prelude::*;
use tapistry_http::h2::{FieldSink, Side, Start, hpack, opening};

type Field = (Vec<u8>, Vec<u8>);

fn field() -> impl Strategy<Value = (Field, How)> {
    let how = prop_oneof![Just(How::Kept), Just(How::Plain), Just(How::Never)];
    ((vec(prop::sample::select(&b"abc"[..]), 1..3), vec(any::<u8>(), 0..12)), how)
}

fn any_frame() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => (0u8..10, any::<u8>(), 0u32..6, vec(any::<u8>(), 0..40)).prop_map(|(kind, flags, stream, payload)| frame(kind, flags, stream, &payload)),
        3 => (1u32..6, any::<bool>(), vec(any::<u8>(), 0..40)).prop_map(|(stream, is_last, payload)| data(stream, is_last, &payload)),
        3 => (1u32..6, any::<bool>()).prop_map(|(stream, is_last)| headers(stream, is_last, &[0x82, 0x84])),
        1 => Just(PREFACE.to_vec()),
        1 => vec(any::<u8>(), 0..30),
    ]
}

/// Whether something was lost, after which frames are found by what arrives together.
fn is_synced(lines: &[String]) -> bool {
    !lines.iter().any(|line| line == "lost")
}

#[derive(Default)]
struct Fields(Vec<Field>);

impl FieldSink for Fields {
    fn field(&mut self, name: Option<&[u8]>, value: Option<&[u8]>) {
        self.0.push((name.unwrap().to_vec(), value.unwrap().to_vec()));
    }
}

proptest! {
    #[test]
    fn fields_come_back(blocks in vec(vec(field(), 0..8), 0..8)) {
        let (mut encoder, mut decoder) = (Encoder::default(), hpack::Decoder::default());
        for block in &blocks {
            let written: Vec<_> = block.iter().map(|((name, value), how)| (&name[..], &value[..], *how)).collect();
            let mut read = Fields::default();
            prop_assert_eq!(decoder.block(&encoder.block(&written), &mut read), hpack::Outcome::default());
            prop_assert_eq!(read.0, block.iter().map(|(field, _)| field.clone()).collect::<Vec<_>>());
        }
    }

    #[test]
    fn any_cut_tells_the_same(frames in vec(any_frame(), 0..8), cuts in vec(1usize..30, 1..20)) {
        let bytes = frames.concat();
        let whole = lines(Start::Connection, &[Piece::Bytes(bytes.clone())]);
        let (mut pieces, mut rest) = (Vec::new(), &bytes[..]);
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at(rest.len().min(*cut));
            pieces.push(Piece::Bytes(piece.to_vec()));
            rest = after;
        }
        let cut = lines(Start::Connection, &pieces);
        if is_synced(&whole.lines) {
            prop_assert_eq!(whole.lines, cut.lines);
        } else {
            let until = |lines: &[String]| lines.iter().take_while(|line| *line != "lost").cloned().collect::<Vec<_>>();
            prop_assert_eq!(until(&whole.lines), until(&cut.lines));
        }
    }

    #[test]
    fn holes_and_joins_never_panic_and_count_what_is_skipped(
        pieces in vec(prop_oneof![4 => any_frame().prop_map(Piece::Bytes), 1 => (1u64..60).prop_map(Piece::Gap), 1 => Just(Piece::Gap(u64::MAX / 2))], 0..12),
        is_late: bool,
    ) {
        let start = if is_late { Start::Midstream } else { Start::Connection };
        let bytes: usize = pieces.iter().map(|piece| if let Piece::Bytes(bytes) = piece { bytes.len() } else { 0 }).sum();
        prop_assert!(lines(start, &pieces).skipped <= bytes);
    }

    #[test]
    fn the_middle_of_a_stream_is_told_by_its_first_block(stream in 0u32..1000, more in vec(any_frame(), 0..3)) {
        let asks = [headers(2 * stream + 1, true, &[0x83, 0x86, 0x84]), data(2 * stream + 1, true, b"x"), more.concat()].concat();
        prop_assert_eq!(opening(&asks, true), tapistry_http::h2::Opening::Http2(Side::Client));
    }

    #[test]
    fn any_bytes_are_judged(bytes in vec(any::<u8>(), 0..200), is_late: bool) {
        opening(&bytes, is_late);
        lines(Start::Midstream, &[Piece::Bytes(bytes)]);
    }
}
