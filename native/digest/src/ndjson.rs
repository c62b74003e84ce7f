//! Bodies of one JSON text a line.

use crate::Cx;
use crate::classes::KeyHint;
use crate::json::digest_json;
use crate::shape::Node;
use tapistry_wire::weird::Weird;

/// Counts the lines as items of one array. Of a body that was cut off, the array is not counted and the last line as far as it goes.
pub(crate) fn digest_ndjson(bytes: &[u8], whole: bool, node: &mut Node, cx: &mut Cx) {
    let mut count = 0u32;
    let mut rest = bytes;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest);
        // A line of `application/json-seq` begins with the record separator (RFC 7464).
        let line = rest[..end.unwrap_or(rest.len())].trim_ascii();
        let line = line.strip_prefix(b"\x1e").unwrap_or(line);
        rest = end.map_or(&[], |end| &rest[end + 1..]);
        if line.is_empty() {
            continue;
        }
        count = count.saturating_add(1);
        if let Some(items) = node.item_mut(cx) {
            digest_json(line, whole || end.is_some(), items, &KeyHint::default(), cx);
        }
    }
    if whole {
        node.observe_array(count);
    } else {
        cx.weirds.insert(Weird::DigestTruncated);
    }
}
