//! Copies of one packet: of a SPAN port that mirrors both directions, before and after routing, outside and inside a tunnel.
//!
//! A copy has the same addresses, ports, IP identification, TCP header and payload; its TTL, VLANs, tunnels and checksum (which a card may not have filled in
//! yet) may differ. A retransmission has another identification, a later time stamp, or comes later than the window; one that has none of that brings
//! nothing that was not seen. What is remembered is a fixed table: a copy is known while its place was not taken by another packet.

use std::collections::BTreeMap;

use crate::address::Tags;
use crate::fragment::Fragment;
use crate::link::cursor::Cursor;
use crate::segment::Segment;

/// Packets remembered.
const PLACES: usize = 4096;
/// How far copies lie apart at most, in nanoseconds of event time.
const WINDOW_NS: i64 = 10_000_000;
/// Connections remembered of which one half of the handshake was seen.
const OPENINGS: usize = 1024;
/// How far both halves lie apart at most, in nanoseconds of event time.
const ANSWER_NS: i64 = 30_000_000_000;
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;
/// Sets of VLANs and virtual networks that are told apart.
const NETWORKS_MAX: usize = 1024;

#[derive(Clone, Copy, Debug)]
struct Place {
    fingerprint: u64,
    time_ns: i64,
    network: u32,
}

/// A packet that opens a connection, or accepts it.
#[derive(Clone, Copy, Debug)]
struct Half {
    fingerprint: u64,
    time_ns: i64,
    network: u32,
    accepts: bool,
}

/// The packets seen last, and which networks carry copies of each other's.
#[derive(Debug)]
pub(crate) struct Duplicates {
    key: [u64; 2],
    places: Vec<Place>,
    openings: Vec<Half>,
    /// Numbers of networks; untagged is 0.
    numbers: BTreeMap<Tags, u32>,
    /// By number: which network's flows it belongs to.
    stands_for: Vec<u32>,
    tags: Vec<Tags>,
    last: (Tags, u32),
}

impl Duplicates {
    /// `key` is secret, so that nobody can make one packet look like another.
    pub fn new(key: [u64; 2]) -> Self {
        Duplicates {
            key,
            places: vec![Place { fingerprint: 0, time_ns: i64::MIN, network: 0 }; PLACES],
            openings: vec![Half { fingerprint: 0, time_ns: i64::MIN, network: 0, accepts: false }; OPENINGS],
            numbers: BTreeMap::new(),
            stands_for: vec![0],
            tags: vec![Tags::default()],
            last: (Tags::default(), 0),
        }
    }

    /// Whether a segment is a copy; `cursor` is at its header. Where networks carry copies of each other's packets, their flows are one: the first copy of
    /// a request comes from one of them, and that of its answer from the other.
    #[inline]
    pub fn is_copy(&mut self, segment: &mut Segment<'_>, cursor: &Cursor<'_>, time_ns: i64) -> bool {
        let tags = *segment.header.key.tags();
        let Some(network) = self.number(tags) else { return false };
        if network != 0 {
            segment.header.key.set_tags(Tags::default());
        }
        let flow = segment.header.key.hash(self.key);
        let header_bytes = cursor.rest.len().min(usize::from(cursor.rest[12] >> 4) * 4);
        let (header, payload) = (&cursor.rest[..header_bytes], segment.payload);
        let mut mix = Mix { state: flow ^ u64::from(segment.header.from_first), key: self.key };
        mix.words(u64::from(segment.header.sequence) << 32 | u64::from(segment.header.acknowledgement), u64::from(cursor.id));
        // Flags and window, without the checksum; then options, mostly a time stamp.
        mix.words(u64::from(u32::from_be_bytes([header[12], header[13], header[14], header[15]])), u64::from(segment.header.missing));
        mix.ends(&header[20..]);
        mix.ends(payload);
        let is_copy = self.find(mix.state, time_ns, network);
        if header[13] & SYN != 0 {
            self.follow_opening(flow, segment, header[13] & ACK != 0, time_ns, network);
        }
        match self.stands_for[network as usize] {
            0 => segment.header.hash = flow,
            shown => segment.header.key.set_tags(self.tags[shown as usize]),
        }
        is_copy
    }

    /// Whether a fragment is a copy. In another network it is none: each network's fragments are put together by themselves, and what comes of them is
    /// compared then, so that no datagram lacks what another one has.
    pub fn is_copy_of_fragment(&mut self, fragment: &Fragment<'_>, time_ns: i64) -> bool {
        let Fragment { head, cursor } = fragment;
        let Some(network) = self.number(cursor.tags) else { return false };
        let mut mix = Mix { state: self.key[0], key: self.key };
        for address in [cursor.network.source, cursor.network.destination] {
            mix.words(address as u64, (address >> 64) as u64);
        }
        mix.words(u64::from(head.id) << 32 | u64::from(head.offset), u64::from(head.protocol) << 8 | u64::from(head.more));
        mix.words(u64::from(network), 0);
        mix.ends(cursor.rest);
        self.find(mix.state, time_ns, network)
    }

    #[inline]
    fn find(&mut self, fingerprint: u64, time_ns: i64, network: u32) -> bool {
        let place = &mut self.places[fingerprint as usize % PLACES];
        if place.fingerprint == fingerprint && time_ns.abs_diff(place.time_ns) <= WINDOW_NS as u64 {
            let first = place.network;
            if first != network {
                self.join(first, network);
            }
            return true;
        }
        *place = Place { fingerprint, time_ns, network };
        false
    }

    /// A tap that tags one direction alone: a connection is opened with tags and accepted without any, or the reverse. That it is the same one is said by the
    /// sequence number that is accepted. Only then are the flows of both networks one, the untagged one.
    fn follow_opening(&mut self, flow: u64, segment: &Segment<'_>, accepts: bool, time_ns: i64, network: u32) {
        let number = if accepts { segment.header.acknowledgement } else { segment.header.sequence.wrapping_add(1) };
        let mut mix = Mix { state: flow ^ u64::from(segment.header.from_first != accepts), key: self.key };
        mix.words(u64::from(number), 0);
        // Either may be captured first.
        let half = &mut self.openings[mix.state as usize % OPENINGS];
        let (known, other) = (half.fingerprint == mix.state && time_ns.abs_diff(half.time_ns) <= ANSWER_NS as u64, half.network);
        if known && half.accepts != accepts {
            if other != network && (other == 0 || network == 0) {
                self.join(0, other.max(network));
            }
        } else {
            *half = Half { fingerprint: mix.state, time_ns, network, accepts };
        }
    }

    /// Two networks carry the same packets: from now on the flows of both are those of the first.
    fn join(&mut self, first: u32, second: u32) {
        let (to, from) = (self.stands_for[first as usize], self.stands_for[second as usize]);
        self.stands_for.iter_mut().filter(|number| **number == from).for_each(|number| *number = to);
    }

    /// The number of a network; none where there are too many to tell them all apart.
    #[inline]
    fn number(&mut self, tags: Tags) -> Option<u32> {
        if tags == self.last.0 {
            return Some(self.last.1);
        }
        let number = self.number_of_other(tags)?;
        self.last = (tags, number);
        Some(number)
    }

    fn number_of_other(&mut self, tags: Tags) -> Option<u32> {
        if tags == Tags::default() {
            return Some(0);
        }
        if let Some(number) = self.numbers.get(&tags) {
            return Some(*number);
        }
        let number = self.tags.len() as u32;
        if self.tags.len() >= NETWORKS_MAX {
            return None;
        }
        self.numbers.insert(tags, number);
        self.stands_for.push(number);
        self.tags.push(tags);
        Some(number)
    }
}

/// Multiplies words into each other, as hashes for tables do.
struct Mix {
    state: u64,
    key: [u64; 2],
}

impl Mix {
    #[inline]
    fn words(&mut self, first: u64, second: u64) {
        let product = u128::from(self.state ^ first ^ self.key[0]) * u128::from(second ^ self.key[1] | 1);
        self.state = (product >> 64) as u64 ^ product as u64 ^ first.rotate_left(32);
    }

    /// The length, and up to 16 bytes of either end.
    #[inline]
    fn ends(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let (first, last) = match (bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) {
            (Some(first), Some(last)) => (*first, *last),
            _ => {
                let mut padded = [0; 16];
                padded[..bytes.len()].copy_from_slice(bytes);
                (padded, [0; 16])
            }
        };
        let (first, last) = (u128::from_le_bytes(first), u128::from_le_bytes(last));
        self.words(first as u64, (first >> 64) as u64 ^ bytes.len() as u64);
        self.words(last as u64, (last >> 64) as u64);
    }
}
