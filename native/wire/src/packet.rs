//! The front of the crate: records in, segments or named outcomes out, every record counted once.

use crate::address::Tags;
use crate::counters::PacketCounters;
use crate::duplicate::Duplicates;
use crate::fragment::{Defragmenter, Fragment, FragmentLimits, Progress};
use crate::inflate::inflate;
use crate::link::cursor::Cursor;
use crate::link::{Drop, Followed, Next, follow};
use crate::segment::Segment;

/// How records are decoded.
#[derive(Clone, Copy, Debug)]
pub struct DecodeOptions {
    /// Key of the flow hash. Results do not depend on it; a secret one keeps others from aiming at one worker.
    pub hash_key: [u64; 2],
    /// Whether VLAN and tunnel identifiers tell flows apart. Off for taps that tag one direction only.
    pub tags_in_key: bool,
    /// Whether copies of packets are dropped; see `duplicate.rs` for what is a copy.
    pub drop_duplicates: bool,
    /// Bounds of IP defragmentation.
    pub fragments: FragmentLimits,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        DecodeOptions {
            hash_key: [0x7461_7069_7374_7279, 0x666c_6f77_6861_7368],
            tags_in_key: true,
            drop_duplicates: true,
            fragments: FragmentLimits::default(),
        }
    }
}

/// What one record gave.
#[derive(Clone, Copy, Debug)]
pub enum Outcome<'a> {
    /// A TCP segment, of this record or of the datagram that it completed.
    Segment(Segment<'a>),
    /// A fragment of a datagram that is not complete yet.
    Held,
    /// Nothing for reassembly, and why.
    Drop(Drop),
    /// A copy of a packet that was seen.
    Duplicate,
}

/// Decodes records and owns the defragmenter, so it must see all records in order, ahead of any dispatch to workers.
#[derive(Debug)]
pub struct PacketDecoder {
    options: DecodeOptions,
    defragmenter: Defragmenter,
    duplicates: Option<Duplicates>,
    /// Datagrams put together or inflated: of the packet itself, and of what is inside it.
    payloads: [Vec<u8>; 2],
    counters: PacketCounters,
}

impl PacketDecoder {
    /// Nothing seen.
    pub fn new(options: DecodeOptions) -> Self {
        let duplicates = options.drop_duplicates.then(|| Duplicates::new(options.hash_key));
        PacketDecoder {
            options,
            duplicates,
            defragmenter: Defragmenter::new(options.fragments),
            payloads: Default::default(),
            counters: PacketCounters::default(),
        }
    }

    /// Counts a record that a packet filter left out; nothing else of it is looked at.
    pub fn leave_out(&mut self) {
        self.counters.read += 1;
        self.counters.filtered += 1;
    }

    /// Counts a record of the capture that makes no sense.
    pub fn malformed(&mut self) {
        self.counters.read += 1;
        self.counters.malformed += 1;
    }

    /// Decodes one record: `link_type` by the capture's header, `original_length` in bytes on the wire, `time_ns` since the epoch.
    pub fn decode<'a>(&'a mut self, link_type: u32, data: &'a [u8], original_length: u32, time_ns: i64) -> Outcome<'a> {
        self.counters.read += 1;
        let mut cursor = Cursor::new(data, original_length);
        let (mut next, mut packets) = (Next::LinkType(link_type), 1);
        let [first, second] = &mut self.payloads;
        let mut buffers = [first, second].into_iter();
        let decoded = loop {
            let decoded = follow(&mut cursor, next);
            if !self.options.tags_in_key {
                cursor.tags = Tags::default();
            }
            let head = match decoded {
                Followed::Fragment(head) => head,
                Followed::Compressed(protocol) => {
                    let Some(payload) = buffers.next() else { break Followed::Drop(Drop::Malformed("ipcomp")) };
                    if let Err(drop) = inflate(&cursor, payload) {
                        break Followed::Drop(drop);
                    }
                    (next, cursor.rest) = (Next::IpProtocol(protocol), payload);
                    continue;
                }
                Followed::Tcp | Followed::Drop(_) => break decoded,
            };
            let fragment = Fragment { head, cursor };
            if self.duplicates.as_mut().is_some_and(|seen| seen.is_copy_of_fragment(&fragment, time_ns)) {
                self.counters.duplicate += packets;
                return Outcome::Duplicate;
            }
            // A datagram in fragments may be a tunnel that carries fragments; what is nested deeper than that is nobody's network.
            let Some(payload) = buffers.next() else { break Followed::Drop(Drop::Malformed("ip fragment")) };
            match self.defragmenter.add(&fragment, packets, time_ns, payload) {
                Progress::Held => return Outcome::Held,
                Progress::Useless(drop) => break Followed::Drop(drop),
                Progress::Complete { protocol, packets: parts } => {
                    (next, packets) = (Next::IpProtocol(protocol), parts);
                    (cursor.rest, cursor.missing, cursor.id) = (payload, 0, head.id as u16);
                }
            }
        };
        self.counters.layers.count(cursor.layers, packets);
        let drop = match decoded {
            Followed::Tcp => match Segment::read(&cursor) {
                Ok(mut segment) => {
                    if self.duplicates.as_mut().is_some_and(|seen| seen.is_copy(&mut segment, &cursor, time_ns)) {
                        self.counters.duplicate += packets;
                        return Outcome::Duplicate;
                    }
                    self.counters.decoded += packets;
                    if segment.header.hash == 0 {
                        segment.header.hash = segment.header.key.hash(self.options.hash_key);
                    }
                    return Outcome::Segment(segment);
                }
                Err(drop) => drop,
            },
            Followed::Drop(drop) => drop,
            Followed::Fragment(_) | Followed::Compressed(_) => Drop::Malformed("ip fragment"),
        };
        self.counters.count(drop, packets);
        Outcome::Drop(drop)
    }

    /// The input is over: datagrams still incomplete are counted so.
    pub fn finish(&mut self) {
        self.defragmenter.finish();
    }

    /// Counts so far. After `finish`, `read` is the sum of the outcomes.
    pub fn counters(&self) -> PacketCounters {
        let mut counters = self.counters.clone();
        counters.fragment_incomplete = self.defragmenter.incomplete;
        counters.fragment_evictions = self.defragmenter.evicted;
        counters
    }
}
