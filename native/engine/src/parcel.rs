//! Segments on their way from one thread to another.

use std::ops::Range;
use tapistry_wire::{Segment, SegmentHeader};

/// Where a segment is from.
#[derive(Clone, Copy, Debug)]
pub struct Meta {
    /// Event time, nanoseconds since the epoch.
    pub time_ns: i64,
    /// Ordinal of its packet over all that the thread reads.
    pub packet: u64,
    /// Place of its input.
    pub input: u32,
    /// Whether it was counted before.
    pub muted: bool,
}

/// Segments in order, payloads copied one after the other.
#[derive(Debug, Default)]
pub struct Parcel {
    bytes: Vec<u8>,
    segments: Vec<(SegmentHeader, Range<usize>, Meta)>,
    /// Segments from the front that were given away.
    given: usize,
}

const PARCEL_BYTES: usize = 128 << 10;
const PARCEL_SEGMENTS: usize = 512;

impl Parcel {
    /// Adds a segment.
    pub fn push(&mut self, segment: &Segment<'_>, meta: &Meta) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(segment.payload);
        self.segments.push((segment.header, start..self.bytes.len(), *meta));
    }

    /// Whether it is worth passing on.
    pub fn is_full(&self) -> bool {
        self.bytes.len() >= PARCEL_BYTES || self.segments.len() >= PARCEL_SEGMENTS
    }

    /// Whether it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.given == self.segments.len()
    }

    /// Bytes of payload, and of the segments' headers.
    pub fn bytes(&self) -> usize {
        self.bytes.len() + self.segments.len() * size_of::<(SegmentHeader, Range<usize>, Meta)>()
    }

    /// Times and places of the next segments up to an event time, which count as given away.
    pub fn due(&mut self, until_ns: i64) -> impl Iterator<Item = (i64, usize)> {
        let start = self.given;
        let count = self.segments[start..].iter().take_while(|(.., meta)| meta.time_ns <= until_ns).count();
        self.given += count;
        (start..self.given).map(|place| (self.segments[place].2.time_ns, place))
    }

    /// The segment at a place.
    pub fn at(&self, place: usize) -> (Segment<'_>, Meta) {
        let (header, range, meta) = &self.segments[place];
        (Segment { header: *header, payload: &self.bytes[range.clone()] }, *meta)
    }

    /// Gives every segment away, and keeps the memory.
    pub fn empty(&mut self, mut take: impl FnMut(&Segment<'_>, &Meta)) {
        for place in 0..self.segments.len() {
            let (segment, meta) = self.at(place);
            take(&segment, &meta);
        }
        self.bytes.clear();
        self.segments.clear();
    }
}
