//! One coding of a body: finds out what the bytes really are, and undoes that.

use super::brotli::Brotli;
use super::gzip::Gzip;
use super::inflate::Inflate;
use super::list::Coding;
use super::step::{Out, Step};
use super::zstd::Zstd;
use tapistry_wire::weird::{Weird, WeirdSet};

/// Bytes by which the real coding is told.
const SNIFFED_BYTES: usize = 512;
/// Size of the output buffer.
const BUFFER_BYTES: usize = 32 << 10;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Not known yet what the bytes are; they are held.
    Sniff,
    Pass,
    Gzip,
    Zlib,
    Raw,
    Brotli,
    Zstd,
    /// The stream has ended; what follows is dropped.
    Ended,
    /// Broken or not wanted; what follows is dropped.
    Dead,
}

/// A layer with state that is kept between bodies.
#[derive(Debug)]
pub(crate) struct Layer {
    coding: Coding,
    stage: Stage,
    held: Vec<u8>,
    buffer: Vec<u8>,
    inflate: Option<Box<Inflate>>,
    gzip: Gzip,
    brotli: Option<Brotli>,
    zstd: Option<Box<Zstd>>,
    /// Bytes given in this body.
    pub made: u64,
    /// Bytes were lost: the stream broke off, or is none from some byte on.
    truncated: bool,
    pub weirds: WeirdSet,
}

impl Layer {
    pub fn new() -> Self {
        Layer {
            coding: Coding::Identity,
            stage: Stage::Pass,
            held: Vec::new(),
            buffer: Vec::new(),
            inflate: None,
            gzip: Gzip::new(),
            brotli: None,
            zstd: None,
            made: 0,
            truncated: false,
            weirds: WeirdSet::default(),
        }
    }

    /// Begins a body.
    pub fn begin(&mut self, coding: Coding) {
        self.coding = coding;
        self.stage = if matches!(coding, Coding::Identity | Coding::Unknown) { Stage::Pass } else { Stage::Sniff };
        self.held.clear();
        self.gzip = Gzip::new();
        self.brotli = None;
        (self.made, self.truncated, self.weirds) = (0, false, WeirdSet::default());
    }

    /// Takes coded bytes; false: no more are wanted.
    pub fn feed(&mut self, input: &[u8], out: Out<'_>) -> bool {
        if self.stage != Stage::Sniff {
            return self.decode(input, out);
        }
        if self.held.is_empty() && self.choose(input, false) {
            return self.decode(input, out);
        }
        let room = SNIFFED_BYTES.saturating_sub(self.held.len()).min(input.len());
        self.held.extend_from_slice(&input[..room]);
        let held = std::mem::take(&mut self.held);
        let chosen = self.choose(&held, false);
        let wanted = !chosen || self.decode(&held, out) && (room == input.len() || self.decode(&input[room..], out));
        self.held = held;
        wanted
    }

    /// The coded bytes are over. Returns whether the content is whole.
    pub fn finish(&mut self, out: Out<'_>) -> bool {
        if self.stage == Stage::Sniff && !self.held.is_empty() {
            let held = std::mem::take(&mut self.held);
            self.choose(&held, true);
            self.decode(&held, out);
            self.held = held;
        }
        let whole = match self.stage {
            // An empty body is an empty content, whatever its label.
            Stage::Sniff | Stage::Pass | Stage::Ended => true,
            Stage::Gzip => {
                self.truncated |= !self.gzip.is_ended() || self.gzip.is_damaged;
                if self.gzip.trailing {
                    self.weirds.insert(Weird::CodingTrailingMember);
                }
                self.gzip.is_whole()
            }
            Stage::Zstd => {
                let (ended, trailing) = self.zstd.as_ref().map_or((false, false), |zstd| (zstd.is_ended(), zstd.trailing));
                self.truncated |= !ended;
                if let (Some(zstd), false) = (&mut self.zstd, ended) {
                    zstd.finish(&mut self.buffer, out);
                }
                if trailing {
                    self.weirds.insert(Weird::CodingTrailingMember);
                }
                ended
            }
            Stage::Zlib | Stage::Raw | Stage::Brotli => {
                self.truncated = true;
                false
            }
            Stage::Dead => false,
        };
        if self.truncated {
            self.weirds.insert(Weird::CodingTruncated);
        }
        whole
    }

    /// Decides what `bytes`, the first of the body, are; false: more are needed. By the magic number where there is one, else by whether
    /// they decode; labels are often wrong, and receivers go by content then.
    fn choose(&mut self, bytes: &[u8], last: bool) -> bool {
        let enough = last || bytes.len() >= SNIFFED_BYTES;
        if bytes.len() < 4 && !enough {
            return false;
        }
        let real = match bytes {
            [0x1f, 0x8b, 8, ..] => Stage::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Stage::Zstd,
            _ if !enough => return false,
            _ => self.try_out(&bytes[..bytes.len().min(SNIFFED_BYTES)], last),
        };
        let labelled = match self.coding {
            Coding::Gzip => real == Stage::Gzip,
            Coding::Deflate => matches!(real, Stage::Zlib | Stage::Raw),
            Coding::Brotli => real == Stage::Brotli,
            Coding::Zstd => real == Stage::Zstd,
            Coding::Identity | Coding::Unknown => true,
        };
        if !labelled {
            self.weirds.insert(Weird::CodingMislabelled);
        }
        match real {
            Stage::Zlib | Stage::Raw => self.inflate(real == Stage::Zlib),
            Stage::Gzip => self.inflate(false),
            Stage::Brotli => self.brotli = Some(Brotli::new()),
            Stage::Zstd => self.zstd.get_or_insert_with(|| Box::new(Zstd::new())).reset(),
            _ => {}
        }
        self.stage = real;
        true
    }

    /// The coding without magic number under which the first bytes decode without error. Where they are the whole body (`last`) the coded
    /// stream must end in them, or they must at least not be plain text: a short text decodes as the start of many a stream.
    fn try_out(&mut self, bytes: &[u8], last: bool) -> Stage {
        self.size_buffer();
        let fits = |step, labelled: bool| match step {
            Step::Ended => true,
            Step::More => !last || labelled && !is_text(bytes),
            Step::Failed | Step::Stopped => false,
        };
        if self.coding == Coding::Brotli {
            let (_, step) = Brotli::new().feed(bytes, &mut self.buffer, &mut |_| true);
            return if fits(step, true) { Stage::Brotli } else { Stage::Pass };
        }
        for (stage, possible) in [(Stage::Zlib, has_zlib_header(bytes)), (Stage::Raw, true)] {
            if !possible {
                continue;
            }
            self.inflate(stage == Stage::Zlib);
            let Some(inflate) = &mut self.inflate else { continue };
            let (_, step) = inflate.feed(bytes, &mut self.buffer, &mut |_| true);
            if fits(step, self.coding == Coding::Deflate) {
                return stage;
            }
        }
        Stage::Pass
    }

    fn inflate(&mut self, zlib: bool) {
        match &mut self.inflate {
            Some(inflate) => inflate.reset(zlib),
            None => self.inflate = Some(Box::new(Inflate::new(zlib))),
        }
    }

    fn size_buffer(&mut self) {
        if self.buffer.is_empty() {
            self.buffer = vec![0; BUFFER_BYTES];
        }
    }

    fn decode(&mut self, input: &[u8], out: Out<'_>) -> bool {
        if input.is_empty() {
            return true;
        }
        if self.stage != Stage::Pass {
            self.size_buffer();
        }
        let Layer { buffer, inflate, gzip, brotli, zstd, made, .. } = self;
        let out = &mut |bytes: &[u8]| {
            *made += bytes.len() as u64;
            out(bytes)
        };
        let (used, step) = match (self.stage, inflate, brotli, zstd) {
            (Stage::Pass, ..) => (input.len(), if out(input) { Step::More } else { Step::Stopped }),
            (Stage::Gzip, Some(inflate), ..) => (input.len(), gzip.feed(inflate, input, buffer, out)),
            (Stage::Zlib | Stage::Raw, Some(inflate), ..) => inflate.feed(input, buffer, out),
            (Stage::Brotli, _, Some(brotli), _) => brotli.feed(input, buffer, out),
            (Stage::Zstd, _, _, Some(zstd)) => (input.len(), zstd.feed(input, buffer, out)),
            (Stage::Ended, ..) => {
                self.weirds.insert(Weird::CodingTrailingMember);
                return true;
            }
            _ => return false,
        };
        match step {
            Step::More => true,
            Step::Ended => {
                self.stage = Stage::Ended;
                if used < input.len() {
                    self.weirds.insert(Weird::CodingTrailingMember);
                }
                true
            }
            Step::Failed => {
                (self.stage, self.truncated) = (Stage::Dead, true);
                false
            }
            Step::Stopped => {
                self.stage = Stage::Dead;
                false
            }
        }
    }
}

/// Method 8, a window that exists, the check bits right (RFC 1950 §2.2).
fn has_zlib_header(bytes: &[u8]) -> bool {
    matches!(bytes, [first, second, ..]
        if first & 15 == 8 && first >> 4 < 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0)
}

fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|&b| matches!(b, b'\t'..=b'\r' | b' '..=b'~'))
}
