//! Data classes value by value against a labelled table: `pii_score LABELLED.tsv`.
//!
//! Columns `value`, `label`, `polarity`, `key` (others are skipped); `\n`, `\t`, `\r` and `\\` are escapes. A row's key is its last dotted part, or
//! `value`. Prints precision, recall and F1 for each type, their macro mean, and false positives per 10,000 hard negatives (label `NONE…`).
//! A second argument prints the rows that are wrong for that type.

use std::collections::BTreeMap;
use std::io::{self, Write};
use tapistry_digest::classes::{DataClass, KeyHint, classify_text};

const TYPES: [(&str, Option<DataClass>); 8] = [
    ("EMAIL", Some(DataClass::Email)),
    ("PHONE", Some(DataClass::Phone)),
    ("CREDIT_CARD", Some(DataClass::PaymentCard)),
    ("IBAN", Some(DataClass::Iban)),
    ("IP", Some(DataClass::IpAddress)),
    ("MAC", Some(DataClass::MacAddress)),
    ("SSN", Some(DataClass::UsSsn)),
    ("SECRET", None),
];

fn main() -> io::Result<()> {
    let Some(path) = std::env::args().nth(1) else {
        return Err(io::Error::other("usage: pii_score LABELLED.tsv [TYPE]"));
    };
    let shown = std::env::args().nth(2);
    let table = String::from_utf8_lossy(&std::fs::read(path)?).into_owned();
    let mut lines = table.lines();
    let header: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |name: &str| header.iter().position(|column| *column == name);
    let (Some(value), Some(label), Some(polarity), Some(key)) = (column("value"), column("label"), column("polarity"), column("key")) else {
        return Err(io::Error::other("the table has no columns value, label, polarity, key"));
    };
    let rows: Vec<Row> = lines
        .filter_map(|line| {
            let cells: Vec<&str> = line.split('\t').collect();
            let text = unescape(cells.get(value)?);
            let name = cells.get(key)?.rsplit('.').next().filter(|name| !name.is_empty()).unwrap_or("value");
            let hint = KeyHint::of_name(name.as_bytes());
            Some(Row {
                found: classify_text(&text, &hint),
                text: String::from_utf8_lossy(&text).into_owned(),
                key: name.to_owned(),
                label: (*cells.get(label)?).to_owned(),
                positive: *cells.get(polarity)? == "pos",
            })
        })
        .collect();
    let mut out = io::stdout().lock();
    let mut f1_sum = 0.0;
    for (name, class) in TYPES {
        let hit = |row: &Row| row.found.is_some_and(|found| class.map_or(found.is_secret(), |class| found == class));
        let (mut tp, mut fp, mut missed) = (0, 0, 0);
        for row in &rows {
            let same = coarse(&row.label) == name;
            let wrong = if same && row.positive {
                if hit(row) {
                    tp += 1
                } else {
                    missed += 1
                }
                !hit(row)
            } else if (same || coarse(&row.label) == "NONE") && !row.positive {
                fp += i32::from(hit(row));
                hit(row)
            } else {
                false
            };
            if wrong && shown.as_deref() == Some(name) {
                writeln!(out, "  {} {} {:?} key={} found={:?}", if row.positive { "missed" } else { "false" }, row.label, row.text, row.key, row.found)?;
            }
        }
        let precision = f64::from(tp) / f64::from((tp + fp).max(1));
        let recall = f64::from(tp) / f64::from((tp + missed).max(1));
        let f1 = if tp == 0 { 0.0 } else { 2.0 * precision * recall / (precision + recall) };
        f1_sum += f1;
        writeln!(out, "{name}\tP={precision:.3}\tR={recall:.3}\tF1={f1:.3}\tn={}", tp + missed)?;
    }
    let negatives = rows.iter().filter(|row| coarse(&row.label) == "NONE").count();
    let mut alarms: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows.iter().filter(|row| coarse(&row.label) == "NONE") {
        if row.found.is_some_and(|found| found.is_secret() || TYPES.iter().any(|(_, class)| *class == Some(found))) {
            *alarms.entry(&row.label).or_default() += 1;
        }
    }
    let count: usize = alarms.values().sum();
    writeln!(out, "false alarms: {alarms:?}")?;
    writeln!(
        out,
        "macro F1 {:.3}, {:.1} false positives per 10,000 of {negatives} hard negatives",
        f1_sum / TYPES.len() as f64,
        1e4 * count as f64 / negatives.max(1) as f64
    )
}

struct Row {
    text: String,
    key: String,
    label: String,
    positive: bool,
    found: Option<DataClass>,
}

fn coarse(label: &str) -> &str {
    if label.starts_with("NATIONAL_ID:us.ssn") { "SSN" } else { label.split(':').next().unwrap_or_default() }
}

fn unescape(cell: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(cell.len());
    let mut bytes = cell.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => match bytes.next() {
                Some(b'n') => out.push(b'\n'),
                Some(b't') => out.push(b'\t'),
                Some(b'r') => out.push(b'\r'),
                Some(b'\\') => out.push(b'\\'),
                Some(other) => out.extend([b'\\', other]),
                None => out.push(b'\\'),
            },
            _ => out.push(byte),
        }
    }
    out
}
