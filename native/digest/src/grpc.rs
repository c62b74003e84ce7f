//! Bodies of gRPC: each message is counted as one body.

use crate::Cx;
use crate::classes::KeyHint;
use crate::json::digest_json;
use crate::protobuf::digest_protobuf;
use crate::protobuf::typed::digest_typed;
use crate::shape::Node;
use tapistry_wire::weird::Weird;

const PREFIX_BYTES: usize = 5;
const PLAIN: u8 = 0;

/// Counts each message behind its prefix that is not compressed; of a body that was cut off, not the last one.
pub(crate) fn digest_grpc(content_type: &[u8], mut bytes: &[u8], node: &mut Node, cx: &mut Cx) {
    let is_json = memchr::memmem::find(content_type, b"+json").is_some();
    while let Some(([flags, length @ ..], rest)) = bytes.split_first_chunk::<PREFIX_BYTES>() {
        let Some((message, rest)) = rest.split_at_checked(u32::from_be_bytes(*length) as usize) else {
            cx.weirds.insert(Weird::DigestTruncated);
            return;
        };
        bytes = rest;
        match (*flags, is_json, cx.message) {
            (PLAIN, true, _) => digest_json(message, true, node, &KeyHint::default(), cx),
            (PLAIN, false, Some(typed)) => digest_typed(message, typed, node, cx),
            (PLAIN, false, None) => digest_protobuf(message, node, cx),
            _ => {}
        }
    }
}
