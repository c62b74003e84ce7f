//! Protocol buffers without their schema: fields by number, their types as far as the wire tells.
//!
//! The wire has four types. Varints are integers, fixed widths are numbers where they make plausible ones. Bytes behind a length may be a
//! text, a message, or bytes: printable UTF-8 is a text unless it begins with a control character, which is how nested messages begin;
//! what reads as fields to its last byte is a message; anything else is bytes.

use crate::Cx;
use crate::classes::KeyHint;
use crate::shape::{Field, Node};
use tapistry_wire::weird::Weird;

/// Fields of one message that are looked at.
const FIELDS_MAX: usize = 4096;
/// Field numbers of schemas that people write; larger ones are chance.
const NUMBER_MAX: u32 = 1 << 16;

#[derive(Clone, Copy)]
struct Part<'a> {
    number: u32,
    value: Value<'a>,
}

#[derive(Clone, Copy)]
enum Value<'a> {
    Varint(u64),
    Fixed64(u64),
    Fixed32(u32),
    Bytes(&'a [u8]),
}

/// Counts one message as an object whose members are named by field number.
pub(crate) fn digest_protobuf(message: &[u8], node: &mut Node, cx: &mut Cx) {
    match parts(message) {
        Some(parts) => digest_parts(parts, node, 1, cx),
        None => {
            cx.weirds.insert(Weird::DigestInvalid);
        }
    }
}

fn digest_parts(mut parts: Vec<Part<'_>>, node: &mut Node, depth: usize, cx: &mut Cx) {
    parts.sort_by_key(|part| part.number);
    for group in parts.chunk_by(|a, b| a.number == b.number) {
        let Some(at) = node.known_child(&group[0].number.to_string(), KeyHint::default(), cx) else {
            node.fields_folded += 1;
            continue;
        };
        let Field { node: child, .. } = &mut node.fields[at];
        if let [only] = group {
            digest_value(only.value, child, depth, cx);
            continue;
        }
        for part in group {
            if let Some(item) = child.item_mut(cx) {
                digest_value(part.value, item, depth, cx);
            }
        }
        child.observe_array(u32::try_from(group.len()).unwrap_or(u32::MAX));
    }
    node.observe_object();
}

fn digest_value(value: Value<'_>, node: &mut Node, depth: usize, cx: &mut Cx) {
    let hint = KeyHint::default();
    match value {
        Value::Varint(value) => node.observe_integer(value.to_string().as_bytes(), value as f64, &hint, cx),
        Value::Fixed64(bits) => digest_fixed(f64::from_bits(bits), bits, node, cx),
        Value::Fixed32(bits) => digest_fixed(f64::from(f32::from_bits(bits)), u64::from(bits), node, cx),
        Value::Bytes(bytes) if is_text(bytes) => node.observe_text(bytes, &hint, cx),
        Value::Bytes(bytes) if depth >= cx.limits.depth_max => {
            cx.weirds.insert(Weird::DigestLimit);
            node.observe_binary(bytes.len());
        }
        Value::Bytes(bytes) => match parts(bytes) {
            Some(parts) => digest_parts(parts, node, depth + 1, cx),
            None => node.observe_binary(bytes.len()),
        },
    }
}

/// A float where its size is one that people use, else an integer.
fn digest_fixed(float: f64, bits: u64, node: &mut Node, cx: &mut Cx) {
    if float == 0.0 || (1e-9..1e15).contains(&float.abs()) {
        node.observe_number(float.to_string().as_bytes(), float, &KeyHint::default(), cx);
    } else {
        node.observe_integer(bits.to_string().as_bytes(), bits as f64, &KeyHint::default(), cx);
    }
}

fn is_text(bytes: &[u8]) -> bool {
    let is_control = |byte: &u8| byte.is_ascii_control();
    if bytes.first().is_some_and(is_control) {
        return false;
    }
    str::from_utf8(bytes).is_ok() && !bytes.iter().any(|byte| is_control(byte) && !byte.is_ascii_whitespace())
}

/// The fields of a message; `None` where the bytes are none to the last.
fn parts(mut bytes: &[u8]) -> Option<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    while !bytes.is_empty() {
        let tag = take_varint(&mut bytes)?;
        let number = u32::try_from(tag >> 3).ok().filter(|number| (1..=NUMBER_MAX).contains(number))?;
        let value = match tag & 7 {
            0 => Value::Varint(take_varint(&mut bytes)?),
            1 => Value::Fixed64(u64::from_le_bytes(*take(&mut bytes, 8)?.first_chunk()?)),
            2 => {
                let length = usize::try_from(take_varint(&mut bytes)?).ok()?;
                Value::Bytes(take(&mut bytes, length)?)
            }
            5 => Value::Fixed32(u32::from_le_bytes(*take(&mut bytes, 4)?.first_chunk()?)),
            _ => return None,
        };
        if parts.len() < FIELDS_MAX {
            parts.push(Part { number, value });
        }
    }
    Some(parts)
}

fn take<'b>(bytes: &mut &'b [u8], length: usize) -> Option<&'b [u8]> {
    let (taken, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(taken)
}

fn take_varint(bytes: &mut &[u8]) -> Option<u64> {
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

#[cfg(test)]
mod tests {
    use super::digest_protobuf;
    use crate::Cx;
    use crate::hash::KeyedHash;
    use crate::limits::Limits;
    use crate::shape::Node;

    fn shape(node: &Node) -> String {
        let counts = [(node.integers, "integer"), (node.numbers, "number"), (node.strings, "text"), (node.arrays, "array"), (node.objects, "object")];
        let own: Vec<_> = counts.iter().filter(|(count, _)| *count > 0).map(|(_, name)| (*name).to_owned()).collect();
        let mut inner: Vec<_> = node.fields.iter().map(|field| format!("{}: {}", field.name, shape(&field.node))).collect();
        inner.sort();
        let items = node.items.as_ref().map_or_else(String::new, |items| format!("[{}]", shape(items)));
        format!("{}{}{}", own.join("|"), items, if inner.is_empty() { String::new() } else { format!("{{{}}}", inner.join(", ")) })
    }

    #[test]
    fn guesses_what_the_wire_leaves_open() {
        let deep = (0..40).fold(vec![8, 1], |inner, _| [vec![10, inner.len() as u8], inner].concat());
        let rows: [(&[u8], &str); 13] = [
            (b"", "object"),
            (&[8, 150, 1], "object{1: integer}"),
            (&[10, 5, b'h', b'e', b'l', b'l', b'o'], "object{1: text}"),
            (&[10, 0], "object{1: text}"),
            (&[18, 3, 8, 150, 1], "object{2: object{1: integer}}"),
            (b"\x12\x0c\x0a\x0a0123456789", "object{2: object{1: text}}"),
            (b"\x12\x05two\nl", "object{2: text}"),
            (&[10, 2, 0xff, 0xfe], "object{1: text}"),
            (&[8, 1, 8, 2], "object{1: array[integer]}"),
            (&[9, 0, 0, 0, 0, 0, 0, 0xf8, 0x3f, 17, 1, 0, 0, 0, 0, 0, 0, 0], "object{1: number, 2: integer}"),
            (&[13, 0, 0, 0xc0, 0x3f], "object{1: number}"),
            (b"not a message", ""),
            (&[10, 200], ""),
        ];
        let (hash, limits) = (KeyedHash::new(&[0; 16]), Limits::default());
        for (message, expected) in rows {
            let mut node = Node::new(&limits);
            digest_protobuf(message, &mut node, &mut Cx::new(&hash, &limits));
            assert_eq!(shape(&node), expected, "{}", message.escape_ascii());
        }
        let mut node = Node::new(&limits);
        digest_protobuf(&deep, &mut node, &mut Cx::new(&hash, &limits));
        assert_eq!(shape(&node).matches("object").count(), limits.depth_max);
    }
}
