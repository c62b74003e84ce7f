//! Undoes codings, whole bodies or piece by piece, with caps on output and ratio.

use super::layer::Layer;
use super::limits::Limits;
use super::list::Coding;
use super::step::Out;
use tapistry_wire::weird::{Weird, WeirdSet};

/// Coded bytes that are taken at a time, so that the ratio is looked at early.
const PIECE_BYTES: usize = 16 << 10;

/// How decoding ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CodingOutcome {
    /// The whole content was delivered. With an unknown coding that is the content as it was sent.
    pub complete: bool,
    /// What was odd: `coding.*`.
    pub weirds: WeirdSet,
}

/// Decodes whole bodies with state that is kept between them. One per worker.
#[derive(Debug, Default)]
pub struct Decoder {
    chain: Chain,
}

impl Decoder {
    /// Undoes `codings` (in order of application, as [`super::Codings::as_slice`] has them) on `input` and hands the content to `out`, piece by
    /// piece; `out` returns false to stop.
    pub fn decode(&mut self, codings: &[Coding], input: &[u8], limits: &Limits, out: &mut dyn FnMut(&[u8]) -> bool) -> CodingOutcome {
        self.chain.begin(codings, limits);
        self.chain.feed(input, out);
        self.chain.finish(true, out)
    }
}

/// Decodes one body piece by piece, for bodies that are not kept. How its input is cut does not matter unless a cap is hit.
#[derive(Debug)]
pub struct StreamDecoder {
    chain: Chain,
}

impl StreamDecoder {
    /// A decoder for one body.
    pub fn new(codings: &[Coding], limits: &Limits) -> Self {
        let mut chain = Chain::default();
        chain.begin(codings, limits);
        StreamDecoder { chain }
    }

    /// Begins another body, with the memory of the last.
    pub fn begin(&mut self, codings: &[Coding], limits: &Limits) {
        self.chain.begin(codings, limits);
    }

    /// Takes the next coded bytes; false when nothing more is wanted (a cap was hit, the coding broke, or `out` said so).
    pub fn feed(&mut self, input: &[u8], out: &mut dyn FnMut(&[u8]) -> bool) -> bool {
        self.chain.feed(input, out)
    }

    /// The body is over; `whole` says whether all its coded bytes were fed.
    pub fn finish(&mut self, whole: bool, out: &mut dyn FnMut(&[u8]) -> bool) -> CodingOutcome {
        self.chain.finish(whole, out)
    }
}

/// The layers of a body, outermost (applied last) first.
#[derive(Debug)]
struct Chain {
    layers: Vec<Layer>,
    count: usize,
    limits: Limits,
    coded: u64,
    wanted: bool,
    /// The caller had enough.
    refused: bool,
    weirds: WeirdSet,
}

impl Default for Chain {
    fn default() -> Self {
        Chain { layers: Vec::new(), count: 0, limits: Limits::default(), coded: 0, wanted: true, refused: false, weirds: WeirdSet::default() }
    }
}

impl Chain {
    fn begin(&mut self, codings: &[Coding], limits: &Limits) {
        self.limits = *limits;
        (self.count, self.coded, self.wanted, self.refused, self.weirds) = (0, 0, true, false, WeirdSet::default());
        if codings.contains(&Coding::Unknown) {
            // What the known ones would leave is no content either.
            self.weirds.insert(Weird::CodingUnknown);
            return;
        }
        for &coding in codings.iter().rev().filter(|&&coding| coding != Coding::Identity) {
            if self.count == self.layers.len() {
                self.layers.push(Layer::new());
            }
            self.layers[self.count].begin(coding);
            self.count += 1;
        }
    }

    fn feed(&mut self, input: &[u8], out: Out<'_>) -> bool {
        for piece in input.chunks(PIECE_BYTES) {
            if !self.wanted {
                break;
            }
            self.coded += piece.len() as u64;
            let mut caps = Caps { limits: self.limits, coded: self.coded, hit: false, refused: false };
            self.wanted = feed(&mut self.layers[..self.count], piece, &mut caps, out);
            self.note(&caps);
        }
        self.wanted
    }

    fn finish(&mut self, whole: bool, out: Out<'_>) -> CodingOutcome {
        let mut complete = whole;
        for index in 0..self.count {
            let mut caps = Caps { limits: self.limits, coded: self.coded, hit: false, refused: false };
            let (layer, rest) = self.layers[index..self.count].split_at_mut(1);
            let made = layer[0].made;
            complete &= layer[0].finish(&mut forward(made, rest, &mut caps, out));
            self.weirds.extend(layer[0].weirds);
            self.note(&caps);
        }
        let complete = complete && !self.refused && !self.weirds.contains(Weird::CodingBomb);
        CodingOutcome { complete, weirds: self.weirds }
    }

    fn note(&mut self, caps: &Caps) {
        self.refused |= caps.refused;
        if caps.hit {
            self.weirds.insert(Weird::CodingBomb);
            self.wanted = false;
        }
    }
}

/// The caps, and whether one was hit.
struct Caps {
    limits: Limits,
    coded: u64,
    hit: bool,
    refused: bool,
}

impl Caps {
    /// How many of `more` bytes a layer may give that has given `made`.
    fn allow(&mut self, made: u64, more: usize) -> usize {
        let ratio_max = self.coded.saturating_mul(self.limits.ratio_max).max(self.limits.ratio_floor_bytes);
        let room = self.limits.output_bytes_max.min(ratio_max).saturating_sub(made);
        if more as u64 > room {
            self.hit = true;
            return room as usize;
        }
        more
    }
}

/// Hands bytes to the first layer, or to the caller after the last.
fn feed(layers: &mut [Layer], bytes: &[u8], caps: &mut Caps, out: Out<'_>) -> bool {
    match layers.split_first_mut() {
        Some((layer, rest)) => {
            let made = layer.made;
            layer.feed(bytes, &mut forward(made, rest, caps, out))
        }
        None => {
            let wanted = out(bytes);
            caps.refused |= !wanted;
            wanted
        }
    }
}

/// What a layer that has given `made` bytes gives, within the caps, to the layers after it.
fn forward<'a>(made: u64, rest: &'a mut [Layer], caps: &'a mut Caps, out: Out<'a>) -> impl FnMut(&[u8]) -> bool + 'a {
    let mut made = made;
    move |bytes| {
        let count = caps.allow(made, bytes.len());
        made += bytes.len() as u64;
        let wanted = count == 0 || feed(rest, &bytes[..count], caps, out);
        wanted && !caps.hit
    }
}
