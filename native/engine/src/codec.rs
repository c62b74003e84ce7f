//! The binary form of a batch; the grammar stands in `src/observation/codec.ts`, which reads it.

use crate::counters::Counters;
use crate::observation::{Key, Observation};
use crate::visibility::ServiceCounts;
use std::collections::HashMap;
use tapistry_digest::histogram::Histogram;
use tapistry_digest::shape::Node;
use tapistry_digest::sketch::Values;

/// The version written.
pub const VERSION: u8 = 2;

const MAGIC: u8 = 0x54;
const OBSERVATION: u8 = 1;
const VISIBILITY: u8 = 2;
const COUNTERS: u8 = 3;
const TAIL: u8 = 4;

/// The upper bound of a range as it may cross: up to the next number of two significant digits, so that no account number shows as the
/// only value of a field; what fits into 32 bits stays so. Monotone, so that merging bounds and coarsening them commute.
fn coarse(bound: f64) -> f64 {
    let size = bound.abs();
    if size < 100.0 || !size.is_finite() {
        return bound;
    }
    let unit = 10f64.powi(size.log10().floor() as i32 - 1);
    let rounded = (bound / unit).ceil() * unit;
    if bound <= f64::from(i32::MAX) { rounded.min(f64::from(i32::MAX)) } else { rounded }
}

/// Writes one batch.
#[derive(Debug, Default)]
pub struct Encoder {
    out: Vec<u8>,
    strings: HashMap<Box<str>, u64>,
}

impl Encoder {
    /// Everything in this batch was still open at the end of an input (by its place in the report): it is replaced when the input grows.
    pub fn tail(&mut self, input: u32) {
        self.out.push(TAIL);
        self.varint(u64::from(input));
    }

    /// Adds one observation.
    pub fn observation(&mut self, key: &Key, value: &Observation) {
        self.out.push(OBSERVATION);
        self.key(key);
        self.varint(value.count);
        let (first, last) = value.seen_ms.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
        self.float(first);
        self.float(last);
        for histogram in [&value.latency_us, &value.request_bytes, &value.response_bytes] {
            self.part(|part| part.histogram(histogram));
        }
        self.part(|part| part.values(&value.clients));
        for node in [&value.path, &value.query, &value.headers, &value.cookies, &value.request_body, &value.response_body] {
            self.part(|part| part.shape(node));
        }
        self.part(|part| {
            let counts = value.named_counts();
            part.varint(counts.len() as u64);
            for (name, count) in &counts {
                part.count(name, *count);
            }
        });
        self.part(|part| {
            part.varint(u64::from(value.sunset_ms.is_some()));
            if let Some(moment) = value.sunset_ms {
                part.string("sunset");
                part.float(moment);
            }
        });
    }

    /// Writes a part of an observation behind its length, so that a reader may pass over it.
    fn part(&mut self, write: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        self.out.extend_from_slice(&[0; 4]);
        write(self);
        let length = (self.out.len() - start - 4) as u32;
        self.out[start..start + 4].copy_from_slice(&length.to_le_bytes());
    }

    /// Adds the counts of one service.
    pub fn visibility(&mut self, service: &str, counts: &ServiceCounts) {
        self.out.push(VISIBILITY);
        self.string(service);
        self.varint(counts.iter().count() as u64);
        for (name, count) in counts.iter() {
            self.count(name, count);
        }
    }

    /// Adds counters.
    pub fn counters(&mut self, counters: &Counters) {
        self.out.push(COUNTERS);
        self.varint(counters.iter().len() as u64);
        for (name, count) in counters.iter() {
            self.count(name, count);
        }
    }

    /// The batch: its texts stand before everything else.
    pub fn finish(self) -> Vec<u8> {
        let mut texts: Vec<_> = self.strings.into_iter().collect();
        texts.sort_unstable_by_key(|(_, number)| *number);
        let mut head = Encoder { out: vec![MAGIC, VERSION], strings: HashMap::new() };
        head.varint(texts.len() as u64);
        for (text, _) in texts {
            head.varint(text.len() as u64);
            head.out.extend_from_slice(text.as_bytes());
        }
        head.out.extend_from_slice(&self.out);
        head.out
    }

    fn key(&mut self, key: &Key) {
        self.out.push(key.source);
        self.string(&key.service);
        match &*key.operation {
            "" => self.string(key.kind),
            operation => self.string(&format!("{} {operation}", key.kind)),
        }
        self.string(&key.method);
        self.string(&key.path);
        self.varint(u64::from(key.status));
        self.string(&key.request_media_type);
        self.string(&key.response_media_type);
        self.out.push(u8::from(key.has_credentials));
    }

    fn shape(&mut self, node: &Node) {
        if node.is_empty() {
            self.out.push(0);
            return;
        }
        let bit = |set: bool, bit: u8| if set { bit } else { 0 };
        self.out.push(
            1 | bit(node.number_range.is_some(), 2)
                | bit(node.length_range.is_some(), 4)
                | bit(node.items_range.is_some(), 8)
                | bit(node.items.is_some(), 16)
                | bit(!node.fields.is_empty(), 32)
                | bit(!node.values.is_empty(), 64),
        );
        for count in [node.nulls, node.booleans, node.integers, node.numbers, node.strings, node.arrays, node.objects, node.fields_folded] {
            self.varint(count);
        }
        if let Some((min, max)) = node.number_range {
            self.float(-coarse(-min));
            self.float(coarse(max));
        }
        for (min, max) in [node.length_range, node.items_range].into_iter().flatten() {
            self.varint(u64::from(min));
            self.varint(u64::from(max));
        }
        self.varint(node.formats.iter().count() as u64);
        for (format, count) in node.formats.iter() {
            self.count(format.name(), count);
        }
        self.varint(node.classes.iter().len() as u64);
        for (class, count) in node.classes.iter() {
            self.count(class.id(), count);
        }
        if !node.values.is_empty() {
            self.values(&node.values);
        }
        if !node.fields.is_empty() {
            self.varint(node.fields.len() as u64);
            for field in &node.fields {
                self.string(&field.name);
                self.shape(&field.node);
            }
        }
        if let Some(items) = &node.items {
            self.shape(items);
        }
    }

    fn values(&mut self, values: &Values) {
        self.varint((values.max() as u64) << 1 | u64::from(values.is_sample()));
        self.varint(values.len() as u64);
        for value in values.entries() {
            self.out.extend_from_slice(&value.hash.to_le_bytes()[..6]);
            self.varint(value.count);
            self.out.push(u8::from(value.text.is_some()));
            if let Some(text) = value.text {
                self.string(text);
            }
        }
    }

    fn histogram(&mut self, histogram: &Histogram) {
        self.varint(histogram.count());
        if histogram.count() == 0 {
            return;
        }
        self.varint(histogram.sum());
        self.varint(histogram.buckets().count() as u64);
        for (bucket, count) in histogram.buckets() {
            let zigzag = (i64::from(bucket) << 1) ^ (i64::from(bucket) >> 63);
            self.varint(zigzag as u64);
            self.varint(count);
        }
    }

    fn count(&mut self, name: &str, count: u64) {
        self.string(name);
        self.varint(count);
    }

    fn string(&mut self, text: &str) {
        let number = match self.strings.get(text) {
            Some(number) => *number,
            None => {
                let number = self.strings.len() as u64;
                self.strings.insert(text.into(), number);
                number
            }
        };
        self.varint(number);
    }

    fn float(&mut self, value: f64) {
        self.out.extend_from_slice(&value.to_le_bytes());
    }

    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.out.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.out.push(value as u8);
    }
}

#[cfg(test)]
mod tests {
    use super::coarse;

    #[test]
    fn bounds_widen_to_two_digits_and_stay_in_order() {
        for (bound, shown) in [(7.5, 7.5), (-99.0, -99.0), (101.0, 110.0), (-101.0, -100.0), (482_913.0, 490_000.0), (2_147_483_640.0, 2_147_483_647.0)] {
            assert!((coarse(bound) - shown).abs() < 1e-6, "{bound} gave {}", coarse(bound));
        }
        let mut last = f64::NEG_INFINITY;
        for step in -2000..2000 {
            let now = coarse(f64::from(step) * 7.3);
            assert!(now >= last && now >= f64::from(step) * 7.3);
            last = now;
        }
    }
}
