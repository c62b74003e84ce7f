//! Server-sent events (WHATWG HTML, "Interpreting an event stream"): the data of each event as an item of one array.

use crate::Cx;
use crate::classes::KeyHint;
use crate::json::{digest_json, is_json};
use crate::place::observe_untyped;
use crate::shape::Node;
use std::borrow::Cow;
use tapistry_wire::weird::Weird;

/// Counts the events that have data as items of one array. Of a stream that was cut off, the array is not counted and the last event as far as it goes.
pub(crate) fn digest_events(bytes: &[u8], whole: bool, node: &mut Node, cx: &mut Cx) {
    let mut count = 0u32;
    let mut data: Option<Cow<'_, [u8]>> = None;
    let mut rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    while !rest.is_empty() {
        let end = memchr::memchr2(b'\n', b'\r', rest);
        let line = &rest[..end.unwrap_or(rest.len())];
        rest = match end {
            Some(end) if rest[end..].starts_with(b"\r\n") => &rest[end + 2..],
            Some(end) => &rest[end + 1..],
            None => &[],
        };
        if line.is_empty() {
            if let Some(data) = data.take() {
                count = count.saturating_add(1);
                digest_event(&data, true, node, cx);
            }
        } else if let Some(value) = data_of(line) {
            match &mut data {
                None => data = Some(Cow::Borrowed(value)),
                Some(before) => {
                    let before = before.to_mut();
                    before.push(b'\n');
                    before.extend_from_slice(value);
                }
            }
        }
    }
    if let Some(data) = data {
        count = count.saturating_add(1);
        digest_event(&data, whole, node, cx);
    }
    if whole {
        node.observe_array(count);
    } else {
        cx.weirds.insert(Weird::DigestTruncated);
    }
}

/// The value of a line `data: value`; one space after the colon is none of it.
fn data_of(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"data")?;
    if rest.is_empty() {
        return Some(rest);
    }
    let value = rest.strip_prefix(b":")?;
    Some(value.strip_prefix(b" ").unwrap_or(value))
}

fn digest_event(data: &[u8], whole: bool, node: &mut Node, cx: &mut Cx) {
    let Some(items) = node.item_mut(cx) else { return };
    if is_json(data, whole) {
        digest_json(data, whole, items, &KeyHint::default(), cx);
    } else if whole {
        observe_untyped(items, data, &KeyHint::default(), cx);
    }
}
