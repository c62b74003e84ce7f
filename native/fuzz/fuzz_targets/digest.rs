//! Bodies to shapes: byte 0 chooses the kind and whether the body is whole. Two bodies are digested and merged, as a worker does it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tapistry_digest::body::{MediaKind, digest_body, media_kind};
use tapistry_digest::hash::KeyedHash;
use tapistry_digest::shape::Node;
use tapistry_digest::{Cx, Limits};

const KINDS: [MediaKind; 8] =
    [MediaKind::Json, MediaKind::EventStream, MediaKind::NdJson, MediaKind::Form, MediaKind::Multipart, MediaKind::Xml, MediaKind::Text, MediaKind::Opaque];

fuzz_target!(|input: &[u8]| {
    let Some((&how, bytes)) = input.split_first() else { return };
    let hash = KeyedHash::new(&[7; 16]);
    let limits = if how & 0x40 == 0 {
        Limits::default()
    } else {
        Limits { fields_max: 4, depth_max: 3, nodes_max: 16, values_max: 2, is_sampled: true, parameters_max: 3, elements_max: 8, class_bytes_max: 16 }
    };
    let kind = KINDS[usize::from(how & 7)];
    let whole = how & 8 == 0;
    // Multipart names its boundary in the first line here, as the Content-Type does on the wire.
    let (content_type, body) = match bytes.iter().position(|&byte| byte == b'\n') {
        Some(at) if kind == MediaKind::Multipart => (&bytes[..at], &bytes[at + 1..]),
        _ => (&b"application/json"[..], bytes),
    };
    let _ = media_kind(content_type);
    let (first, second) = body.split_at(body.len() / 2);
    let mut cx = Cx::new(&hash, &limits);
    let mut node = Node::default();
    digest_body(kind, content_type, body, whole, &mut node, &mut cx);
    digest_body(kind, content_type, body, whole, &mut node, &mut cx);
    let mut other = Node::default();
    digest_body(kind, content_type, first, false, &mut other, &mut cx);
    digest_body(kind, content_type, second, whole, &mut other, &mut cx);
    let _ = (cx.classes.iter().count(), cx.weirds.iter().count());
    node.merge(other, &limits);
});
