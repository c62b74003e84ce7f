//! Sets of descriptors, and what messages look like by them.

use super::{Descriptors, Problem};
use crate::Cx;
use crate::dump::{dump, shape};
use crate::hash::KeyedHash;
use crate::limits::Limits;
use crate::protobuf::typed::digest_typed;
use crate::shape::Node;
use proptest::prelude::*;

/// A field with a length.
fn sized(number: u8, bytes: &[u8]) -> Vec<u8> {
    let length = if bytes.len() < 128 { vec![bytes.len() as u8] } else { vec![bytes.len() as u8 | 0x80, (bytes.len() >> 7) as u8] };
    [&[number << 3 | 2], &length[..], bytes].concat()
}

fn varint(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

/// `FieldDescriptorProto`: kinds 9 text, 11 message, 14 enumeration and so on; a type by name where it has one.
fn field(name: &str, number: u8, is_repeated: bool, kind: u8, of: &str) -> Vec<u8> {
    let of = if of.is_empty() { vec![] } else { sized(6, of.as_bytes()) };
    sized(2, &[sized(1, name.as_bytes()), varint(3, number), varint(4, if is_repeated { 3 } else { 1 }), varint(5, kind), of].concat())
}

/// The set of a shop.
fn shop() -> Vec<u8> {
    let state = [sized(1, b"State"), sized(2, &[sized(1, b"NEW"), varint(2, 0)].concat()), sized(2, &[sized(1, b"PAID"), varint(2, 1)].concat())].concat();
    let entry = [sized(1, b"TagsEntry"), field("key", 1, false, 9, ""), field("value", 2, false, 5, ""), sized(7, &varint(7, 1))].concat();
    let order = [
        sized(1, b"Order"),
        field("order_id", 1, false, 3, ""),
        field("customer_email", 2, false, 9, ""),
        field("items", 3, true, 11, ".shop.Order.Item"),
        field("state", 4, false, 14, ".shop.Order.State"),
        field("amounts", 5, true, 5, ""),
        field("tags", 6, true, 11, ".shop.Order.TagsEntry"),
        field("seen_at", 7, false, 11, ".google.protobuf.Timestamp"),
        field("delta", 8, false, 18, ""),
        field("price", 9, false, 1, ""),
        field("raw", 10, false, 12, ""),
        field("is_gift", 11, false, 8, ""),
        field("next", 12, false, 11, ".shop.Order"),
        field("marks", 13, true, 9, ""),
        sized(
            3,
            &[sized(1, b"Item"), field("sku", 1, false, 9, ""), sized(2, &[sized(1, b"count"), varint(3, 2), varint(5, 13), sized(10, b"howMany")].concat())]
                .concat(),
        ),
        sized(3, &entry),
        sized(4, &state),
    ];
    let methods = |name: &[u8], takes: &[u8], gives: &[u8]| sized(2, &[sized(1, name), sized(2, takes), sized(3, gives)].concat());
    let service = [sized(1, b"Orders"), methods(b"Put", b".shop.Order", b".google.protobuf.Empty")].concat();
    sized(1, &[sized(2, b"shop"), sized(4, &order.concat()), sized(6, &service)].concat())
}

#[test]
fn messages_have_the_names_and_types_of_their_descriptors() {
    let descriptors = Descriptors::of(&[shop()]).unwrap();
    assert_eq!(descriptors.missing().collect::<Vec<_>>(), ["google.protobuf.Empty", "google.protobuf.Timestamp"]);
    let order = descriptors.message_of(b"/shop.Orders/Put", 0).unwrap();
    assert!(descriptors.message_of(b"/behind/a/gateway/shop.Orders/Put", 0).is_some());
    for path in [&b"/shop.Orders/Put/"[..], b"/shop.Orders/Get", b"/Orders/Put", b"Put", b"", b"\xff/\xff"] {
        assert!(descriptors.message_of(path, 0).is_none(), "{}", path.escape_ascii());
    }
    assert!(descriptors.message_of(b"/shop.Orders/Put", 1).is_none(), "the set does not have what it gives");
    let item = |sku: &[u8]| [sized(1, sku), varint(2, 3)].concat();
    let rows: [(&str, Vec<u8>, &str); 16] = [
        ("nothing", vec![], "object"),
        ("numbers, negative ones too", [&[8][..], &[0xff; 9], &[1]].concat(), "object{orderId: integer}"),
        ("what a name says", sized(2, b"ana@example.com"), "object{customerEmail: text email}"),
        ("one of many, with a name of its own in JSON", sized(3, &item(b"a")), "object{items: array[object{howMany: integer, sku: text}]}"),
        ("a text that reads as a message", sized(2, &[8, 1]), "object{customerEmail: text}"),
        ("a name of a value", varint(4, 1), "object{state: text}"),
        ("a value without a name", varint(4, 9), "object{state: integer}"),
        ("packed", sized(5, &[1, 2, 0x80, 1]), "object{amounts: array[integer]}"),
        ("not packed", [varint(5, 1), varint(5, 2)].concat(), "object{amounts: array[integer]}"),
        ("a map", [sized(6, &item(b"red")), sized(6, &item(b"blue"))].concat(), "object{tags: object{blue: integer, red: integer}}"),
        ("of a type that is not there", sized(7, &varint(1, 5)), "object{seenAt: object{1: integer}}"),
        (
            "other numbers",
            [varint(8, 1), [&[9 << 3 | 1][..], &[0; 8]].concat(), varint(11, 1)].concat(),
            "object{delta: integer, isGift: boolean, price: number}",
        ),
        ("bytes that are text, and bytes", [sized(10, b"text")].concat(), "object{raw: text}"),
        ("a message in itself", sized(12, &sized(12, &varint(1, 1))), "object{next: object{next: object{orderId: integer}}}"),
        ("a number that the set does not have", varint(15, 1), "object{15: integer}"),
        ("another type than the set says", sized(1, b"text"), "object{1: text} grpc.descriptor_mismatch"),
    ];
    let (hash, limits) = (KeyedHash::new(&[0; 16]), Limits::default());
    for (name, message, expected) in rows {
        let (mut node, mut cx) = (Node::new(&limits), Cx::new(&hash, &limits));
        digest_typed(&message, order, &mut node, &mut cx);
        let weirds: String = cx.weirds.iter().map(|weird| format!(" {}", weird.name())).collect();
        assert_eq!(format!("{}{weirds}", shape(&node)), expected, "{name}");
    }
}

#[test]
fn what_is_no_set_says_so() {
    let whole = shop();
    for (name, set, expected) in [
        ("nothing", vec![], Problem::Empty),
        ("a text", b"syntax = \"proto3\";".to_vec(), Problem::Damaged(1)),
        ("a message of something else", varint(1, 1), Problem::Empty),
        ("cut", whole[..whole.len() - 9].to_vec(), Problem::Damaged(1)),
        ("a name that is none", sized(1, &sized(4, &sized(1, &[0xff]))), Problem::Damaged(1)),
        ("a field without a number", sized(1, &sized(4, &[sized(1, b"A"), sized(2, &sized(1, b"b"))].concat())), Problem::Damaged(1)),
    ] {
        assert_eq!(Descriptors::of(&[whole.clone(), set]).map(|_| ()), Err((1, expected)), "{name}");
    }
    let deep = (0..40).fold(sized(1, b"A"), |inner, _| [sized(1, b"A"), sized(3, &inner)].concat());
    assert_eq!(Descriptors::of(&[sized(1, &sized(4, &deep))]).map(|_| ()), Err((0, Problem::TooLarge)));
    // Every beginning of a set, and every set with a byte of it changed, is read or refused.
    for at in 0..whole.len() {
        let _ = Descriptors::of(&[whole[..at].to_vec()]);
        let mut changed = whole.clone();
        changed[at] ^= 0x55;
        let _ = Descriptors::of(&[changed]);
    }
}

proptest! {
    /// Whatever stands in a message: nothing panics, and what is read is the same in any grouping of like messages.
    #[test]
    fn any_message_is_tolerated(messages in proptest::collection::vec(proptest::collection::vec(prop_oneof![any::<u8>(), 0u8..16, Just(10), Just(26), Just(98)], 0..80), 0..4)) {
        let descriptors = Descriptors::of(&[shop()]).unwrap();
        let order = descriptors.message_of(b"/shop.Orders/Put", 0).unwrap();
        let (hash, limits) = (KeyedHash::new(&[0; 16]), Limits::default());
        let (mut all, mut merged) = (Node::new(&limits), Node::new(&limits));
        for message in &messages {
            digest_typed(message, order, &mut all, &mut Cx::new(&hash, &limits));
            let mut one = Node::new(&limits);
            digest_typed(message, order, &mut one, &mut Cx::new(&hash, &limits));
            merged.merge(one, &limits);
        }
        prop_assert_eq!(dump(&merged), dump(&all));
    }
}
