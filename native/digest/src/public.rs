//! Which literal texts may cross the privacy boundary. Pure functions of the text (and of what its key says) alone.

use crate::classes::KeyHint;

/// Whether a path segment may be shown as it is: it does not look like a value.
pub fn is_public_literal(segment: &[u8]) -> bool {
    let _ = segment;
    false
}

/// Whether a key, parameter or header name may be shown as it is.
pub fn is_public_name(name: &[u8]) -> bool {
    let _ = name;
    false
}

/// Whether a scalar value may be shown (a candidate of an enumeration): strict.
pub fn is_public_value(hint: &KeyHint, text: &[u8]) -> bool {
    let _ = (hint, text);
    false
}
