//! Any bytes as a HAR document: however its reads are cut, the same entries come out.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Read;
use tapistry_logs::har;

/// Gives at most `1` bytes a read.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.min(self.0.len()).min(out.len());
        out[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

fn read(document: &[u8], step: usize) -> (Vec<String>, Option<har::Summary>) {
    let mut entries = Vec::new();
    let summary = har::entries(Slow(document, step), 0, |index, entry| {
        assert_eq!(index, entries.len() as u64);
        entries.push(entry.map_or_else(|rejection| rejection.name().to_owned(), |record| format!("{record:?}")));
    });
    let summary = summary.ok();
    assert!(summary.is_none_or(|summary| summary.entries == entries.len() as u64));
    (entries, summary)
}

fuzz_target!(|input: &[u8]| {
    let Some((&step, document)) = input.split_first() else { return };
    assert_eq!(read(document, usize::MAX), read(document, usize::from(step) + 1));
});
