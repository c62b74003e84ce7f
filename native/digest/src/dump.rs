//! A node as text, in an order that depends on nothing but what it means: what tests compare.

use crate::shape::Node;
use std::fmt::Write;

pub(crate) fn dump(node: &Node) -> String {
    let mut out = String::new();
    write_node(node, "$", &mut out);
    out
}

fn write_node(node: &Node, path: &str, out: &mut String) {
    let kinds = [
        ("null", node.nulls),
        ("boolean", node.booleans),
        ("integer", node.integers),
        ("number", node.numbers),
        ("string", node.strings),
        ("array", node.arrays),
        ("object", node.objects),
    ];
    write!(out, "{path} {}", node.seen).unwrap();
    for (name, count) in kinds.iter().filter(|kind| kind.1 > 0) {
        write!(out, " {name}={count}").unwrap();
    }
    if let Some((min, max)) = node.number_range {
        write!(out, " value={min}..{max}").unwrap();
    }
    if let Some((min, max)) = node.length_range {
        write!(out, " length={min}..{max}").unwrap();
    }
    if let Some((min, max)) = node.items_range {
        write!(out, " items={min}..{max}").unwrap();
    }
    for (format, count) in node.formats.iter() {
        write!(out, " {}={count}", format.name()).unwrap();
    }
    for (class, count) in node.classes.iter() {
        write!(out, " {}={count}", class.id()).unwrap();
    }
    if node.fields_folded > 0 {
        write!(out, " folded={}", node.fields_folded).unwrap();
    }
    if !node.values.is_empty() {
        let entries: Vec<_> = node.values.entries().map(|value| (value.hash, value.count, value.text)).collect();
        let counts: u64 = entries.iter().map(|entry| entry.1).sum();
        write!(out, " values={}/{counts}#{:x}", entries.len(), entries.iter().fold(0u64, |all, entry| all.rotate_left(5) ^ entry.0)).unwrap();
        for text in entries.iter().filter_map(|entry| entry.2) {
            write!(out, " {text:?}").unwrap();
        }
    }
    out.push('\n');
    let mut fields: Vec<_> = node.fields.iter().collect();
    fields.sort_by(|a, b| a.name.cmp(&b.name));
    for field in fields {
        write_node(&field.node, &format!("{path}.{}", field.name), out);
    }
    if let Some(items) = &node.items {
        write_node(items, &format!("{path}[]"), out);
    }
}

/// The lines of a dump without sketches, for tables of what is expected.
pub(crate) fn outline(node: &Node) -> Vec<String> {
    let dump = dump(node);
    dump.lines().map(|line| line.split(" values=").next().unwrap_or(line).to_owned()).collect()
}

/// Kinds and classes alone, on one line.
pub(crate) fn shape(node: &Node) -> String {
    let counts = [
        (node.booleans, "boolean"),
        (node.integers, "integer"),
        (node.numbers, "number"),
        (node.strings, "text"),
        (node.arrays, "array"),
        (node.objects, "object"),
    ];
    let own: Vec<_> = counts.iter().filter(|(count, _)| *count > 0).map(|(_, name)| (*name).to_owned()).collect();
    let classes: String = node.classes.iter().map(|(class, _)| format!(" {}", class.id())).collect();
    let mut inner: Vec<_> = node.fields.iter().map(|field| format!("{}: {}", field.name, shape(&field.node))).collect();
    inner.sort();
    let items = node.items.as_ref().map_or_else(String::new, |items| format!("[{}]", shape(items)));
    format!("{}{classes}{items}{}", own.join("|"), if inner.is_empty() { String::new() } else { format!("{{{}}}", inner.join(", ")) })
}
