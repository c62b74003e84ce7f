//! Gives lines their number and writes them in the order of their requests.

use std::collections::{BTreeMap, HashMap};

/// Where a request began: packet (or line) number, then a running number.
pub type Place = (u64, u64);

/// Holds finished lines back until everything that began before them is written, within a bound: when more than `open_max`
/// are open, the oldest gets its number at once and is written when it ends.
#[derive(Debug)]
pub struct Ordered {
    open_max: usize,
    next_number: u64,
    waiting: BTreeMap<Place, Option<Vec<u8>>>,
    numbered: HashMap<Place, u64>,
}

impl Ordered {
    /// Nothing open yet.
    pub fn new(open_max: usize) -> Self {
        Ordered { open_max, next_number: 1, waiting: BTreeMap::new(), numbered: HashMap::new() }
    }

    /// An exchange began at `place`.
    pub fn begin(&mut self, place: Place) {
        self.waiting.insert(place, None);
        if self.waiting.len() > self.open_max
            && let Some((oldest, None)) = self.waiting.pop_first()
        {
            self.numbered.insert(oldest, self.next_number);
            self.next_number += 1;
        }
    }

    /// The exchange of `place` ended with `line`, which lacks its leading `{"n":<number>`.
    pub fn end(&mut self, place: Place, line: &[u8], out: &mut Vec<u8>) {
        if let Some(number) = self.numbered.remove(&place) {
            write_line(number, line, out);
        } else {
            self.waiting.insert(place, Some(line.to_vec()));
        }
        self.write_ready(out);
    }

    /// What began at `place` is no exchange.
    pub fn forget(&mut self, place: Place, out: &mut Vec<u8>) {
        self.numbered.remove(&place);
        self.waiting.remove(&place);
        self.write_ready(out);
    }

    fn write_ready(&mut self, out: &mut Vec<u8>) {
        while let Some(first) = self.waiting.first_entry() {
            let Some(line) = first.get() else { break };
            write_line(self.next_number, line, out);
            self.next_number += 1;
            first.remove();
        }
    }

    /// Nothing more will end: what waits goes out, what is open is forgotten.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        for (_, line) in std::mem::take(&mut self.waiting) {
            if let Some(line) = line {
                write_line(self.next_number, &line, out);
                self.next_number += 1;
            }
        }
    }
}

fn write_line(number: u64, rest: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"n\":");
    out.extend_from_slice(number.to_string().as_bytes());
    out.extend_from_slice(rest);
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::Ordered;

    #[test]
    fn lines_come_out_by_where_their_request_began() {
        let (mut ordered, mut out) = (Ordered::new(10), Vec::new());
        ordered.begin((1, 0));
        ordered.begin((2, 0));
        ordered.end((2, 0), b",\"b\"}", &mut out);
        assert!(out.is_empty());
        ordered.end((1, 0), b",\"a\"}", &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "{\"n\":1,\"a\"}\n{\"n\":2,\"b\"}\n");
    }

    #[test]
    fn beyond_the_bound_the_oldest_is_written_when_it_ends() {
        let (mut ordered, mut out) = (Ordered::new(1), Vec::new());
        ordered.begin((1, 0));
        ordered.begin((2, 0));
        ordered.end((2, 0), b"}", &mut out);
        ordered.end((1, 0), b"}", &mut out);
        assert_eq!(String::from_utf8_lossy(&out), "{\"n\":2}\n{\"n\":1}\n");
    }
}
