//! One text as everything a message carries in single values: path, query, cookies, credentials, user agent, scalar.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tapistry_digest::auth::{AuthSet, auth_of_header, auth_of_query_name};
use tapistry_digest::classes::{KeyHint, classify_number, classify_text};
use tapistry_digest::client::client_kind;
use tapistry_digest::cookies::digest_cookies;
use tapistry_digest::hash::KeyedHash;
use tapistry_digest::lexical::lexical_class;
use tapistry_digest::path::{KnownLiterals, Literals, PathShape, SEGMENTS_MAX, shape_path, split_target};
use tapistry_digest::public::{is_public_literal, is_public_name, is_public_value};
use tapistry_digest::query::digest_query;
use tapistry_digest::shape::Node;
use tapistry_digest::token::TokenFacts;
use tapistry_digest::{Cx, Limits};

fuzz_target!(|input: &[u8]| {
    let (name, value) = input.split_at(input.iter().position(|&byte| byte == b'\n').unwrap_or(0));
    let value = value.strip_prefix(b"\n").unwrap_or(value);
    let hint = KeyHint::of_name(name);
    let _ = (lexical_class(value), is_public_literal(value), is_public_name(value), is_public_value(&hint, value));
    let _ = (classify_text(value, &hint), classify_number(value, &hint), client_kind(value));
    let (mut auth, mut facts) = (AuthSet::default(), TokenFacts::default());
    auth_of_header(name, value, &mut auth, &mut facts);
    auth_of_query_name(value, &mut auth);
    let _ = facts.read_jwt(value);
    let target = split_target(value);
    let mut shape = PathShape::default();
    shape_path(target.path, &mut Literals::new(KnownLiterals::new()), &mut shape);
    assert!(shape.text.split('/').count() <= SEGMENTS_MAX + 2, "deep paths fold: {}", shape.text);
    assert!(shape.segments.iter().all(|segment| segment.range.end as usize <= target.path.len()));
    let (hash, limits) = (KeyedHash::new(&[7; 16]), Limits::default());
    let mut cx = Cx::new(&hash, &limits);
    let mut node = Node::default();
    digest_query(target.query.unwrap_or(value), &mut node, &mut cx);
    digest_cookies([name, value], &mut node, &mut cx);
});
