//! Bodies of gRPC and gRPC-Web in pieces, then their messages as protocol buffers or JSON. Byte 0 says how they are framed, byte 1 the size of
//! the pieces. Any cut gives the same counts, and the messages that a whole body has are those that were counted.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tapistry_digest::body::{MediaKind, digest_body};
use tapistry_digest::hash::KeyedHash;
use tapistry_digest::shape::Node;
use tapistry_digest::{Cx, Limits};
use tapistry_http::grpc::{Framing, Messages, messages, status_in};

fuzz_target!(|input: &[u8]| {
    let [how, step, body @ ..] = input else { return };
    let framing = if how & 1 == 0 { Framing::Binary } else { Framing::Text };
    let (mut whole, mut pieces) = (Messages::new(framing), Messages::new(framing));
    whole.feed(body);
    body.chunks(usize::from(*step) + 1).for_each(|piece| pieces.feed(piece));
    let facts = |messages: &Messages| (messages.count(), messages.compressed(), messages.is_cut(), status_in(messages.trailers().0));
    assert_eq!(facts(&whole), facts(&pieces));
    if framing == Framing::Binary {
        let (count, compressed) = messages(body).fold((0, 0), |(count, compressed), (is_compressed, _)| (count + 1, compressed + u64::from(is_compressed)));
        assert_eq!((whole.count(), whole.compressed()), (count, compressed));
    }
    let (hash, limits) = (KeyedHash::new(&[7; 16]), Limits::default());
    let content_type: &[u8] = if how & 2 == 0 { b"application/grpc" } else { b"application/grpc+json" };
    let (mut cx, mut node, mut twice) = (Cx::new(&hash, &limits), Node::default(), Node::default());
    digest_body(MediaKind::Grpc, content_type, body, how & 4 == 0, &mut node, &mut cx);
    for _ in 0..2 {
        digest_body(MediaKind::Grpc, content_type, body, how & 4 == 0, &mut twice, &mut cx);
    }
    let seen = node.seen;
    node.merge(node.clone(), &limits);
    assert_eq!((node.seen, twice.seen), (2 * seen, 2 * seen));
});
