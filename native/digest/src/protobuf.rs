//! Protocol buffers without their schema: fields by number, their types as far as the wire tells.
//!
//! The wire has four types. Varints are integers, fixed widths are numbers where they make plausible ones. Bytes behind a length may be a
//! text, a message, or bytes: printable UTF-8 is a text unless it begins with a control character, which is how nested messages begin;
//! what reads as fields to its last byte is a message; anything else is bytes.

pub(crate) mod typed;
pub(crate) mod wire;

use crate::Cx;
use crate::classes::KeyHint;
use crate::shape::{Field, Node};
use tapistry_wire::weird::Weird;
use wire::{NUMBER_LAST, Part, Value, parts};

/// Field numbers of schemas that people write; in what is only guessed to be a message larger ones are chance.
const NUMBER_MAX: u32 = 1 << 16;

/// Counts one message as an object whose members are named by field number.
pub(crate) fn digest_protobuf(message: &[u8], node: &mut Node, cx: &mut Cx) {
    match parts(message, NUMBER_LAST, cx) {
        Some(parts) => digest_parts(parts, node, 1, cx),
        None => {
            cx.weirds.insert(Weird::DigestInvalid);
        }
    }
}

fn digest_parts(mut parts: Vec<Part<'_>>, node: &mut Node, depth: usize, cx: &mut Cx) {
    parts.sort_by_key(|part| part.number);
    parts.chunk_by(|a, b| a.number == b.number).for_each(|group| digest_group(group, node, depth, cx));
    node.observe_object();
}

/// The values of one field, a member that is named by its number.
fn digest_group(group: &[Part<'_>], node: &mut Node, depth: usize, cx: &mut Cx) {
    let Some(at) = node.known_child(&group[0].number.to_string(), KeyHint::default(), cx) else {
        return node.fold_field();
    };
    let Field { node: child, .. } = &mut node.fields[at];
    if let [only] = group {
        return digest_value(only.value, child, depth, cx);
    }
    for part in group {
        if let Some(item) = child.item_mut(cx) {
            digest_value(part.value, item, depth, cx);
        }
    }
    child.observe_array(u32::try_from(group.len()).unwrap_or(u32::MAX));
}

fn digest_value(value: Value<'_>, node: &mut Node, depth: usize, cx: &mut Cx) {
    let hint = KeyHint::default();
    match value {
        Value::Varint(value) => node.observe_integer(value.to_string().as_bytes(), value as f64, &hint, cx),
        Value::Fixed64(bits) => digest_fixed(f64::from_bits(bits), bits, node, cx),
        Value::Fixed32(bits) => digest_fixed(f64::from(f32::from_bits(bits)), u64::from(bits), node, cx),
        Value::Bytes(bytes) if is_text(bytes) => node.observe_text(bytes, &hint, cx),
        Value::Bytes(bytes) | Value::Group(bytes) if depth >= cx.limits.depth_max => {
            cx.weirds.insert(Weird::DigestLimit);
            node.observe_binary(bytes.len());
        }
        Value::Bytes(bytes) | Value::Group(bytes) => {
            // Groups in what is only guessed to be a message are chance.
            let is_likely = |parts: &Vec<Part<'_>>| matches!(value, Value::Group(_)) || parts.iter().all(|part| !matches!(part.value, Value::Group(_)));
            match parts(bytes, NUMBER_MAX, cx).filter(is_likely) {
                Some(parts) => digest_parts(parts, node, depth + 1, cx),
                None => node.observe_binary(bytes.len()),
            }
        }
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

#[cfg(test)]
mod tests {
    use super::digest_protobuf;
    use crate::Cx;
    use crate::dump::shape;
    use crate::hash::KeyedHash;
    use crate::limits::Limits;
    use crate::shape::Node;
    use tapistry_wire::weird::Weird;

    #[test]
    fn guesses_what_the_wire_leaves_open() {
        let deep = (0..40).fold(vec![8, 1], |inner, _| [vec![10, inner.len() as u8], inner].concat());
        let rows: [(&[u8], &str); 15] = [
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
            (&[0x80, 0xea, 0x30, 1], "object{100000: integer}"),
            (&[18, 4, 0x80, 0xea, 0x30, 1], "object{2: text}"),
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

    #[test]
    fn fields_beyond_the_bound_are_said() {
        let (hash, limits) = (KeyedHash::new(&[0; 16]), Limits::default());
        for (fields, is_beyond) in [(4096, false), (4097, true)] {
            let mut cx = Cx::new(&hash, &limits);
            digest_protobuf(&[8, 1].repeat(fields), &mut Node::new(&limits), &mut cx);
            assert_eq!(cx.weirds.contains(Weird::DigestLimit), is_beyond, "{fields}");
        }
    }
}
