//! Names of operations as they may be shown.

use crate::classes::{KeyHint, classify_text};
use crate::lexical::lexical_class;
use crate::public::{NAME_BYTES_MAX, is_public_name};

/// Parts of one name; longer names are cut.
const PARTS_MAX: usize = 6;

/// Appends a name, or its class in braces where it looks like a value.
pub(super) fn push_name(name: &[u8], out: &mut String) {
    match std::str::from_utf8(name) {
        Ok(text) if is_public_name(name) => out.push_str(text),
        _ => {
            let name = &name[..name.len().min(NAME_BYTES_MAX + 1)];
            let class = classify_text(name, &KeyHint::default()).map_or_else(|| lexical_class(name).name(), |class| class.id());
            out.push('{');
            out.push_str(class);
            out.push('}');
        }
    }
}

/// Appends a name of parts between slashes, each judged by itself.
pub(super) fn push_parts(name: &[u8], out: &mut String) {
    for (at, part) in name.split(|byte| *byte == b'/').enumerate() {
        if at > 0 {
            out.push('/');
        }
        if at == PARTS_MAX {
            out.push_str("{tail}");
            return;
        }
        if !part.is_empty() {
            push_name(part, out);
        }
    }
}

/// A name of parts.
pub(super) fn shown_parts(name: &[u8]) -> String {
    let mut shown = String::with_capacity(name.len().min(NAME_BYTES_MAX));
    push_parts(name, &mut shown);
    shown
}
