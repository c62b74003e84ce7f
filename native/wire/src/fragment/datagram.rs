//! One datagram under construction.

use crate::fragment::FragmentHead;

/// Parts are kept apart and sorted; overlap was cut off when they came in.
#[derive(Debug)]
pub(super) struct Datagram {
    pub first_ns: i64,
    /// Order of arrival among datagrams, so that equal times have an order too.
    pub serial: u64,
    /// Packets that contributed, copies included.
    pub packets: u64,
    parts: Vec<Part>,
    bytes: usize,
    /// Length of the payload, once the last fragment is known.
    length: Option<usize>,
    /// Protocol by the fragment at offset 0.
    protocol: Option<u8>,
    /// Given up, but kept so that its later fragments do not begin a new one.
    poisoned: bool,
}

#[derive(Debug)]
struct Part {
    offset: usize,
    bytes: Box<[u8]>,
}

impl Part {
    fn end(&self) -> usize {
        self.offset + self.bytes.len()
    }
}

pub(super) enum Added {
    Held,
    Complete,
    Overflow,
}

impl Datagram {
    pub fn new(first_ns: i64, serial: u64) -> Self {
        Datagram { first_ns, serial, packets: 0, parts: Vec::new(), bytes: 0, length: None, protocol: None, poisoned: false }
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The payload's protocol; `otherwise` where the first fragment did not say.
    pub fn protocol(&self, otherwise: u8) -> u8 {
        self.protocol.unwrap_or(otherwise)
    }

    /// Adds one fragment whose bytes are not empty.
    pub fn add(&mut self, head: &FragmentHead, bytes: &[u8], packets: u64, v6: bool, fragments_max: usize) -> Added {
        self.packets += packets;
        let (start, end) = (head.offset as usize, head.offset as usize + bytes.len());
        let next = self.parts.get(self.parts.partition_point(|part| part.end() <= start));
        let is_copy = next.is_some_and(|part| part.offset == start && part.end() == end);
        if self.poisoned || is_copy {
            return Added::Held;
        }
        let overlaps = next.is_some_and(|part| part.offset < end);
        if (v6 && overlaps) || !self.fits(head, end) {
            self.poison();
            return Added::Held;
        }
        if self.parts.len() >= fragments_max {
            self.poison();
            return Added::Overflow;
        }
        if start == 0 {
            self.protocol.get_or_insert(head.protocol);
        }
        self.insert(start, bytes);
        if self.length.is_some_and(|length| length == self.bytes) { Added::Complete } else { Added::Held }
    }

    /// Writes the payload, complete by now, over `out`.
    pub fn write(&self, out: &mut Vec<u8>) {
        out.clear();
        for part in &self.parts {
            out.extend_from_slice(&part.bytes);
        }
    }

    /// Whether the fragment agrees with the known length; the last fragment makes it known.
    fn fits(&mut self, head: &FragmentHead, end: usize) -> bool {
        if !head.more && self.length.is_none() {
            self.length = Some(end);
            return self.parts.iter().all(|part| part.end() <= end);
        }
        self.length.is_none_or(|length| end <= length)
    }

    /// Puts the bytes that are new into the holes they fall in.
    fn insert(&mut self, mut start: usize, mut bytes: &[u8]) {
        let mut index = self.parts.partition_point(|part| part.end() <= start);
        while !bytes.is_empty() {
            let hole = match self.parts.get(index) {
                Some(part) if part.offset <= start => {
                    let known = (part.end() - start).min(bytes.len());
                    start += known;
                    bytes = &bytes[known..];
                    index += 1;
                    continue;
                }
                Some(part) => (part.offset - start).min(bytes.len()),
                None => bytes.len(),
            };
            let (new, rest) = bytes.split_at(hole);
            self.parts.insert(index, Part { offset: start, bytes: new.into() });
            self.bytes += hole;
            index += 1;
            start += hole;
            bytes = rest;
        }
    }

    fn poison(&mut self) {
        self.poisoned = true;
        self.parts = Vec::new();
        self.bytes = 0;
    }
}
