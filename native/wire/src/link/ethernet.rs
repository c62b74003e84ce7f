//! Ethernet II, IEEE 802.3 with LLC and SNAP, and VLAN tags (IEEE 802.1Q, 802.1ad).

use crate::link::cursor::Cursor;
use crate::link::row::Layer;
use crate::link::{Drop, Next};

/// From here on a type field is an EtherType; up to 1500 it is a length.
const ETHER_TYPE_MIN: u16 = 0x0600;
const LENGTH_MAX: u16 = 1500;

/// Two addresses, then a type or a length.
pub(crate) fn frame(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let head = cursor.take::<14>("ethernet")?;
    typed(cursor, u16::from_be_bytes([head[12], head[13]]))
}

/// Tag control, then the type of what is tagged. Identifier 0 only carries a priority.
pub(crate) fn vlan(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [control_high, control_low, type_high, type_low] = *cursor.take::<4>("vlan")?;
    cursor.tags.push_vlan(u16::from_be_bytes([control_high, control_low]) & 0x0fff);
    typed(cursor, u16::from_be_bytes([type_high, type_low]))
}

/// A VN-tag (IEEE 802.1BR): 4 bytes, then the type of what is tagged.
pub(crate) fn vn_tag(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [direction, destination, reserved, source, high, low] = *cursor.take::<6>("vn-tag")?;
    let (destination, source) = (u16::from_be_bytes([direction & 0x3f, destination]), u16::from_be_bytes([reserved & 0x0f, source]));
    cursor.tags.push_interface(if direction & 0x80 == 0 { source } else { destination });
    typed(cursor, u16::from_be_bytes([high, low]))
}

/// Cisco metadata: version, length in options of 4 bytes, the options, then the type of what follows.
pub(crate) fn cisco_metadata(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [_, options] = *cursor.take::<2>("cisco metadata")?;
    cursor.skip(usize::from(options) * 4, "cisco metadata")?;
    let [high, low] = *cursor.take::<2>("cisco metadata")?;
    typed(cursor, u16::from_be_bytes([high, low]))
}

/// Provider backbone bridge (IEEE 802.1ah): a service tag, the same in both directions, then the customer's frame.
pub(crate) fn backbone(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [_, a, b, c] = *cursor.take::<4>("backbone")?;
    cursor.tags.push_network(u32::from_be_bytes([0, a, b, c]));
    Ok(Next::Layer(Layer::Ethernet))
}

/// EtherIP (RFC 3378): a version, then a frame.
pub(crate) fn over_ip(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    match *cursor.take::<2>("etherip")? {
        [0x30, 0] => Ok(Next::Layer(Layer::Ethernet)),
        _ => Err(Drop::Malformed("etherip")),
    }
}

/// DSAP, SSAP, control; with SNAP an organisation and an EtherType (RFC 1042; 0000f8 is the bridge-tunnel encapsulation).
pub(crate) fn llc(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    match *cursor.take::<3>("llc")? {
        [0xaa, 0xaa, 0x03] => match *cursor.take::<5>("snap")? {
            [0, 0, 0 | 0xf8, high, low] => Ok(Next::EtherType(u16::from_be_bytes([high, low]))),
            [_, _, _, high, low] => Err(Drop::NotIp(u16::from_be_bytes([high, low]))),
        },
        [0x06, 0x06, 0x03] => Ok(Next::Layer(Layer::RawIp)),
        [dsap, ssap, _] => Err(Drop::NotIp(u16::from_be_bytes([dsap, ssap]))),
    }
}

fn typed(cursor: &mut Cursor<'_>, number: u16) -> Result<Next, Drop> {
    if number >= ETHER_TYPE_MIN {
        return Ok(Next::EtherType(number));
    }
    if number > LENGTH_MAX {
        return Err(Drop::NotIp(number));
    }
    cursor.keep(usize::from(number));
    Ok(Next::Layer(Layer::Llc))
}
