//! The wire format of protocol buffers: fields as they stand in a message.

use crate::Cx;
use tapistry_wire::weird::Weird;

/// Fields of one message that are looked at.
const FIELDS_MAX: usize = 4096;
/// The last number that a field may have.
pub(crate) const NUMBER_LAST: u32 = (1 << 29) - 1;
/// Groups inside of each other.
const GROUP_DEPTH_MAX: usize = 32;

/// A field.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub number: u32,
    pub value: Value<'a>,
}

/// What it holds, as far as the wire tells.
#[derive(Clone, Copy)]
pub(crate) enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
    /// The fields between the two marks of a group, which nobody has made since 2008 but some still read.
    Group(&'a [u8]),
}

/// The fields of a message whose numbers are `number_max` at most; `None` where the bytes are none to the last.
pub(crate) fn parts<'b>(mut bytes: &'b [u8], number_max: u32, cx: &mut Cx) -> Option<Vec<Part<'b>>> {
    let (mut parts, mut is_full) = (Vec::new(), false);
    while !bytes.is_empty() {
        let part = take_part(&mut bytes).filter(|part| part.number <= number_max)?;
        if parts.len() < FIELDS_MAX {
            parts.push(part);
        } else {
            is_full = true;
        }
    }
    if is_full {
        cx.weirds.insert(Weird::DigestLimit);
    }
    Some(parts)
}

/// The next field; `None` where the bytes are none.
pub(crate) fn take_part<'b>(bytes: &mut &'b [u8]) -> Option<Part<'b>> {
    let (number, kind) = take_tag(bytes)?;
    let value = match kind {
        3 => Value::Group(take_group(bytes, number, 0)?),
        _ => take_value(bytes, kind)?,
    };
    Some(Part { number, value })
}

/// A varint from the beginning of the bytes.
pub(crate) fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for (place, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * place).min(63);
        if byte & 0x80 == 0 {
            *bytes = &bytes[place + 1..];
            return Some(value);
        }
    }
    None
}

fn take_tag(bytes: &mut &[u8]) -> Option<(u32, u64)> {
    let tag = take_varint(bytes)?;
    let number = u32::try_from(tag >> 3).ok().filter(|number| (1..=NUMBER_LAST).contains(number))?;
    Some((number, tag & 7))
}

fn take_value<'b>(bytes: &mut &'b [u8], kind: u64) -> Option<Value<'b>> {
    Some(match kind {
        0 => Value::Varint(take_varint(bytes)?),
        1 => Value::Fixed64(u64::from_le_bytes(*take(bytes, 8)?.first_chunk()?)),
        2 => {
            let length = usize::try_from(take_varint(bytes)?).ok()?;
            Value::Bytes(take(bytes, length)?)
        }
        5 => Value::Fixed32(u32::from_le_bytes(*take(bytes, 4)?.first_chunk()?)),
        _ => return None,
    })
}

/// The bytes up to the end of the group of this number.
fn take_group<'b>(bytes: &mut &'b [u8], number: u32, depth: usize) -> Option<&'b [u8]> {
    let whole = *bytes;
    loop {
        let left = bytes.len();
        match take_tag(bytes)? {
            (ended, 4) => return (ended == number).then(|| &whole[..whole.len() - left]),
            (inner, 3) if depth < GROUP_DEPTH_MAX => drop(take_group(bytes, inner, depth + 1)?),
            (_, kind) => drop(take_value(bytes, kind)?),
        }
    }
}

fn take<'b>(bytes: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}
