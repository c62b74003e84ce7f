//! One TCP segment as the packet carried it (RFC 9293 §3.1).

use std::net::IpAddr;

use crate::address::FlowKey;
use crate::link::cursor::Cursor;
use crate::link::{Drop, LayerSet};

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const ACK: u8 = 0x10;

/// A segment: header facts, and the payload where it lies in the packet (or in the defragmenter's buffer).
#[derive(Clone, Copy, Debug)]
pub struct Segment<'a> {
    /// Everything but the payload; `Copy` and without a lifetime, so that it can cross a queue beside copied bytes.
    pub header: SegmentHeader,
    /// The captured payload, link padding cut off.
    pub payload: &'a [u8],
}

/// The facts of a segment's headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentHeader {
    /// The flow, the same for both directions.
    pub key: FlowKey,
    /// Whether the sender is the first endpoint of `key`.
    pub from_first: bool,
    /// Control bits, low byte of the header's flags.
    pub flags: u8,
    /// Sequence number of the SYN where there is one, else of the first payload byte.
    pub sequence: u32,
    /// Acknowledgement number; means something only with ACK.
    pub acknowledgement: u32,
    /// Payload bytes behind `payload` that the capture cut off, in bytes.
    pub missing: u32,
    /// Whether its IP header is inside another one, so that the outermost addresses and ports do not tell its flow.
    pub is_tunnelled: bool,
    /// The kinds of layers around it.
    pub layers: LayerSet,
    /// Keyed hash of `key`, set by `PacketDecoder`; 0 before.
    pub hash: u64,
}

impl SegmentHeader {
    /// Address and port of the sender.
    pub fn source(&self) -> (IpAddr, u16) {
        self.key.endpoint(usize::from(!self.from_first))
    }

    /// Address and port of the receiver.
    pub fn destination(&self) -> (IpAddr, u16) {
        self.key.endpoint(usize::from(self.from_first))
    }

    /// The same number for both directions of a flow: what a dispatcher chooses the worker by.
    pub const fn flow_hash(&self) -> u64 {
        self.hash
    }

    pub(crate) const fn syn(&self) -> bool {
        self.flags & SYN != 0
    }

    pub(crate) const fn fin(&self) -> bool {
        self.flags & FIN != 0
    }

    pub(crate) const fn rst(&self) -> bool {
        self.flags & RST != 0
    }

    pub(crate) const fn ack(&self) -> bool {
        self.flags & ACK != 0
    }

    /// None of SYN, FIN, RST: nearly every segment.
    pub(crate) const fn plain(&self) -> bool {
        self.flags & (SYN | FIN | RST) == 0
    }
}

impl<'a> Segment<'a> {
    /// Reads the header at the cursor. A header cut inside its options still tells sequence and length, so it counts as a
    /// segment whose whole payload is missing.
    pub(crate) fn read(cursor: &Cursor<'a>) -> Result<Self, Drop> {
        let bytes = cursor.rest;
        let Some((fixed, _)) = bytes.split_first_chunk::<20>() else {
            return Err(cursor.cut("tcp"));
        };
        let header_bytes = usize::from(fixed[12] >> 4) * 4;
        if header_bytes < 20 {
            return Err(Drop::Malformed("tcp"));
        }
        let (payload, missing) = match bytes.get(header_bytes..) {
            Some(payload) => (payload, cursor.missing),
            None if header_bytes - bytes.len() <= cursor.missing as usize => (&[][..], cursor.missing - (header_bytes - bytes.len()) as u32),
            None => return Err(Drop::Malformed("tcp")),
        };
        let source_port = u16::from_be_bytes([fixed[0], fixed[1]]);
        let destination_port = u16::from_be_bytes([fixed[2], fixed[3]]);
        let (key, from_first) = FlowKey::new(&cursor.network, source_port, destination_port, cursor.tags);
        Ok(Segment {
            header: SegmentHeader {
                key,
                from_first,
                flags: fixed[13],
                sequence: u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]),
                acknowledgement: u32::from_be_bytes([fixed[8], fixed[9], fixed[10], fixed[11]]),
                missing,
                is_tunnelled: cursor.is_tunnelled,
                layers: cursor.layers,
                hash: 0,
            },
            payload,
        })
    }
}
