//! Undoes codings, whole bodies or piece by piece, with caps on output and ratio.

use super::list::Coding;
use tapistry_wire::weird::WeirdSet;

/// Caps against decompression bombs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Decoded bytes, over all; more are dropped as `coding.bomb`.
    pub output_bytes_max: u64,
    /// Decoded bytes a coded byte, looked at once `ratio_floor_bytes` are decoded.
    pub ratio_max: u64,
    /// Below this many decoded bytes the ratio does not matter.
    pub ratio_floor_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { output_bytes_max: 64 << 20, ratio_max: 2048, ratio_floor_bytes: 1 << 20 }
    }
}

/// How decoding ended.
#[derive(Clone, Copy, Debug, Default)]
pub struct CodingOutcome {
    /// The whole content was delivered.
    pub complete: bool,
    /// What was odd.
    pub weirds: WeirdSet,
}

/// Decodes whole bodies with state that is kept between them. One per worker.
#[derive(Debug, Default)]
pub struct Decoder {}

impl Decoder {
    /// Undoes `codings` (in order of application) on `input` and hands the content to `out`, piece by piece; `out` returns false to stop.
    pub fn decode(
        &mut self,
        _codings: &[Coding],
        _input: &[u8],
        _limits: &Limits,
        _out: &mut dyn FnMut(&[u8]) -> bool,
    ) -> CodingOutcome {
        CodingOutcome::default()
    }
}

/// Decodes one body piece by piece.
#[derive(Debug)]
pub struct StreamDecoder {}

impl StreamDecoder {
    /// A decoder for one body.
    pub fn new(_codings: &[Coding], _limits: &Limits) -> Self {
        StreamDecoder {}
    }

    /// Takes the next coded bytes; false when nothing more is wanted (a cap was hit, or `out` said so).
    pub fn feed(&mut self, _input: &[u8], _out: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        true
    }

    /// The body is over; `whole` says whether all its coded bytes were fed.
    pub fn finish(&mut self, _whole: bool, _out: &mut dyn FnMut(&[u8]) -> bool) -> CodingOutcome {
        CodingOutcome::default()
    }
}
