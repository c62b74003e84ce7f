//! Content codings: byte 0 names up to two of them. Whole or by pieces gives the same content, within the caps; of a damaged one, a part from its start.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tapistry_http::coding::{Coding, Decoder, Limits, StreamDecoder};

const CODINGS: [Coding; 6] = [Coding::Gzip, Coding::Deflate, Coding::Brotli, Coding::Zstd, Coding::Identity, Coding::Unknown];
const LIMITS: Limits = Limits { output_bytes_max: 1 << 20, ratio_max: 2048, ratio_floor_bytes: 64 << 10 };

fuzz_target!(|input: &[u8]| {
    let [named, step, body @ ..] = input else { return };
    let both = [CODINGS[usize::from(named & 15) % 6], CODINGS[usize::from(named >> 4) % 6]];
    let codings = if named & 15 < 6 { &both[..1] } else { &both[..] };
    let mut whole = Vec::new();
    let outcome = Decoder::default().decode(codings, body, &LIMITS, &mut |bytes| {
        whole.extend_from_slice(bytes);
        true
    });
    assert!(whole.len() as u64 <= LIMITS.output_bytes_max.max(body.len() as u64));
    let mut pieces = Vec::new();
    let mut decoder = StreamDecoder::new(codings, &LIMITS);
    let mut take = |bytes: &[u8]| {
        pieces.extend_from_slice(bytes);
        true
    };
    for piece in body.chunks(usize::from(*step) + 1) {
        if !decoder.feed(piece, &mut take) {
            break;
        }
    }
    let again = decoder.finish(true, &mut take);
    // The Brotli decoder keeps what it has decoded to itself when the damage lies in the piece at hand, so that of a damaged stream the cuts decide
    // what is seen, and with it whether the stream is taken for Brotli at all.
    let is_sound = outcome.complete && again.complete && outcome.weirds.is_empty() && again.weirds.is_empty();
    if codings.contains(&Coding::Brotli) && !is_sound {
        return;
    }
    // The ratio is looked at by piece, so a bomb may be noticed earlier or later.
    if whole.len() < LIMITS.ratio_floor_bytes as usize && pieces.len() < LIMITS.ratio_floor_bytes as usize {
        assert_eq!(outcome, again);
        if outcome.complete {
            assert_eq!(whole, pieces);
        } else {
            // How much comes before the damage depends on where the decoder was handed its bytes.
            assert!(whole.starts_with(&pieces) || pieces.starts_with(&whole));
        }
    }
});
