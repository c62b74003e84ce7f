//! Zstandard (RFC 8878), as bytes come: frames and skippable frames in any number.

use std::fmt;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::step::{Out, Step};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// Windows above this are refused, as RFC 9659 asks of receivers of HTTP content.
const WINDOW_BYTES_MAX: u64 = 8 << 20;
/// The most that a block may take (RFC 8878 §3.1.1.2.3).
const BLOCK_BYTES_MAX: usize = 128 << 10;
const MAGIC: u32 = 0xfd2f_b528;
const SKIPPABLE_MAGIC: u32 = 0x184d_2a50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// Before a frame.
    Header,
    /// Bytes of a skippable frame to skip.
    Skip(u32),
    /// Between blocks; whether a check sum ends the frame.
    Blocks { checksum: bool },
    /// After the first frame, where no other began.
    After,
}

/// State that is kept between bodies.
pub(crate) struct Zstd {
    decoder: FrameDecoder,
    part: Part,
    /// A block, or a frame header, that has not come whole; at most a block and its headers.
    held: Vec<u8>,
    frames: u32,
    /// Something came after the first frame.
    pub trailing: bool,
}

impl fmt::Debug for Zstd {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Zstd").field("part", &self.part).field("frames", &self.frames).finish_non_exhaustive()
    }
}

/// What the bytes at hand allow.
enum Next {
    /// So many bytes are needed for the next part.
    Needs(usize),
    /// So many bytes were taken.
    Took(usize),
    Fails,
    Stops,
}

impl Zstd {
    pub fn new() -> Self {
        Zstd { decoder: FrameDecoder::new(), part: Part::Header, held: Vec::new(), frames: 0, trailing: false }
    }

    pub fn reset(&mut self) {
        self.held.clear();
        (self.part, self.frames, self.trailing) = (Part::Header, 0, false);
    }

    /// Whether the content is whole.
    pub fn is_ended(&self) -> bool {
        self.part == Part::After || self.part == Part::Header && self.frames > 0 && self.held.is_empty()
    }

    /// Takes all of `input`.
    pub fn feed(&mut self, mut input: &[u8], buffer: &mut [u8], out: Out<'_>) -> Step {
        loop {
            if self.held.is_empty() {
                match self.next(input, buffer, out) {
                    Next::Took(count) => input = &input[count..],
                    Next::Needs(_) => {
                        self.held.extend_from_slice(input);
                        return Step::More;
                    }
                    Next::Fails => return Step::Failed,
                    Next::Stops => return Step::Stopped,
                }
                continue;
            }
            let held = std::mem::take(&mut self.held);
            let step = self.next(&held, buffer, out);
            self.held = held;
            match step {
                // Parts are taken whole: what is held is never longer than the part that it was held for.
                Next::Took(count) => drop(self.held.drain(..count)),
                Next::Needs(count) => {
                    let taken = count.saturating_sub(self.held.len()).min(input.len());
                    self.held.extend_from_slice(&input[..taken]);
                    input = &input[taken..];
                    if self.held.len() < count {
                        return Step::More;
                    }
                }
                Next::Fails => return Step::Failed,
                Next::Stops => return Step::Stopped,
            }
        }
    }

    /// The input is over: gives what the decoder kept back as the window of blocks that will not come.
    pub fn finish(&mut self, buffer: &mut [u8], out: Out<'_>) {
        if let Part::Blocks { checksum } = self.part {
            // An empty last block, and a check sum that nobody looks at.
            let end: &[u8] = if checksum { &[1, 0, 0, 0, 0, 0, 0] } else { &[1, 0, 0] };
            self.block(end, checksum, buffer, out);
            self.part = Part::Blocks { checksum };
        }
    }

    /// Takes the next part from the front of `bytes`, if it is there whole.
    fn next(&mut self, bytes: &[u8], buffer: &mut [u8], out: Out<'_>) -> Next {
        match self.part {
            Part::After if bytes.is_empty() => Next::Needs(1),
            Part::After => Next::Took(bytes.len()),
            Part::Skip(left) if bytes.is_empty() && left > 0 => Next::Needs(1),
            Part::Skip(left) => {
                let count = (left as usize).min(bytes.len());
                self.part = if count == left as usize { Part::Header } else { Part::Skip(left - count as u32) };
                Next::Took(count)
            }
            Part::Header => self.header(bytes),
            Part::Blocks { checksum } => self.block(bytes, checksum, buffer, out),
        }
    }

    fn header(&mut self, bytes: &[u8]) -> Next {
        let Some(magic) = bytes.first_chunk::<4>() else { return Next::Needs(4) };
        let magic = u32::from_le_bytes(*magic);
        if self.frames > 0 {
            self.trailing = true;
        }
        if magic & !15 == SKIPPABLE_MAGIC {
            let Some(size) = bytes.get(4..).and_then(|rest| rest.first_chunk::<4>()) else { return Next::Needs(8) };
            self.part = Part::Skip(u32::from_le_bytes(*size));
            return Next::Took(8);
        }
        if magic != MAGIC {
            if self.frames == 0 {
                return Next::Fails;
            }
            self.part = Part::After;
            return Next::Took(4);
        }
        let Some(&descriptor) = bytes.get(4) else { return Next::Needs(5) };
        let single = descriptor >> 5 & 1 == 1;
        let dictionary = [0, 1, 2, 4][usize::from(descriptor & 3)];
        let size = match descriptor >> 6 {
            0 => usize::from(single),
            code => 1 << code,
        };
        let length = 5 + usize::from(!single) + dictionary + size;
        let Some(mut header) = bytes.get(..length) else { return Next::Needs(length) };
        let window = if single { number(&header[length - size..]) + if size == 2 { 256 } else { 0 } } else { window_of(header[5]) };
        // A dictionary would have to be known.
        if window > WINDOW_BYTES_MAX || number(&header[5 + usize::from(!single)..][..dictionary]) != 0 {
            return Next::Fails;
        }
        if !matches!(guarded(|| self.decoder.reset(&mut header).is_ok()), Some(true)) {
            return self.fails();
        }
        self.part = Part::Blocks { checksum: descriptor >> 2 & 1 == 1 };
        Next::Took(length)
    }

    fn block(&mut self, bytes: &[u8], checksum: bool, buffer: &mut [u8], out: Out<'_>) -> Next {
        let Some(header) = bytes.get(..3) else { return Next::Needs(3) };
        let header = number(header) as usize;
        let (last, kind, size) = (header & 1 == 1, header >> 1 & 3, header >> 3);
        if size > BLOCK_BYTES_MAX {
            return Next::Fails;
        }
        let length = 3 + if kind == 1 { 1 } else { size } + if last && checksum { 4 } else { 0 };
        let Some(mut block) = bytes.get(..length) else { return Next::Needs(length) };
        let decoded = guarded(|| self.decoder.decode_blocks(&mut block, BlockDecodingStrategy::UptoBlocks(1)).is_ok());
        if decoded != Some(true) {
            return self.fails();
        }
        loop {
            match guarded(|| self.decoder.read(buffer)) {
                Some(Ok(0)) => break,
                Some(Ok(count)) if out(&buffer[..count]) => {}
                Some(Ok(_)) => return Next::Stops,
                _ => return self.fails(),
            }
        }
        if last {
            self.frames = self.frames.saturating_add(1);
            self.part = Part::Header;
        }
        Next::Took(length)
    }

    /// The decoder may be in any state: the next body gets a new one.
    fn fails(&mut self) -> Next {
        self.decoder = FrameDecoder::new();
        Next::Fails
    }
}

/// Runs a step of the decoder, which asserts some properties of its input that hostile input does not have.
fn guarded<T>(step: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(step)).ok()
}

/// Little-endian.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte))
}

/// The window of a window descriptor (RFC 8878 §3.1.1.1.2).
fn window_of(descriptor: u8) -> u64 {
    let base = 1u64 << (10 + (descriptor >> 3));
    base + base / 8 * u64::from(descriptor & 7)
}
