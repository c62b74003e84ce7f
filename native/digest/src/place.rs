//! Values without a type of their own: query and form values, path segments, header fields, text of XML.

use crate::Cx;
use crate::classes::KeyHint;
use crate::json::number;
use crate::shape::Node;

/// Counts an untyped value: `123` as integer, `1.5` as number, `true` and `false` as boolean, else as text. `007` is text, since
/// its zeros mean something, and so is what has more than 18 digits.
pub fn observe_untyped(node: &mut Node, text: &[u8], hint: &KeyHint, cx: &mut Cx) {
    match text {
        b"true" | b"false" => node.observe_boolean(),
        [b'0'..=b'9' | b'-', ..] if text.len() <= 20 => match number(text) {
            Some(number) if number.end == text.len() && !number.has_exponent => {
                if number.is_integer {
                    node.observe_integer(text, number.value, hint, cx);
                } else {
                    node.observe_number(text, number.value, hint, cx);
                }
            }
            _ => node.observe_text(text, hint, cx),
        },
        _ => node.observe_text(text, hint, cx),
    }
}
