//! Query strings and urlencoded forms.

use crate::Cx;
use crate::pairs::{Pair, digest_pairs};
use crate::place::observe_untyped;
use crate::shape::{Field, Node};
use std::borrow::Cow;
use tapistry_wire::weird::Weird;

/// Counts one query string (without `?`) as one object, also when it is empty: that is how an optional parameter is told.
/// Rules of `application/x-www-form-urlencoded`: `+` and `%XX` are decoded, `a=1&a=2`, `a[]=1` and `a[0]=1` are arrays, `a[b]=1` is an
/// object. At most `parameters_max` parameters.
pub fn digest_query(raw: &[u8], node: &mut Node, cx: &mut Cx) {
    cx.enter(node);
    digest_urlencoded(raw, true, node, cx);
    cx.leave(node);
}

/// The same within a body; of one that was cut off the last parameter is left out and the object is not counted.
pub(crate) fn digest_urlencoded(raw: &[u8], whole: bool, node: &mut Node, cx: &mut Cx) {
    let raw = if whole {
        raw
    } else {
        cx.weirds.insert(Weird::DigestTruncated);
        &raw[..memchr::memrchr(b'&', raw).unwrap_or(0)]
    };
    if digest_plain(raw, whole, node, cx) {
        return;
    }
    let mut parameters = raw.split(|byte| *byte == b'&').filter(|parameter| !parameter.is_empty());
    let pairs: Vec<_> = parameters.by_ref().take(cx.limits.parameters_max).map(pair).collect();
    let is_complete = parameters.next().is_none();
    if !is_complete {
        cx.weirds.insert(Weird::DigestLimit);
    }
    digest_pairs(&pairs, node, cx, |value, node, hint, cx| observe_untyped(node, &decoded(value), hint, cx));
    if whole && is_complete {
        node.observe_object();
    }
}

/// Few parameters with names that need no decoding, each once, are most queries; anything else gives false, with nothing counted.
fn digest_plain(raw: &[u8], whole: bool, node: &mut Node, cx: &mut Cx) -> bool {
    const PLAIN_MAX: usize = 12;
    let mut plain: [(&[u8], &[u8]); PLAIN_MAX] = [(&[], &[]); PLAIN_MAX];
    let mut count = 0;
    let mut at = 0;
    while at < raw.len() {
        let parameter = find_parameter(raw, at);
        let (name, value) = (&raw[at..parameter.name_end], &raw[parameter.value_start..parameter.end]);
        at = parameter.end + 1;
        if name.is_empty() && value.is_empty() && parameter.name_end == parameter.end {
            continue;
        }
        if !parameter.is_plain || count == PLAIN_MAX.min(cx.limits.parameters_max) || plain[..count].iter().any(|(earlier, _)| *earlier == name) {
            return false;
        }
        plain[count] = (name, value);
        count += 1;
    }
    let mut expected = 0;
    for (name, value) in &plain[..count] {
        let Some(at) = node.field_at(name, expected, cx) else {
            node.fold_field();
            continue;
        };
        expected = at + 1;
        let Field { node: child, hint, .. } = &mut node.fields[at];
        observe_untyped(child, &decoded(value), hint, cx);
    }
    if whole {
        node.observe_object();
    }
    true
}

/// A parameter of a query.
struct Parameter {
    name_end: usize,
    value_start: usize,
    end: usize,
    /// Whether its name is as it is meant.
    is_plain: bool,
}

/// The parameter that begins at `from`, with one look at each byte of its name.
#[inline]
fn find_parameter(raw: &[u8], from: usize) -> Parameter {
    let (mut at, mut is_plain) = (from, true);
    while let Some(byte) = raw.get(at) {
        match byte {
            b'&' => break,
            b'=' => {
                let value_start = at + 1;
                let end = raw[value_start..].iter().position(|byte| *byte == b'&').map_or(raw.len(), |length| value_start + length);
                return Parameter { name_end: at, value_start, end, is_plain };
            }
            b'[' | b'%' | b'+' => is_plain = false,
            _ => {}
        }
        at += 1;
    }
    Parameter { name_end: at, value_start: at, end: at, is_plain }
}

fn pair(parameter: &[u8]) -> Pair<'_, &[u8]> {
    match memchr::memchr(b'=', parameter) {
        Some(equals) => Pair::new(decoded(&parameter[..equals]), &parameter[equals + 1..]),
        None => Pair::new(decoded(parameter), &[]),
    }
}

/// `+` as space and `%XX` as the byte; what is no escape stays.
pub(crate) fn decoded(raw: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(b'%', b'+', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'+' => text.push(b' '),
            b'%' => match after.first_chunk::<2>().and_then(|digits| byte_of(*digits)) {
                Some(byte) => {
                    text.push(byte);
                    rest = &after[2..];
                }
                None => text.push(b'%'),
            },
            byte => text.push(*byte),
        }
    }
    Cow::Owned(text)
}

fn byte_of(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? << 4 | low?).ok()
}
