//! Cookies of a request.

use crate::Cx;
use crate::shape::{Field, Node};
use tapistry_wire::weird::Weird;

/// Counts the `Cookie` fields of one request as one object (RFC 6265 §4.2), also when there are none. Of the values only their
/// data classes are kept. At most `parameters_max` cookies.
pub fn digest_cookies<'b>(fields: impl IntoIterator<Item = &'b [u8]>, node: &mut Node, cx: &mut Cx) {
    cx.enter(node);
    let mut cookies = fields.into_iter().flat_map(|field| field.split(|byte| *byte == b';')).map(<[u8]>::trim_ascii);
    let mut left = cx.limits.parameters_max;
    let mut expected = 0;
    for cookie in cookies.by_ref().filter(|cookie| !cookie.is_empty()) {
        if left == 0 {
            cx.weirds.insert(Weird::DigestLimit);
            break;
        }
        left -= 1;
        let equals = memchr::memchr(b'=', cookie).unwrap_or(cookie.len());
        let (name, value) = (cookie[..equals].trim_ascii(), cookie.get(equals + 1..).unwrap_or_default());
        let Some(at) = node.field_at(name, expected, cx) else {
            node.fold_field();
            continue;
        };
        expected = at + 1;
        let Field { node: child, hint, .. } = &mut node.fields[at];
        child.observe_secret(value.trim_ascii(), hint, cx);
    }
    node.observe_object();
    cx.leave(node);
}
