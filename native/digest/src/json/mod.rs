//! JSON text straight into a [`Node`]: one pass, no tree in between.

mod check;
mod number;
mod scan;
mod unescape;

pub(crate) use check::is_json;
pub(crate) use number::number;
pub(crate) use scan::{Reader, Stop, Text};
pub(crate) use unescape::unescape;

use crate::Cx;
use crate::classes::KeyHint;
use crate::repeats::{Found, Repeats};
use crate::shape::{Field, Node};
use std::cell::Cell;
use tapistry_wire::weird::Weird;

/// Counts one JSON text (RFC 8259) into `node`. `whole` says that the text was not cut off. Of a text that is cut off or goes wrong,
/// the values that ended are counted; arrays and objects that did not end are not, so that no name counts as absent.
/// A name that comes twice in one object counts twice, so that a child can have more `seen` than its parent has `objects`.
pub(crate) fn digest_json(bytes: &[u8], whole: bool, node: &mut Node, hint: &KeyHint, cx: &mut Cx) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = Reader::new(bytes, whole);
    let end = reader.value(node, hint, 0, cx).and_then(|()| reader.end());
    match end {
        Ok(()) if !reader.is_odd => {}
        Err(Stop::Truncated) if !whole => cx.weirds.insert(Weird::DigestTruncated),
        _ => cx.weirds.insert(Weird::DigestInvalid),
    }
}

/// Counts one JSON text that was read without anything odd before.
pub(crate) fn digest_json_at(bytes: &[u8], node: &mut Node, hint: &KeyHint, depth: usize, cx: &mut Cx) {
    // What it gives is known: it is whole.
    let _ = Reader::new(bytes, true).value(node, hint, depth, cx);
}

impl Reader<'_> {
    fn value(&mut self, node: &mut Node, hint: &KeyHint, depth: usize, cx: &mut Cx) -> Result<(), Stop> {
        match self.peek_token()? {
            b'"' => {
                let text = self.text()?;
                self.observe(&text, node, hint, cx);
            }
            b'-' | b'0'..=b'9' => {
                let (text, number) = self.number()?;
                if number.is_integer {
                    node.observe_integer(text, number.value, hint, cx);
                } else {
                    node.observe_number(text, number.value, hint, cx);
                }
            }
            b'{' => {
                if depth < cx.limits.depth_max {
                    self.object(node, depth, cx)?;
                } else {
                    cx.weirds.insert(Weird::DigestLimit);
                    self.skip_value()?;
                }
                node.observe_object();
            }
            b'[' => {
                if depth < cx.limits.depth_max {
                    let items = self.array(node, hint, depth, cx)?;
                    node.observe_array(items);
                } else {
                    cx.weirds.insert(Weird::DigestLimit);
                    self.skip_value()?;
                    node.observe_array_of_unknown_length();
                }
            }
            b't' => self.literal(b"true").map(|()| node.observe_boolean())?,
            b'f' => self.literal(b"false").map(|()| node.observe_boolean())?,
            b'n' => self.literal(b"null").map(|()| node.observe_null())?,
            _ => return Err(Stop::Invalid),
        }
        Ok(())
    }

    fn object(&mut self, node: &mut Node, depth: usize, cx: &mut Cx) -> Result<(), Stop> {
        self.at += 1;
        let mut expected = 0;
        if self.peek_token()? == b'}' {
            self.at += 1;
            return Ok(());
        }
        loop {
            let at = match self.expected_name(node, expected) {
                true => Some(expected),
                false => self.name(node, expected, cx)?,
            };
            if self.peek_token()? != b':' {
                return Err(Stop::Invalid);
            }
            self.at += 1;
            match at {
                Some(at) => {
                    expected = at + 1;
                    let Field { node, hint, .. } = &mut node.fields[at];
                    self.value(node, hint, depth + 1, cx)?;
                }
                None => {
                    self.skip_value()?;
                    node.fold_field();
                }
            }
            match self.peek_token()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Stop::Invalid),
            }
            if self.peek_token()? != b'"' {
                return Err(Stop::Invalid);
            }
        }
    }

    /// Whether the name that comes is the one that came next the last time, as it nearly always is; if so goes past it.
    #[inline]
    fn expected_name(&mut self, node: &Node, expected: usize) -> bool {
        let Some(field) = node.fields.get(expected) else { return false };
        let end = self.at + 1 + field.name.len();
        let is_it = self.bytes.get(self.at) == Some(&b'"')
            && self.bytes.get(end) == Some(&b'"')
            && field.head.is_start_of(&field.name, &self.bytes[self.at + 1..])
            && !field.is_class;
        if is_it {
            self.at = end + 1;
        }
        is_it
    }

    fn name(&mut self, node: &mut Node, expected: usize, cx: &mut Cx) -> Result<Option<usize>, Stop> {
        if self.peek_token()? != b'"' {
            return Err(Stop::Invalid);
        }
        let text = self.text()?;
        if !text.is_escaped {
            return Ok(node.field_at(text.raw, expected, cx));
        }
        let scratch = self.unescaped(&text, cx);
        let at = node.field_at(&scratch, expected, cx);
        cx.scratch = scratch;
        Ok(at)
    }

    fn array(&mut self, node: &mut Node, hint: &KeyHint, depth: usize, cx: &mut Cx) -> Result<u32, Stop> {
        self.at += 1;
        if self.peek_token()? == b']' {
            self.at += 1;
            return Ok(0);
        }
        let mut items = node.item_mut(cx);
        let mut count = 0u32;
        loop {
            match &mut items {
                Some(items) => self.item(items, hint, depth + 1, cx)?,
                None => self.skip_value()?,
            }
            count = count.saturating_add(1);
            match self.peek_token()? {
                b',' => self.at += 1,
                b']' => {
                    self.at += 1;
                    return Ok(count);
                }
                _ => return Err(Stop::Invalid),
            }
        }
    }

    /// An item of an array; an object that came before as the same text is not read again.
    #[inline]
    fn item(&mut self, items: &mut Node, hint: &KeyHint, depth: usize, cx: &mut Cx) -> Result<(), Stop> {
        match cx.room {
            Some(room) if self.peek_token()? == b'{' => self.repeated(items, hint, depth, room, cx),
            _ => self.value(items, hint, depth, cx),
        }
    }

    fn repeated(&mut self, items: &mut Node, hint: &KeyHint, depth: usize, room: &Cell<usize>, cx: &mut Cx) -> Result<(), Stop> {
        let Some(repeats) = Repeats::of(items, hint, depth, room) else { return self.value(items, hint, depth, cx) };
        let place = match repeats.find(&self.bytes[self.at..], hint, depth) {
            Found::Again(bytes, classes) => {
                self.at += bytes;
                cx.classes.extend(classes);
                return Ok(());
            }
            Found::New(place) => place,
            Found::Other => return self.value(items, hint, depth, cx),
        };
        // Within an item that may come again none is looked for.
        let (start, outside, classes) = (self.at, cx.room.take(), std::mem::take(&mut cx.classes));
        let end = self.value(items, hint, depth, cx);
        if let (Ok(()), true, false, Some(repeats)) = (end, cx.weirds.is_empty(), self.is_odd, &mut items.repeats) {
            repeats.keep(place, &self.bytes[start..self.at], cx.classes, room);
        }
        cx.room = outside;
        cx.classes.extend(classes);
        end
    }

    #[inline]
    fn observe(&mut self, text: &Text, node: &mut Node, hint: &KeyHint, cx: &mut Cx) {
        if text.is_escaped {
            let scratch = self.unescaped(text, cx);
            node.observe_text(&scratch, hint, cx);
            cx.scratch = scratch;
        } else if text.is_ascii {
            let length = u32::try_from(text.raw.len()).unwrap_or(u32::MAX);
            node.observe_text_of_length(text.raw, length, hint, cx);
        } else {
            node.observe_text(text.raw, hint, cx);
        }
    }

    /// The decoded text in the scratch of `cx`, which the caller puts back.
    fn unescaped(&mut self, text: &Text, cx: &mut Cx) -> Vec<u8> {
        let mut scratch = std::mem::take(&mut cx.scratch);
        self.is_odd |= !unescape::unescape(text.raw, &mut scratch);
        scratch
    }
}

#[cfg(test)]
mod tests;
