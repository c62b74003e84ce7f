//! Reads header blocks of one direction, in order.

use super::huffman;
use super::integer::take_integer;
use super::static_table::ENTRIES;
use super::table::{Known, Table};
use std::ops::RangeInclusive;

/// Hears of the fields of a block.
pub trait FieldSink {
    /// The next field, as far as it is known: the name, the value, or both may be in a table whose content is not.
    fn field(&mut self, name: Option<&[u8]>, value: Option<&[u8]>);
}

/// What became of a block.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Fields are not or not wholly known, since the table is not.
    pub is_unknown: bool,
    /// The block is wrong: an index that is none, a text that is cut off or badly coded.
    pub is_wrong: bool,
    /// Fields beyond the bound were left out.
    pub is_cut: bool,
}

/// The state of one direction.
#[derive(Debug)]
pub struct Decoder {
    table: Table,
    text: Vec<u8>,
    last: Last,
}

/// The last long value that is not put into the table, nearly always a token that comes with every request.
#[derive(Debug, Default)]
struct Last {
    coded: Vec<u8>,
    text: Vec<u8>,
}

/// Bytes of such a value as it is sent: shorter ones are decoded in no time, longer ones not kept.
const LAST_BYTES: RangeInclusive<usize> = 128..=4096;
/// Bytes of the fields of one block that are told: few bytes may name many.
const LIST_BYTES_MAX: usize = 256 << 10;
/// Room that stays for the next text.
const POOLED_BYTES_MAX: usize = 4096;

impl Default for Decoder {
    fn default() -> Self {
        Decoder { table: Table::new(), text: Vec::new(), last: Last::default() }
    }
}

impl Decoder {
    /// Bytes that it takes.
    pub fn held_bytes(&self) -> usize {
        self.table.held_bytes() + self.text.capacity() + self.last.coded.capacity() + self.last.text.capacity()
    }

    /// Blocks may have gone by unseen.
    pub fn lose(&mut self) {
        self.table.lose();
    }

    /// Reads one block.
    pub fn block(&mut self, mut block: &[u8], sink: &mut impl FieldSink) -> Outcome {
        let mut outcome = Outcome::default();
        let mut left = LIST_BYTES_MAX;
        while let Some(first) = block.first() {
            let is_read = match first {
                0x80.. => take_integer(&mut block, 7).map(|index| self.indexed(index as usize, &mut left, &mut outcome, sink)),
                0x40..0x80 => self.literal(&mut block, 6, true, &mut left, &mut outcome, sink),
                0x20..0x40 => take_integer(&mut block, 5).map(|size| self.table.resize(size as usize)),
                0..0x20 => self.literal(&mut block, 4, false, &mut left, &mut outcome, sink),
            };
            if is_read.is_none() {
                // What the rest would have put into the table is unknown.
                outcome.is_wrong = true;
                self.table.lose();
                break;
            }
        }
        self.text.shrink_to(POOLED_BYTES_MAX);
        outcome
    }

    #[inline]
    fn indexed(&self, index: usize, left: &mut usize, outcome: &mut Outcome, sink: &mut impl FieldSink) {
        let field = known(&self.table, index, outcome);
        outcome.is_unknown |= field.0.is_some() != field.1.is_some();
        tell(field, left, outcome, sink);
    }

    fn literal(&mut self, block: &mut &[u8], bits: u32, is_kept: bool, left: &mut usize, outcome: &mut Outcome, sink: &mut impl FieldSink) -> Option<()> {
        let Decoder { table, text, last } = self;
        text.clear();
        let index = take_integer(block, bits)? as usize;
        let mut has_name = true;
        if index == 0 {
            has_name = take_text(block, text, None, outcome)?;
        } else {
            match known(table, index, outcome).0 {
                Some(name) => text.extend_from_slice(name),
                None => has_name = false,
            }
        }
        let name_bytes = text.len();
        let has_value = take_text(block, text, (!is_kept).then_some(last), outcome)?;
        let (name, value) = text.split_at(name_bytes);
        let field = (has_name.then_some(name), has_value.then_some(value));
        if is_kept {
            table.insert(field);
        }
        tell(field, left, outcome, sink);
        Some(())
    }
}

/// The entry of an index, static or dynamic.
#[inline]
fn known<'a>(table: &'a Table, index: usize, outcome: &mut Outcome) -> Known<'a> {
    let place = index.wrapping_sub(1);
    if let Some((name, value)) = ENTRIES.get(place) {
        return (Some(name), Some(value));
    }
    let field = place.checked_sub(ENTRIES.len()).and_then(|place| table.get(place));
    match field {
        Some(field) => {
            outcome.is_unknown |= field.0.is_none();
            field
        }
        None => {
            let is_unknown = index > 0 && table.is_lost;
            outcome.is_unknown |= is_unknown;
            outcome.is_wrong |= !is_unknown;
            (None, None)
        }
    }
}

/// Appends a text; `Some(false)` where its code is wrong, `None` where it is cut off.
#[inline]
fn take_text(block: &mut &[u8], out: &mut Vec<u8>, last: Option<&mut Last>, outcome: &mut Outcome) -> Option<bool> {
    let is_coded = block.first()? & 0x80 != 0;
    let length = take_integer(block, 7)? as usize;
    let text = block.get(..length)?;
    *block = &block[length..];
    if !is_coded {
        out.extend_from_slice(text);
        return Some(true);
    }
    let last = last.filter(|_| LAST_BYTES.contains(&length));
    if let Some(last) = &last
        && last.coded == text
    {
        out.extend_from_slice(&last.text);
        return Some(true);
    }
    let start = out.len();
    let is_right = huffman::decode(text, out);
    if let (Some(last), true) = (last, is_right) {
        text.clone_into(&mut last.coded);
        out[start..].clone_into(&mut last.text);
    }
    outcome.is_wrong |= !is_right;
    Some(is_right)
}

#[inline]
fn tell((name, value): Known<'_>, left: &mut usize, outcome: &mut Outcome, sink: &mut impl FieldSink) {
    let bytes = name.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len);
    match left.checked_sub(bytes) {
        Some(less) => {
            *left = less;
            sink.field(name, value);
        }
        None => outcome.is_cut = true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Values(Vec<Vec<u8>>);

    impl FieldSink for Values {
        fn field(&mut self, _: Option<&[u8]>, value: Option<&[u8]>) {
            self.0.extend(value.map(<[u8]>::to_vec));
        }
    }

    #[test]
    fn long_values_come_again_and_change() {
        let (mut decoder, mut told) = (Decoder::default(), Values(Vec::new()));
        let tokens: Vec<Vec<u8>> = ["ab", "ab", "ba", "abb", "ba"].iter().map(|part| part.repeat(240 / part.len()).into_bytes()).collect();
        for token in &tokens {
            let mut coded = Vec::new();
            huffman::encode(token, &mut coded);
            assert!(LAST_BYTES.contains(&coded.len()));
            // Never indexed, of the name 23 of the static table, `authorization`; then its length, whose first seven bits are ones.
            let length = coded.len() - 127;
            let mut block = vec![0x1f, 8, 0xff];
            block.extend(if length < 128 { vec![length as u8] } else { vec![length as u8 | 0x80, (length >> 7) as u8] });
            block.extend(&coded);
            assert_eq!(decoder.block(&block, &mut told), Outcome::default());
        }
        assert_eq!(told.0, tokens);
    }
}
