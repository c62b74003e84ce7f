//! IEEE 802.11 data frames, bare or after what the receiver says of them: radiotap, or PPI.
//!
//! Management and control frames hold no packets; encrypted ones and later fragments of a frame cannot be read: all are counted by name.

use crate::link::cursor::Cursor;
use crate::link::row::Layer;
use crate::link::{Drop, Next};

const TO_AND_FROM_DS: u8 = 0x03;
const PROTECTED: u8 = 0x40;
const ORDER: u8 = 0x80;
const EXTENDED: u8 = 0x20;
/// What LLC begins with before an EtherType.
const SNAP: [u8; 6] = [0xaa, 0xaa, 3, 0, 0, 0];

/// Radiotap's bits of presence: a time stamp of 8 bytes, then flags, of which one says that the 802.11 header is padded.
const HAS_TIME: u8 = 0x01;
const HAS_FLAGS: u8 = 0x02;
const IS_PADDED: u8 = 0x20;

/// Version, pad, length, one word of presence bits or more; then the fields, each aligned as its size asks.
pub(crate) fn radiotap(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let whole = cursor.rest;
    let [_, _, low, high, present, ..] = *cursor.take::<8>("radiotap")?;
    let length = usize::from(u16::from_le_bytes([low, high]));
    cursor.skip(length.checked_sub(8).ok_or(Drop::Malformed("radiotap"))?, "radiotap")?;
    let header = &whole[..length];
    let mut place = 8;
    while header.get(place - 1).is_some_and(|byte| byte & 0x80 != 0) {
        place += 4;
    }
    if present & HAS_TIME != 0 {
        place = place.next_multiple_of(8) + 8;
    }
    let is_padded = present & HAS_FLAGS != 0 && header.get(place).is_some_and(|flags| flags & IS_PADDED != 0);
    Ok(Next::Layer(if is_padded { Layer::WlanPadded } else { Layer::Wlan }))
}

/// Per-packet information: version, flags, length, link type, fields (CACE PPI 1.0.10).
pub(crate) fn ppi(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [_, _, low, high, link_type @ ..] = *cursor.take::<8>("ppi")?;
    cursor.skip(usize::from(u16::from_le_bytes([low, high])).checked_sub(8).ok_or(Drop::Malformed("ppi"))?, "ppi")?;
    Ok(Next::LinkType(u32::from_le_bytes(link_type)))
}

/// A frame whose header ends where it ends.
pub(crate) fn frame(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    data(cursor, 1)
}

/// A frame whose header is padded to 4 bytes.
pub(crate) fn padded_frame(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    data(cursor, 4)
}

/// The first frame of an aggregate (A-MSDU): two addresses, a length, LLC.
pub(crate) fn aggregate(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [.., high, low] = *cursor.take::<14>("802.11-a-msdu")?;
    cursor.keep(usize::from(u16::from_be_bytes([high, low])));
    Ok(Next::Layer(Layer::Llc))
}

fn data(cursor: &mut Cursor<'_>, alignment: usize) -> Result<Next, Drop> {
    match cursor.rest.first().map(|control| (control & 3, control >> 2 & 3)) {
        Some((0, 2)) => {}
        Some((0, 0)) => return Err(Drop::Unread("802.11-management")),
        Some((0, 1)) => return Err(Drop::Unread("802.11-control")),
        Some(_) => return Err(Drop::Unread("802.11-other")),
        None => return Err(cursor.cut("802.11")),
    }
    let head = cursor.take::<24>("802.11")?;
    let (subtype, flags) = (head[0] >> 4, head[1]);
    if subtype & 4 != 0 {
        return Err(Drop::Unread("802.11-null"));
    }
    if head[22] & 0x0f != 0 {
        return Err(Drop::Unread("802.11-fragment"));
    }
    let mut length = 24;
    if flags & TO_AND_FROM_DS == TO_AND_FROM_DS {
        cursor.skip(6, "802.11")?;
        length += 6;
    }
    let mut is_aggregate = false;
    if subtype & 8 != 0 {
        let [quality, _] = *cursor.take::<2>("802.11")?;
        is_aggregate = quality & 0x80 != 0;
        let throughput = if flags & ORDER != 0 { 4 } else { 0 };
        cursor.skip(throughput, "802.11")?;
        length += 2 + throughput;
    }
    cursor.skip(length.next_multiple_of(alignment) - length, "802.11")?;
    if flags & PROTECTED != 0 {
        // Cards that decrypt may leave the flag and the initialization vector, which is twice as long where its last byte says so.
        let vector_bytes = if cursor.rest.get(3).is_some_and(|byte| byte & EXTENDED != 0) { 8 } else { 4 };
        if !cursor.rest.get(vector_bytes..).is_some_and(|rest| rest.starts_with(&SNAP)) {
            return Err(Drop::Unread("802.11-encrypted"));
        }
        cursor.skip(vector_bytes, "802.11")?;
    }
    Ok(Next::Layer(if is_aggregate { Layer::WlanAggregate } else { Layer::Llc }))
}
