//! Gzip (RFC 1952), as bytes come: one member or several. A wrong check sum (§2.3.1) is told, and the content is used: many receivers do not care.

use super::inflate::Inflate;
use super::step::{Out, Step};
use flate2::Crc;

const EXTRA: u8 = 4;
const NAME: u8 = 8;
const COMMENT: u8 = 16;
const HEADER_CHECKSUM: u8 = 2;
/// CRC-32 and size.
const TRAILER_BYTES: u16 = 8;
const SIZE_BYTES: u16 = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The first ten bytes; so many are read.
    Fixed(u8),
    /// The two bytes of the length of the extra field.
    ExtraLength(u8),
    /// Bytes to skip.
    Extra(u16),
    /// To the next NUL.
    Name,
    Comment,
    Checksum(u8),
    Body,
    /// Bytes of the trailer that have not come.
    Trailer(u16),
    /// After the first member, where no other began.
    After,
}

/// State that is kept between bodies.
#[derive(Debug)]
pub(crate) struct Gzip {
    part: Part,
    flags: u8,
    extra: u16,
    first: bool,
    /// Of the member's content so far.
    sum: Crc,
    /// The check sum as it comes.
    expected: u32,
    /// A member's content is not what its check sum says.
    pub is_damaged: bool,
    /// Something came after the first member.
    pub trailing: bool,
}

impl Gzip {
    pub fn new() -> Self {
        Gzip { part: Part::Fixed(0), flags: 0, extra: 0, first: true, sum: Crc::new(), expected: 0, is_damaged: false, trailing: false }
    }

    /// Whether the content is whole: only trailers or what follows may be missing.
    pub fn is_whole(&self) -> bool {
        matches!(self.part, Part::Trailer(_) | Part::After) || !self.first && matches!(self.part, Part::Fixed(_))
    }

    /// Whether nothing at all is missing.
    pub fn is_ended(&self) -> bool {
        matches!(self.part, Part::Trailer(0) | Part::After) || !self.first && self.part == Part::Fixed(0)
    }

    /// Takes all of `input`. Bytes after the last member are dropped.
    pub fn feed(&mut self, inflate: &mut Inflate, mut input: &[u8], buffer: &mut [u8], out: Out<'_>) -> Step {
        while let Some((&byte, rest)) = input.split_first() {
            match self.part {
                Part::Body => {
                    let sum = &mut self.sum;
                    let (used, step) = inflate.feed(input, buffer, &mut |piece| {
                        sum.update(piece);
                        out(piece)
                    });
                    input = &input[used..];
                    match step {
                        Step::Ended => self.part = Part::Trailer(TRAILER_BYTES),
                        Step::More if input.is_empty() => return Step::More,
                        Step::More => return Step::Failed,
                        step => return step,
                    }
                    continue;
                }
                Part::Trailer(left) => {
                    input = rest;
                    if left > SIZE_BYTES {
                        self.expected = self.expected >> 8 | u32::from(byte) << 24;
                    }
                    self.part = Part::Trailer(left - 1);
                    if left == 1 {
                        self.is_damaged |= self.expected != self.sum.sum();
                        self.sum.reset();
                        (self.part, self.first) = (Part::Fixed(0), false);
                    }
                    continue;
                }
                Part::After => return Step::More,
                _ => {}
            }
            input = rest;
            if !self.header_byte(byte) {
                return Step::Failed;
            }
            if self.part == Part::Body {
                inflate.reset(false);
            }
        }
        Step::More
    }

    /// One byte of a header; false: it is none.
    fn header_byte(&mut self, byte: u8) -> bool {
        match self.part {
            Part::Fixed(at) => {
                if at == 0 && !self.first {
                    self.trailing = true;
                }
                if [0x1f, 0x8b, 8].get(usize::from(at)).is_some_and(|&expected| expected != byte) {
                    if self.first {
                        return false;
                    }
                    self.part = Part::After;
                    return true;
                }
                if at == 3 {
                    self.flags = byte;
                }
                self.part = Part::Fixed(at + 1);
                if at == 9 {
                    self.after_fixed();
                }
            }
            Part::ExtraLength(0) => (self.extra, self.part) = (u16::from(byte), Part::ExtraLength(1)),
            Part::ExtraLength(_) => {
                self.part = Part::Extra(self.extra | u16::from(byte) << 8);
                if self.part == Part::Extra(0) {
                    self.after_extra();
                }
            }
            Part::Extra(left) => {
                self.part = Part::Extra(left - 1);
                if left == 1 {
                    self.after_extra();
                }
            }
            Part::Name if byte == 0 => self.after_name(),
            Part::Comment if byte == 0 => self.after_comment(),
            Part::Checksum(0) => self.part = Part::Checksum(1),
            Part::Checksum(_) => self.part = Part::Body,
            Part::Name | Part::Comment | Part::Body | Part::Trailer(_) | Part::After => {}
        }
        true
    }

    fn after_fixed(&mut self) {
        if self.flags & EXTRA != 0 { self.part = Part::ExtraLength(0) } else { self.after_extra() }
    }

    fn after_extra(&mut self) {
        if self.flags & NAME != 0 { self.part = Part::Name } else { self.after_name() }
    }

    fn after_name(&mut self) {
        if self.flags & COMMENT != 0 { self.part = Part::Comment } else { self.after_comment() }
    }

    fn after_comment(&mut self) {
        self.part = if self.flags & HEADER_CHECKSUM != 0 { Part::Checksum(0) } else { Part::Body };
    }
}
