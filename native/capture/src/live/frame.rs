//! The frames of one block of a ring, and the VLAN tag that the kernel took out of them.

use std::mem::{offset_of, size_of};

use libc::{tpacket_block_desc, tpacket_hdr_v1, tpacket_hdr_variant1, tpacket3_hdr};

/// Free bytes that the kernel leaves before each frame: room for a tag.
pub const HEADROOM_BYTES: usize = 4;

/// Two addresses stand before the tag of a frame.
const ADDRESSES_BYTES: usize = 12;
/// The tag's own type where the kernel does not tell it.
const ETHER_TYPE_VLAN: u16 = 0x8100;

/// A frame as the kernel gives it.
#[derive(Debug, PartialEq, Eq)]
pub struct Frame<'a> {
    /// Headroom, then what was captured.
    bytes: &'a mut [u8],
    /// Bytes on the wire, without the tag that was taken out.
    original_length: u32,
    /// Type and control of the outermost tag, where there was one.
    tag: Option<[u8; HEADROOM_BYTES]>,
    /// When the kernel saw it, nanoseconds since the epoch.
    pub time_ns: i64,
}

/// Hands over the frames of a block; returns how many records made no sense. The rest of a block with such a record is lost with it.
pub fn each(block: &mut [u8], take: &mut impl FnMut(Frame<'_>)) -> u64 {
    let header = offset_of!(tpacket_block_desc, hdr);
    let (count, first) = (word(block, header + offset_of!(tpacket_hdr_v1, num_pkts)), word(block, header + offset_of!(tpacket_hdr_v1, offset_to_first_pkt)));
    let mut at = first as usize;
    for left in (1..=count).rev() {
        let Some(next) = read(block, at, take) else { return left.into() };
        at += next;
    }
    0
}

/// Hands over the frame of the record at `at`; returns how far away the next one is.
fn read(block: &mut [u8], at: usize, take: &mut impl FnMut(Frame<'_>)) -> Option<usize> {
    let record = block.get_mut(at..).filter(|record| record.len() >= size_of::<tpacket3_hdr>())?;
    let variant = offset_of!(tpacket3_hdr, hv1);
    let status = word(record, offset_of!(tpacket3_hdr, tp_status));
    let tag = (status & libc::TP_STATUS_VLAN_VALID != 0).then(|| {
        let control = word(record, variant + offset_of!(tpacket_hdr_variant1, tp_vlan_tci)) as u16;
        let is_typed = status & libc::TP_STATUS_VLAN_TPID_VALID != 0;
        let ether_type = if is_typed { half(record, variant + offset_of!(tpacket_hdr_variant1, tp_vlan_tpid)) } else { ETHER_TYPE_VLAN };
        let ([type_high, type_low], [high, low]) = (ether_type.to_be_bytes(), control.to_be_bytes());
        [type_high, type_low, high, low]
    });
    let seconds = i64::from(word(record, offset_of!(tpacket3_hdr, tp_sec)));
    let time_ns = seconds * 1_000_000_000 + i64::from(word(record, offset_of!(tpacket3_hdr, tp_nsec)));
    let original_length = word(record, offset_of!(tpacket3_hdr, tp_len));
    let next = word(record, offset_of!(tpacket3_hdr, tp_next_offset)) as usize;
    let start = usize::from(half(record, offset_of!(tpacket3_hdr, tp_mac)));
    let captured = word(record, offset_of!(tpacket3_hdr, tp_snaplen)) as usize;
    let bytes = record.get_mut(start.checked_sub(HEADROOM_BYTES)?..start.checked_add(captured)?)?;
    take(Frame { bytes, original_length, tag, time_ns });
    Some(next)
}

impl<'a> Frame<'a> {
    /// The frame without its outermost tag, as a filter in the kernel sees it; and its bytes on the wire.
    pub fn bare(&self) -> (&[u8], u32) {
        (&self.bytes[HEADROOM_BYTES..], self.original_length)
    }

    /// The frame as it was on the wire, and its bytes there; `is_ethernet` says whether it has a place for the tag.
    pub fn whole(self, is_ethernet: bool) -> (&'a [u8], u32) {
        match self.tag.filter(|_| is_ethernet && self.bytes.len() >= HEADROOM_BYTES + ADDRESSES_BYTES) {
            Some(tag) => {
                self.bytes.copy_within(HEADROOM_BYTES..HEADROOM_BYTES + ADDRESSES_BYTES, 0);
                self.bytes[ADDRESSES_BYTES..ADDRESSES_BYTES + HEADROOM_BYTES].copy_from_slice(&tag);
                (self.bytes, self.original_length.saturating_add(HEADROOM_BYTES as u32))
            }
            None => (&self.bytes[HEADROOM_BYTES..], self.original_length),
        }
    }
}

/// A number in the byte order of this machine; 0 beyond the end, which makes no record.
fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |number| u32::from_ne_bytes(*number))
}

fn half(bytes: &[u8], at: usize) -> u16 {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).map_or(0, |number| u16::from_ne_bytes(*number))
}

#[cfg(test)]
#[path = "frame_tests.rs"]
mod tests;
