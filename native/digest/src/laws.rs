//! What holds for any messages: order never shows, merging is as observing, counts add up, nothing panics.

use crate::body::{MediaKind, digest_body, media_kind};
use crate::cookies::digest_cookies;
use crate::dump::dump;
use crate::hash::KeyedHash;
use crate::query::digest_query;
use crate::shape::Node;
use crate::{Cx, Limits};
use proptest::prelude::*;
use std::cell::Cell;

/// Small limits, so that folding happens; nodes are never the bound, as order shows then.
fn limits() -> Limits {
    Limits { fields_max: 4, depth_max: 4, values_max: 5, nodes_max: u32::MAX, ..Limits::default() }
}

fn observe(node: &mut Node, body: &[u8], whole: bool, limits: &Limits) {
    let hash = KeyedHash::new(&[3; 16]);
    let mut cx = Cx::new(&hash, limits);
    digest_body(MediaKind::Json, b"application/json", body, whole, node, &mut cx);
    digest_query(body, node, &mut cx);
}

fn root(limits: &Limits) -> Node {
    Node::new(limits)
}

fn counts_add_up(node: &Node) -> bool {
    let kinds = node.nulls + node.booleans + node.integers + node.numbers + node.strings + node.arrays + node.objects;
    let values: u64 = node.values.entries().map(|value| value.count).sum();
    node.seen == kinds
        && values <= node.integers + node.numbers + node.strings
        && node.fields.iter().all(|field| counts_add_up(&field.node))
        && node.items.as_ref().is_none_or(|items| counts_add_up(items))
}

fn json() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i32>().prop_map(|value| value.to_string()),
        any::<f64>().prop_filter("finite", |value| value.is_finite()).prop_map(|value| value.to_string()),
        "[a-z]{0,6}".prop_map(|text| format!("\"{text}\"")),
        ".{0,12}".prop_map(|text| format!("{text:?}").replace("\\'", "'").replace("\\u{", "\\u").replace('}', "")),
    ];
    scalar.prop_recursive(6, 40, 6, |inner| {
        let name = prop_oneof!["[a-h]{1,2}", "(id|name|status|total)", "[0-9]{1,4}", ".{0,4}".prop_map(|text| text.replace(['"', '\\'], "_"))];
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            proptest::collection::vec((name, inner), 0..7)
                .prop_map(|members| format!("{{{}}}", members.iter().map(|(name, value)| format!("\"{name}\": {value}")).collect::<Vec<_>>().join(", "))),
        ]
    })
}

proptest! {
    #[test]
    fn order_never_shows(messages in proptest::collection::vec((json(), any::<bool>()), 1..8), seed in any::<usize>()) {
        let limits = limits();
        let (mut forward, mut other) = (root(&limits), root(&limits));
        for (message, whole) in &messages {
            observe(&mut forward, message.as_bytes(), *whole, &limits);
        }
        let mut shuffled: Vec<_> = messages.iter().collect();
        shuffled.rotate_left(seed % messages.len());
        shuffled.reverse();
        for (message, whole) in shuffled {
            observe(&mut other, message.as_bytes(), *whole, &limits);
        }
        prop_assert_eq!(dump(&forward), dump(&other));
        prop_assert!(counts_add_up(&forward));
    }

    #[test]
    fn merging_is_as_observing(messages in proptest::collection::vec(json(), 1..8), cut in any::<usize>()) {
        let limits = limits();
        let mut all = root(&limits);
        let mut parts = [root(&limits), root(&limits)];
        let cut = cut % messages.len();
        for (index, message) in messages.iter().enumerate() {
            observe(&mut all, message.as_bytes(), true, &limits);
            observe(&mut parts[usize::from(index < cut)], message.as_bytes(), true, &limits);
        }
        let [mut left, right] = parts;
        let mut swapped = right.clone();
        swapped.merge(left.clone(), &limits);
        left.merge(right, &limits);
        prop_assert_eq!(dump(&all), dump(&left));
        prop_assert_eq!(dump(&all), dump(&swapped));
    }

    #[test]
    fn what_comes_again_counts_as_if_it_was_read_again(
        items in proptest::collection::vec(json(), 1..5),
        lists in proptest::collection::vec((proptest::collection::vec(any::<prop::sample::Index>(), 0..8), any::<prop::sample::Index>()), 1..10),
        room in prop_oneof![Just(1usize << 20), 0..600usize],
    ) {
        let items: Vec<_> = items.iter().enumerate().map(|(at, item)| format!("{{\"id\": \"{at:-<70}\", \"a{}\": {item}, \"list\": [{item}]}}", at % 3)).collect();
        let (hash, limits, room) = (KeyedHash::new(&[3; 16]), limits(), Cell::new(room));
        let (mut all, mut once) = (root(&limits), root(&limits));
        let (mut found, mut found_once) = (Vec::new(), Vec::new());
        for (list, cut) in &lists {
            let text = format!("[[{}]]", list.iter().map(|index| index.get(&items).as_str()).collect::<Vec<_>>().join(", "));
            let (text, whole) = if cut.index(4) == 0 { (&text.as_bytes()[..cut.index(text.len())], false) } else { (text.as_bytes(), true) };
            for (node, found, mut cx) in [(&mut all, &mut found, Cx::new(&hash, &limits)), (&mut once, &mut found_once, Cx::new(&hash, &limits).with_room(&room))] {
                digest_body(MediaKind::Json, b"application/json", text, whole, node, &mut cx);
                found.push((cx.classes, cx.weirds));
            }
        }
        once.settle(&hash, &limits);
        prop_assert_eq!(dump(&all), dump(&once));
        prop_assert_eq!(found, found_once);
    }

    #[test]
    fn truncation_anywhere_is_tolerated(text in json(), cut in any::<prop::sample::Index>(), whole in any::<bool>()) {
        let bytes = &text.as_bytes()[..cut.index(text.len() + 1)];
        let mut node = Node::default();
        observe(&mut node, bytes, whole, &Limits::default());
        prop_assert!(counts_add_up(&node));
    }

    #[test]
    fn any_bytes_of_any_kind_are_tolerated(bytes in proptest::collection::vec(any::<u8>(), 0..200), whole in any::<bool>()) {
        tolerates(&bytes, whole);
    }

    #[test]
    fn any_text_like_a_body_is_tolerated(text in r#"[{}\[\]":,0-9a-d\\u<>/=&;%!?'\n -]{0,120}"#, whole in any::<bool>()) {
        tolerates(text.as_bytes(), whole);
    }

    #[test]
    fn any_xml_like_text_is_tolerated(
        parts in proptest::collection::vec(prop::sample::select(vec![
            "<a>", "</a>", "<b x='1'>", "</b>", "<c/>", "text", "&amp;", "&#x41;", "<![CDATA[", "]]>", "<!--", "-->", "<?", "?>", "<!D [", "]>", "<", ">", "/", "'", "\"", "=", "<x:y z:a=\"q\">",
        ]), 0..30),
        whole in any::<bool>(),
    ) {
        tolerates(parts.concat().as_bytes(), whole);
    }

    #[test]
    fn any_multipart_like_text_is_tolerated(
        parts in proptest::collection::vec(prop::sample::select(vec![
            "--b", "--b--", "\r\n", "\n", "\r\n\r\n", "Content-Disposition: form-data; name=\"a\"", "; filename=\"f\"", "Content-Type: application/json", "{\"a\":1}", "x",
        ]), 0..30),
        whole in any::<bool>(),
    ) {
        tolerates(parts.concat().as_bytes(), whole);
    }

    #[test]
    fn any_content_type_is_tolerated(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        let (essence, _) = media_kind(&bytes);
        prop_assert!(essence.is_ascii() && essence.len() <= 100);
    }
}

fn tolerates(bytes: &[u8], whole: bool) {
    let kinds = [MediaKind::Json, MediaKind::NdJson, MediaKind::Form, MediaKind::Multipart, MediaKind::Xml, MediaKind::Text, MediaKind::Opaque];
    for limits in [limits(), Limits { nodes_max: 3, parameters_max: 2, elements_max: 3, ..Limits::default() }] {
        let hash = KeyedHash::new(&[3; 16]);
        let mut node = root(&limits);
        let mut cx = Cx::new(&hash, &limits);
        for kind in kinds {
            digest_body(kind, b"multipart/form-data; boundary=b", bytes, whole, &mut node, &mut cx);
        }
        digest_query(bytes, &mut node, &mut cx);
        digest_cookies([bytes], &mut node, &mut cx);
        assert!(counts_add_up(&node));
        assert!(node.count_below() <= limits.nodes_max);
        assert_eq!(node.count_below(), node.nodes_below);
    }
}
