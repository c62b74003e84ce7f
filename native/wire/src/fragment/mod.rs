//! IP defragmentation (RFC 791 §3.2, RFC 8200 §4.5): fragments in, whole datagrams out, bounded and deterministic.

mod datagram;

use std::collections::BTreeMap;

use crate::address::{Network, Tags};
use crate::link::cursor::Cursor;
use crate::link::{Drop, is_followed};
use datagram::{Added, Datagram};

/// What a fragment's header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FragmentHead {
    /// Identification: 16 bits in IPv4, 32 in IPv6.
    pub id: u32,
    /// Place of the first byte in the datagram's payload, in bytes.
    pub offset: u32,
    /// Whether more fragments follow.
    pub more: bool,
    /// Protocol of the payload; in IPv6 only the first fragment's is right.
    pub protocol: u8,
}

/// One fragment where it lies in its packet.
#[derive(Clone, Copy, Debug)]
pub struct Fragment<'a> {
    pub(crate) head: FragmentHead,
    pub(crate) cursor: Cursor<'a>,
}

/// Bounds of the defragmenter. What does not fit pushes the oldest datagrams out; the law of order then no longer holds.
#[derive(Clone, Copy, Debug)]
pub struct FragmentLimits {
    /// Datagrams under construction.
    pub datagrams_max: usize,
    /// Fragments kept per datagram.
    pub fragments_max: usize,
    /// Bytes kept over all datagrams.
    pub bytes_max: usize,
    /// Longest time from a datagram's first fragment to its last, in nanoseconds of event time.
    pub timeout_ns: i64,
}

impl Default for FragmentLimits {
    fn default() -> Self {
        FragmentLimits { datagrams_max: 4096, fragments_max: 2048, bytes_max: 16 << 20, timeout_ns: 30_000_000_000 }
    }
}

/// What became of a fragment.
pub(crate) enum Progress {
    /// The datagram lacks parts.
    Held,
    /// The buffer now holds the datagram; it took this many packets.
    Complete { protocol: u8, packets: u64 },
    /// The fragment is of no use; `Drop` says why.
    Useless(Drop),
}

/// The VLAN is in the key: two tenants may use one address pair and one identification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct DatagramKey {
    network: Network,
    tags: Tags,
    id: u32,
    /// 0 in IPv6, where only the first fragment knows.
    protocol: u8,
}

/// Puts datagrams together. The first copy of a byte wins in IPv4; any overlap but an exact copy ends an IPv6 datagram (RFC 5722).
#[derive(Debug)]
pub(crate) struct Defragmenter {
    limits: FragmentLimits,
    // Ordered, because whatever is walked must be walked in the same order in each run.
    datagrams: BTreeMap<DatagramKey, Datagram>,
    ages: BTreeMap<(i64, u64), DatagramKey>,
    held_bytes: usize,
    serial: u64,
    /// Packets whose datagram was given up.
    pub incomplete: u64,
    /// Datagrams given up because a bound was reached.
    pub evicted: u64,
}

impl Defragmenter {
    pub fn new(limits: FragmentLimits) -> Self {
        Defragmenter { limits, datagrams: BTreeMap::new(), ages: BTreeMap::new(), held_bytes: 0, serial: 0, incomplete: 0, evicted: 0 }
    }

    /// Takes one fragment, which came in `packets` packets: more than one where it was inside a datagram that was itself in fragments. A whole datagram
    /// goes to `payload`. Logarithmic in the datagrams and fragments held.
    pub fn add(&mut self, fragment: &Fragment<'_>, packets: u64, time_ns: i64, payload: &mut Vec<u8>) -> Progress {
        let Fragment { head, cursor } = fragment;
        let v6 = cursor.network.v6;
        if !v6 && !is_followed(head.protocol) {
            return Progress::Useless(Drop::NotTcp(head.protocol));
        }
        if cursor.missing > 0 {
            return Progress::Useless(Drop::TruncatedRecord);
        }
        let mut bytes = cursor.rest;
        if head.more {
            if v6 && bytes.len() % 8 != 0 {
                return Progress::Useless(Drop::Malformed("ipv6 fragment"));
            }
            bytes = &bytes[..bytes.len() & !7];
        }
        if bytes.is_empty() || head.offset as usize + bytes.len() > 0xffff {
            return Progress::Useless(Drop::Malformed("ip fragment"));
        }
        let key = DatagramKey { network: cursor.network, tags: cursor.tags, id: head.id, protocol: if v6 { 0 } else { head.protocol } };
        self.expire(time_ns);
        if self.datagrams.get(&key).is_some_and(|datagram| time_ns.saturating_sub(datagram.first_ns) > self.limits.timeout_ns) {
            self.give_up(&key);
        }
        self.open(key, time_ns);
        let Some(datagram) = self.datagrams.get_mut(&key) else {
            return Progress::Held;
        };
        let before = datagram.bytes();
        let added = datagram.add(head, bytes, packets, v6, self.limits.fragments_max);
        self.held_bytes = self.held_bytes + datagram.bytes() - before;
        match added {
            Added::Complete => {
                datagram.write(payload);
                let (protocol, packets) = (datagram.protocol(head.protocol), datagram.packets);
                self.remove(&key);
                return Progress::Complete { protocol, packets };
            }
            Added::Overflow => self.evicted += 1,
            Added::Held => {}
        }
        self.shed();
        Progress::Held
    }

    /// Gives up whatever is still incomplete.
    pub fn finish(&mut self) {
        while let Some((_, key)) = self.ages.first_key_value() {
            let key = *key;
            self.give_up(&key);
        }
    }

    fn open(&mut self, key: DatagramKey, time_ns: i64) {
        if !self.datagrams.contains_key(&key) {
            self.serial += 1;
            self.datagrams.insert(key, Datagram::new(time_ns, self.serial));
            self.ages.insert((time_ns, self.serial), key);
        }
    }

    /// The oldest datagrams go until both bounds hold.
    fn shed(&mut self) {
        while self.held_bytes > self.limits.bytes_max || self.datagrams.len() > self.limits.datagrams_max {
            let Some((_, oldest)) = self.ages.first_key_value() else { break };
            let oldest = *oldest;
            self.give_up(&oldest);
            self.evicted += 1;
        }
    }

    /// Frees what has timed out. Twice the time-out, so that packets somewhat out of order never see a difference.
    fn expire(&mut self, time_ns: i64) {
        while let Some((age, key)) = self.ages.first_key_value() {
            if time_ns.saturating_sub(age.0) <= self.limits.timeout_ns.saturating_mul(2) {
                return;
            }
            let key = *key;
            self.give_up(&key);
        }
    }

    fn give_up(&mut self, key: &DatagramKey) {
        if let Some(datagram) = self.remove(key) {
            self.incomplete += datagram.packets;
        }
    }

    fn remove(&mut self, key: &DatagramKey) -> Option<Datagram> {
        let datagram = self.datagrams.remove(key)?;
        self.ages.remove(&(datagram.first_ns, datagram.serial));
        self.held_bytes -= datagram.bytes();
        Some(datagram)
    }
}
