//! Messages of known types: fields by the names that JSON has for them, values as their types say.
//!
//! What a descriptor does not know, or knows otherwise than it stands there, is counted by number, as without one.

use super::wire::{NUMBER_LAST, Part, Value, parts, take_varint};
use super::{digest_group, digest_value as digest_guess, is_text};
use crate::Cx;
use crate::classes::KeyHint;
use crate::descriptors::{Descriptors, Field, Kind, Typed};
use crate::shape::{Field as Child, Node};
use tapistry_wire::weird::Weird;

/// Counts one message as an object.
pub(crate) fn digest_typed(message: &[u8], of: Typed<'_>, node: &mut Node, cx: &mut Cx) {
    match parts(message, NUMBER_LAST, cx) {
        Some(parts) => digest_message(parts, of, node, 1, cx),
        None => {
            cx.weirds.insert(Weird::DigestInvalid);
        }
    }
}

fn digest_message(mut parts: Vec<Part<'_>>, of: Typed<'_>, node: &mut Node, depth: usize, cx: &mut Cx) {
    parts.sort_by_key(|part| part.number);
    for group in parts.chunk_by(|a, b| a.number == b.number) {
        match of.descriptors.message(of.message).field(group[0].number) {
            Some(field) if group.iter().all(|part| fits(field, part.value)) => digest_field(group, field, of.descriptors, node, depth, cx),
            known => {
                if known.is_some() {
                    cx.weirds.insert(Weird::GrpcDescriptorMismatch);
                }
                digest_group(group, node, depth, cx);
            }
        }
    }
    node.observe_object();
}

fn digest_field(group: &[Part<'_>], field: &Field, types: &Descriptors, node: &mut Node, depth: usize, cx: &mut Cx) {
    let Some(at) = node.known_child(&field.name, field.hint, cx) else {
        return node.fold_field();
    };
    let Child { node: child, hint, .. } = &mut node.fields[at];
    let typed = At { kind: field.kind, types, hint, depth };
    if let (true, Some(entry)) = (field.is_repeated, types.map_entry(field.kind)) {
        group.iter().for_each(|part| digest_entry(part.value, entry, typed, child, cx));
        return child.observe_object();
    }
    if !field.is_repeated {
        // The last one counts.
        return group.last().into_iter().for_each(|part| digest_value(part.value, typed, child, cx));
    }
    let mut items = 0;
    for part in group {
        for_each_packed(part.value, field.kind, &mut |value| {
            items += 1;
            if let Some(item) = child.item_mut(cx) {
                digest_value(value, typed, item, cx);
            }
        });
    }
    child.observe_array(items);
}

/// An entry of a map is a member of an object, by its key.
fn digest_entry(value: Value<'_>, entry: u32, at: At<'_>, node: &mut Node, cx: &mut Cx) {
    let (Value::Bytes(bytes), entry) = (value, at.types.message(entry)) else { return };
    let (Some(parts), Some(key), Some(of)) = (parts(bytes, NUMBER_LAST, cx), entry.field(1), entry.field(2)) else {
        cx.weirds.insert(Weird::DigestInvalid);
        return;
    };
    let last = |field: &Field| parts.iter().rfind(|part| part.number == field.number && fits(field, part.value)).map(|part| part.value);
    let name = match last(key) {
        Some(Value::Bytes(bytes)) => bytes.to_vec(),
        Some(value) => integer_of(key.kind, value).unwrap_or_default().to_string().into_bytes(),
        None => Vec::new(),
    };
    let Some(child) = node.field_at(&name, 0, cx) else {
        return node.fold_field();
    };
    let Child { node: child, hint, .. } = &mut node.fields[child];
    if let Some(value) = last(of) {
        digest_value(value, At { kind: of.kind, hint, ..at }, child, cx);
    }
}

/// What is known of a value.
#[derive(Clone, Copy)]
struct At<'a> {
    kind: Kind,
    types: &'a Descriptors,
    hint: &'a KeyHint,
    depth: usize,
}

fn digest_value(value: Value<'_>, At { kind, types, hint, depth }: At<'_>, node: &mut Node, cx: &mut Cx) {
    match (kind, value) {
        (Kind::Double, Value::Fixed64(bits)) => digest_float(f64::from_bits(bits), node, hint, cx),
        (Kind::Float, Value::Fixed32(bits)) => digest_float(f64::from(f32::from_bits(bits)), node, hint, cx),
        (Kind::Bool, _) => node.observe_boolean(),
        (Kind::Enum(of), Value::Varint(value)) => match types.value_name(of, value as i32) {
            Some(name) => node.observe_text(name.as_bytes(), hint, cx),
            None => digest_integer(i128::from(value as i32), node, hint, cx),
        },
        // Bytes are often text after all, and classes are looked for in text alone.
        (Kind::Text, Value::Bytes(bytes)) => node.observe_text(bytes, hint, cx),
        (Kind::Bytes, Value::Bytes(bytes)) if is_text(bytes) => node.observe_text(bytes, hint, cx),
        (Kind::Bytes, Value::Bytes(bytes)) => node.observe_binary(bytes.len()),
        (Kind::Message(of), Value::Bytes(bytes) | Value::Group(bytes)) => digest_nested(bytes, Typed { descriptors: types, message: of }, node, depth, cx),
        (_, value) => match integer_of(kind, value) {
            Some(integer) => digest_integer(integer, node, hint, cx),
            None => digest_guess(value, node, depth, cx),
        },
    }
}

fn digest_nested(bytes: &[u8], of: Typed<'_>, node: &mut Node, depth: usize, cx: &mut Cx) {
    if depth >= cx.limits.depth_max {
        cx.weirds.insert(Weird::DigestLimit);
        return node.observe_object();
    }
    match parts(bytes, NUMBER_LAST, cx) {
        Some(parts) => digest_message(parts, of, node, depth + 1, cx),
        None => {
            cx.weirds.insert(Weird::DigestInvalid);
            node.observe_binary(bytes.len());
        }
    }
}

fn digest_integer(value: i128, node: &mut Node, hint: &KeyHint, cx: &mut Cx) {
    node.observe_integer(value.to_string().as_bytes(), value as f64, hint, cx);
}

/// What is no number is a text in JSON.
fn digest_float(value: f64, node: &mut Node, hint: &KeyHint, cx: &mut Cx) {
    if value.is_finite() {
        node.observe_number(value.to_string().as_bytes(), value, hint, cx);
    } else {
        node.observe_text(if value.is_nan() { b"NaN" } else { b"Infinity" }, hint, cx);
    }
}

fn integer_of(kind: Kind, value: Value<'_>) -> Option<i128> {
    Some(match (kind, value) {
        (Kind::Signed, Value::Varint(value)) => i128::from(value as i64),
        (Kind::Unsigned | Kind::Bool, Value::Varint(value)) => i128::from(value),
        (Kind::Zigzag, Value::Varint(value)) => i128::from((value >> 1) as i64 ^ -((value & 1) as i64)),
        (Kind::Fixed64, Value::Fixed64(value)) => i128::from(value),
        (Kind::SignedFixed64, Value::Fixed64(value)) => i128::from(value as i64),
        (Kind::Fixed32, Value::Fixed32(value)) => i128::from(value),
        (Kind::SignedFixed32, Value::Fixed32(value)) => i128::from(value as i32),
        _ => return None,
    })
}

/// Whether a value stands there as its type says; numbers that are repeated may be packed.
fn fits(field: &Field, value: Value<'_>) -> bool {
    match (field.kind, value) {
        (Kind::Missing, _) => true,
        (Kind::Text | Kind::Bytes, value) => matches!(value, Value::Bytes(_)),
        (Kind::Message(_), value) => matches!(value, Value::Bytes(_) | Value::Group(_)),
        (_, Value::Bytes(_)) => field.is_repeated,
        (Kind::Double | Kind::Fixed64 | Kind::SignedFixed64, value) => matches!(value, Value::Fixed64(_)),
        (Kind::Float | Kind::Fixed32 | Kind::SignedFixed32, value) => matches!(value, Value::Fixed32(_)),
        (_, value) => matches!(value, Value::Varint(_)),
    }
}

/// The value itself, or those that are packed into it.
fn for_each_packed<'v>(value: Value<'v>, kind: Kind, take: &mut dyn FnMut(Value<'v>)) {
    let Value::Bytes(mut bytes) = value else { return take(value) };
    match kind {
        Kind::Text | Kind::Bytes | Kind::Message(_) | Kind::Missing => take(value),
        Kind::Double | Kind::Fixed64 | Kind::SignedFixed64 => bytes.as_chunks().0.iter().for_each(|bits| take(Value::Fixed64(u64::from_le_bytes(*bits)))),
        Kind::Float | Kind::Fixed32 | Kind::SignedFixed32 => bytes.as_chunks().0.iter().for_each(|bits| take(Value::Fixed32(u32::from_le_bytes(*bits)))),
        _ => {
            while let Some(value) = take_varint(&mut bytes) {
                take(Value::Varint(value));
            }
        }
    }
}
