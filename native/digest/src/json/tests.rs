use super::digest_json;
use crate::classes::KeyHint;
use crate::dump::{dump, outline};
use crate::hash::KeyedHash;
use crate::shape::Node;
use crate::{Cx, Limits};
use tapistry_wire::weird::Weird;

fn digest(texts: &[(&str, bool)]) -> (Node, Vec<&'static str>) {
    let (hash, limits) = (KeyedHash::new(&[7; 16]), Limits::default());
    let mut node = Node::default();
    let mut cx = Cx::new(&hash, &limits);
    for (text, whole) in texts {
        cx.enter(&node);
        digest_json(text.as_bytes(), *whole, &mut node, &KeyHint::default(), &mut cx);
        cx.leave(&mut node);
    }
    (node, cx.weirds.iter().map(Weird::name).collect())
}

/// Text, whether it is whole, outline, weirds.
type Row<'a> = (&'a str, bool, &'a [&'a str], &'a [&'a str]);

#[test]
fn table() {
    let rows: &[Row] = &[
        ("null", true, &["$ 1 null=1"], &[]),
        (" true ", true, &["$ 1 boolean=1"], &[]),
        ("12", true, &["$ 1 integer=1 value=12..12"], &[]),
        ("12", false, &["$ 0"], &["digest.truncated"]),
        ("-0.0", true, &["$ 1 number=1 value=0..0"], &[]),
        ("1e2", true, &["$ 1 number=1 value=100..100"], &[]),
        ("\"h\u{e9}llo\"", true, &["$ 1 string=1 length=5..5"], &[]),
        (r#""a\u00e9\n""#, true, &["$ 1 string=1 length=3..3"], &[]),
        ("\"a\nb\"", true, &["$ 1 string=1 length=3..3"], &["digest.invalid"]),
        ("{}", true, &["$ 1 object=1"], &[]),
        ("[]", true, &["$ 1 array=1 items=0..0"], &[]),
        ("[1,2.5,null]", true, &["$ 1 array=1 items=3..3", "$[] 3 null=1 integer=1 number=1 value=1..2.5"], &[]),
        (
            r#"{"id":7,"name":"x","tags":["a","bcd"],"owner":{"id":1}}"#,
            true,
            &[
                "$ 1 object=1",
                "$.id 1 integer=1 value=7..7",
                "$.name 1 string=1 length=1..1",
                "$.owner 1 object=1",
                "$.owner.id 1 integer=1 value=1..1",
                "$.tags 1 array=1 items=2..2",
                "$.tags[] 2 string=2 length=1..3",
            ],
            &[],
        ),
        (r#"{"id":1,"id":3}"#, true, &["$ 1 object=1", "$.id 2 integer=2 value=1..3"], &[]),
        (r#"[{"id":1},{"id":2}]"#, true, &["$ 1 array=1 items=2..2", "$[] 2 object=2", "$[].id 2 integer=2 value=1..2"], &[]),
        ("\u{feff}{}", true, &["$ 1 object=1"], &[]),
        (r#"{"na\u006de":1}"#, true, &["$ 1 object=1", "$.name 1 integer=1 value=1..1"], &[]),
        (r#"{"id":1,"name":"x"#, false, &["$ 0", "$.id 1 integer=1 value=1..1", "$.name 0"], &["digest.truncated"]),
        (r#"{"id":1,"name":"x"#, true, &["$ 0", "$.id 1 integer=1 value=1..1", "$.name 0"], &["digest.invalid"]),
        ("[1,2", false, &["$ 0", "$[] 1 integer=1 value=1..1"], &["digest.truncated"]),
        ("[tru", false, &["$ 0", "$[] 0"], &["digest.truncated"]),
        ("[1,]", true, &["$ 0", "$[] 1 integer=1 value=1..1"], &["digest.invalid"]),
        ("{}{}", true, &["$ 1 object=1"], &["digest.invalid"]),
        ("{\"id\" 1}", true, &["$ 0", "$.id 0"], &["digest.invalid"]),
        ("nul", true, &["$ 0"], &["digest.invalid"]),
        ("", true, &["$ 0"], &["digest.invalid"]),
        ("01", true, &["$ 0"], &["digest.invalid"]),
    ];
    for (text, whole, expected, weirds) in rows {
        let (node, found) = digest(&[(text, *whole)]);
        assert_eq!(outline(&node), *expected, "{text}");
        assert_eq!(found, *weirds, "{text}");
    }
}

#[test]
fn names_that_look_like_values_become_classes() {
    let (node, _) = digest(&[(r#"{"3f2504e0-4f89-41d3-9a0c-0305e82c3301":1,"9f2504e0-4f89-41d3-9a0c-0305e82c3302":2,"{uuid}":3}"#, true)]);
    let text = dump(&node);
    assert!(!text.contains("3f2504e0"), "{text}");
    assert_eq!(node.fields.iter().map(|field| field.node.seen).sum::<u64>(), 3);
    let uuid = node.fields.iter().find(|field| &*field.name == "{uuid}").unwrap();
    assert_eq!(uuid.node.seen, 2);
}

#[test]
fn depth_is_bounded() {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let (node, weirds) = digest(&[(&deep, true)]);
    assert_eq!(node.arrays, 1);
    assert_eq!(weirds, ["digest.limit"]);
    let (mut levels, mut place) = (0, &node);
    while let Some(items) = &place.items {
        (levels, place) = (levels + 1, items);
    }
    assert_eq!(levels, Limits::default().depth_max);
    assert_eq!((place.arrays, place.items_range), (1, None));
}

#[test]
fn names_that_do_not_fit_are_counted() {
    let names: Vec<_> = (0..600).map(|n| format!("\"{}\":1", word(n))).collect();
    let (node, weirds) = digest(&[(&format!("{{{}}}", names.join(",")), true)]);
    assert_eq!(node.fields.len(), 256);
    assert_eq!(node.fields_folded, 600 - 256);
    assert!(weirds.is_empty());
}

#[test]
fn nodes_are_bounded() {
    let object = |n: u32| format!("\"{}\":{{{}}}", word(n), (0..100).map(|n| format!("\"{}\":1", word(n))).collect::<Vec<_>>().join(","));
    let text = format!("{{{}}}", (0..100).map(object).collect::<Vec<_>>().join(","));
    let (node, weirds) = digest(&[(&text, true)]);
    assert_eq!(node.count_below(), Limits::default().nodes_max);
    assert_eq!(weirds, ["digest.limit"]);
}

/// Public names that differ.
fn word(n: u32) -> String {
    ["red", "green", "blue", "amber"][n as usize % 4].to_owned()
        + ["Apple", "Table", "River", "Stone", "Cloud"][n as usize / 4 % 5]
        + ["Name", "Count", "Label", "Price", "Total", "Owner"][n as usize / 20 % 6]
        + ["Here", "There", "Above", "Below", "Again", "First"][n as usize / 120 % 6]
}
