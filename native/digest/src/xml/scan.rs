//! Elements of an XML text as a flat list, tolerant of whatever is not XML.

use std::borrow::Cow;

/// Elements that are open at once; what lies deeper is left out.
const OPEN_MAX: usize = 128;
const ATTRIBUTES_MAX: usize = 64;

/// What of an element is kept while its document is read: places in the text, no copies.
#[derive(Default)]
pub(crate) struct Element {
    name: (usize, usize),
    attributes: (usize, usize),
    pub parent: Option<usize>,
    /// The longest run of text.
    text: (usize, usize),
    text_is_literal: bool,
    pub is_closed: bool,
}

/// The elements of a document in order of their start.
pub(crate) struct Tree<'b> {
    bytes: &'b [u8],
    pub elements: Vec<Element>,
    /// Elements were left out.
    pub is_limited: bool,
    is_odd: bool,
}

impl<'b> Tree<'b> {
    /// Reads elements up to `elements_max`. Comments, instructions and the document type are gone past.
    pub fn read(bytes: &'b [u8], elements_max: usize) -> Self {
        let mut tree = Tree { bytes, elements: Vec::new(), is_limited: false, is_odd: false };
        let mut open: Vec<usize> = Vec::new();
        let mut too_deep = 0usize;
        let mut at = 0;
        while let Some(less) = memchr::memchr(b'<', &bytes[at..]).map(|found| at + found) {
            tree.add_text(&open, too_deep, (at, less), false);
            let rest = &bytes[less..];
            let end = if rest.starts_with(b"<!--") {
                find(rest, b"-->")
            } else if rest.starts_with(b"<![CDATA[") {
                let end = find(rest, b"]]>");
                if let Some(end) = end {
                    tree.add_text(&open, too_deep, (less + 9, less + end - 3), true);
                }
                end
            } else if rest.starts_with(b"<?") {
                find(rest, b"?>")
            } else if rest.starts_with(b"<!") {
                declaration_end(rest)
            } else {
                tag_end(rest)
            };
            let Some(end) = end else { break };
            at = less + end;
            match rest[1] {
                b'!' | b'?' => {}
                b'/' if too_deep > 0 => too_deep -= 1,
                b'/' => tree.close(&mut open, bytes[less + 2..at - 1].trim_ascii()),
                _ if tree.is_limited && tree.elements.len() >= elements_max => break,
                _ => {
                    let is_empty = bytes[at - 2] == b'/';
                    if open.len() >= OPEN_MAX {
                        tree.is_limited = true;
                        too_deep += usize::from(!is_empty);
                    } else if tree.elements.len() >= elements_max {
                        tree.is_limited = true;
                        break;
                    } else {
                        tree.open(&mut open, less + 1, at - 1 - usize::from(is_empty), is_empty);
                    }
                }
            }
        }
        tree
    }

    /// Whether there is a root that ended, and nothing was odd or left out.
    pub fn is_whole(&self) -> bool {
        self.elements.first().is_some_and(|root| root.is_closed) && !self.is_odd
    }

    /// For each element its children, sorted by name.
    pub fn children(&self) -> Vec<Vec<u32>> {
        let mut children = vec![Vec::new(); self.elements.len()];
        for (index, element) in self.elements.iter().enumerate() {
            if let Some(parent) = element.parent {
                children[parent].push(u32::try_from(index).unwrap_or(u32::MAX));
            }
        }
        for group in &mut children {
            group.sort_by_key(|index| self.local_name(&self.elements[*index as usize]));
        }
        children
    }

    /// Name and attributes of the tag that opens an element.
    pub fn tag(&self, element: &Element) -> &'b [u8] {
        &self.bytes[element.name.0..element.attributes.1]
    }

    /// The name without its prefix.
    pub fn local_name(&self, element: &Element) -> &'b [u8] {
        local(&self.bytes[element.name.0..element.name.1])
    }

    /// Names without prefix and decoded values, each name once, namespace declarations left out.
    pub fn attributes(&self, element: &Element) -> Vec<(&'b [u8], Cow<'b, [u8]>)> {
        let mut found: Vec<(&[u8], Cow<[u8]>)> = Vec::new();
        let mut rest = self.bytes[element.attributes.0..element.attributes.1].trim_ascii_start();
        while let Some(equals) = memchr::memchr(b'=', rest) {
            let name = rest[..equals].trim_ascii();
            let value = rest[equals + 1..].trim_ascii_start();
            let Some(quote @ (b'"' | b'\'')) = value.first() else { break };
            let Some(end) = memchr::memchr(*quote, &value[1..]) else { break };
            rest = value[end + 2..].trim_ascii_start();
            let is_declaration = name == b"xmlns" || name.starts_with(b"xmlns:") || name.starts_with(b"xsi:");
            if !is_declaration && found.len() < ATTRIBUTES_MAX && found.iter().all(|known| known.0 != local(name)) {
                found.push((local(name), decoded(&value[1..end + 1])));
            }
        }
        found
    }

    /// The text of an element, decoded.
    pub fn text(&self, element: &Element) -> Cow<'b, [u8]> {
        let text = &self.bytes[element.text.0..element.text.1];
        if element.text_is_literal { Cow::Borrowed(text) } else { decoded(text.trim_ascii()) }
    }

    fn add_text(&mut self, open: &[usize], too_deep: usize, text: (usize, usize), is_literal: bool) {
        let Some(element) = open.last().filter(|_| too_deep == 0).map(|last| &mut self.elements[*last]) else { return };
        if text.1 - text.0 > element.text.1 - element.text.0 && !self.bytes[text.0..text.1].trim_ascii().is_empty() {
            element.text = text;
            element.text_is_literal = is_literal;
        }
    }

    fn open(&mut self, open: &mut Vec<usize>, start: usize, end: usize, is_closed: bool) {
        let end = end.max(start);
        let length = self.bytes[start..end].iter().position(u8::is_ascii_whitespace).unwrap_or(end - start);
        let parent = open.last().copied();
        if length == 0 || (parent.is_none() && !self.elements.is_empty()) {
            // A second root or a tag without name: the document is no longer XML.
            self.is_odd = true;
            return;
        }
        let (name, attributes) = ((start, start + length), (start + length, end));
        self.elements.push(Element { name, attributes, parent, is_closed, ..Element::default() });
        if !is_closed {
            open.push(self.elements.len() - 1);
        }
    }

    /// Closes the innermost open element of that name; those inside of it stay open for ever.
    fn close(&mut self, open: &mut Vec<usize>, name: &[u8]) {
        let is_it = |index: &usize| self.bytes[self.elements[*index].name.0..self.elements[*index].name.1] == *name;
        match open.iter().rposition(is_it) {
            Some(at) => {
                self.is_odd |= at + 1 < open.len();
                self.elements[open[at]].is_closed = true;
                open.truncate(at);
            }
            None => self.is_odd = true,
        }
    }
}

fn local(name: &[u8]) -> &[u8] {
    &name[memchr::memrchr(b':', name).map_or(0, |colon| colon + 1)..]
}

/// Just past `end`, where there is one.
fn find(text: &[u8], end: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, end).map(|at| at + end.len())
}

/// Just past the `>` of a tag; one within quotes does not count.
fn tag_end(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr3(b'>', b'"', b'\'', &text[at..])?;
        match text[at] {
            b'>' => return Some(at + 1),
            quote => at += 2 + memchr::memchr(quote, &text[at + 1..])?,
        }
        if at > text.len() {
            return None;
        }
    }
}

/// Just past a document type, whose internal subset is in brackets.
fn declaration_end(text: &[u8]) -> Option<usize> {
    let end = memchr::memchr2(b'>', b'[', text)?;
    if text[end] == b'>' {
        return Some(end + 1);
    }
    let close = end + memchr::memchr(b']', &text[end..])?;
    Some(close + memchr::memchr(b'>', &text[close..])? + 1)
}

/// The five entities of XML and character references; others stay as they are.
fn decoded(raw: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr(b'&', raw).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut text = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(start) = memchr::memchr(b'&', rest) {
        text.extend_from_slice(&rest[..start]);
        rest = &rest[start..];
        let end = rest.iter().take(12).position(|byte| *byte == b';');
        match end.and_then(|end| Some((character(&rest[1..end])?, end))) {
            Some((character, end)) => {
                text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &rest[end + 1..];
            }
            None => {
                text.push(b'&');
                rest = &rest[1..];
            }
        }
    }
    text.extend_from_slice(rest);
    Cow::Owned(text)
}

fn character(entity: &[u8]) -> Option<char> {
    match entity {
        b"amp" => Some('&'),
        b"lt" => Some('<'),
        b"gt" => Some('>'),
        b"quot" => Some('"'),
        b"apos" => Some('\''),
        _ => {
            let digits = std::str::from_utf8(entity.strip_prefix(b"#")?).ok()?;
            let code = match digits.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => digits.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}
