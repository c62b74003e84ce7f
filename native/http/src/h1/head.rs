//! Cuts the lines of a head into fields.

use super::sink::Field;
use super::token::{IS_TOKEN, is_space, trim, trim_end};
use tapistry_wire::weird::{Weird, WeirdSet};

/// Fields that need no allocation.
const FIELDS_ON_STACK: usize = 32;

/// Calls `then` with the start line and the fields of a head, whose lines are at `lines` in `bytes`.
pub(crate) fn with_fields<T>(bytes: &[u8], lines: &[(u32, u32)], weirds: &mut WeirdSet, then: impl FnOnce(&[u8], &[Field<'_>], &mut WeirdSet) -> T) -> T {
    if weirds.contains(Weird::Http1ObsFold) {
        let (bytes, lines) = unfold(bytes, lines);
        return cut(&bytes, &lines, weirds, then);
    }
    cut(bytes, lines, weirds, then)
}

fn cut<T>(bytes: &[u8], lines: &[(u32, u32)], weirds: &mut WeirdSet, then: impl FnOnce(&[u8], &[Field<'_>], &mut WeirdSet) -> T) -> T {
    let Some(((start, end), rest)) = lines.split_first() else { return then(b"", &[], weirds) };
    let start_line = &bytes[*start as usize..*end as usize];
    if rest.len() > FIELDS_ON_STACK {
        let mut fields = Vec::with_capacity(rest.len());
        fields.extend(rest.iter().filter_map(|line| field(&bytes[line.0 as usize..line.1 as usize], weirds)));
        return then(start_line, &fields, weirds);
    }
    let mut fields = [Field { name: b"", value: b"", spaced: false }; FIELDS_ON_STACK];
    let mut count = 0;
    for line in rest {
        if let Some(field) = field(&bytes[line.0 as usize..line.1 as usize], weirds) {
            fields[count] = field;
            count += 1;
        }
    }
    then(start_line, &fields[..count], weirds)
}

/// The field of a line. A line without colon is none: receivers skip it.
fn field<'a>(line: &'a [u8], weirds: &mut WeirdSet) -> Option<Field<'a>> {
    let mut colon = 0;
    while colon < line.len() && IS_TOKEN[line[colon] as usize] {
        colon += 1;
    }
    if colon > 0 && line.get(colon) == Some(&b':') {
        return Some(Field { name: &line[..colon], value: trim(&line[colon + 1..]), spaced: false });
    }
    let Some(found) = memchr::memchr(b':', &line[colon..]) else {
        weirds.insert(Weird::Http1NoColon);
        return None;
    };
    let colon = colon + found;
    let name = trim_end(&line[..colon]);
    let spaced = name.len() < colon;
    if spaced {
        weirds.insert(Weird::Http1SpaceBeforeColon);
    }
    if name.is_empty() || !name.iter().all(|&b| IS_TOKEN[b as usize]) {
        weirds.insert(Weird::Http1NameInvalid);
    }
    Some(Field { name, value: trim(&line[colon + 1..]), spaced })
}

/// The head with each continuation line joined to its field by one space (RFC 9112 §5.2); one that follows the start line is dropped.
fn unfold(bytes: &[u8], lines: &[(u32, u32)]) -> (Vec<u8>, Vec<(u32, u32)>) {
    let mut joined = Vec::with_capacity(bytes.len());
    let mut places: Vec<(u32, u32)> = Vec::with_capacity(lines.len());
    for &(start, end) in lines {
        let content = &bytes[start as usize..end as usize];
        let folded = content.first().copied().is_some_and(is_space);
        match places.len() {
            1 if folded => continue,
            2.. if folded => {
                let last = places.len() - 1;
                joined.push(b' ');
                joined.extend_from_slice(trim(content));
                places[last].1 = joined.len() as u32;
            }
            _ => {
                places.push((joined.len() as u32, (joined.len() + content.len()) as u32));
                joined.extend_from_slice(content);
            }
        }
    }
    (joined, places)
}
