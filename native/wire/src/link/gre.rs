//! GRE (RFC 2784, 2890), its PPTP version (RFC 2637), and ERSPAN, which mirrors Ethernet frames over it.

use crate::link::cursor::Cursor;
use crate::link::row::Layer;
use crate::link::{Drop, Next};

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGEMENT: u16 = 0x0080;
const VERSION: u16 = 0x0007;

/// What NVGRE may use as the number of a tenant's network; smaller keys are those of other tunnels.
const TENANTS: std::ops::Range<u32> = 0x1000..0xff_ffff;

/// Flags, version and protocol, then the optional fields. A key may differ by direction, so it is no part of the flow; only that of NVGRE names a
/// tenant (RFC 7637).
pub(crate) fn packet(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [flags_high, flags_low, protocol_high, protocol_low] = *cursor.take::<4>("gre")?;
    let flags = u16::from_be_bytes([flags_high, flags_low]);
    let protocol = u16::from_be_bytes([protocol_high, protocol_low]);
    cursor.skip(if flags & (CHECKSUM | ROUTING) != 0 { 4 } else { 0 }, "gre")?;
    if flags & KEY != 0 {
        let [a, b, c, _] = *cursor.take::<4>("gre")?;
        let tenant = u32::from_be_bytes([0, a, b, c]);
        if protocol == 0x6558 && TENANTS.contains(&tenant) {
            cursor.tags.push_network(tenant);
        }
    }
    cursor.skip(if flags & SEQUENCE != 0 { 4 } else { 0 }, "gre")?;
    if flags & ROUTING != 0 {
        skip_routes(cursor)?;
    }
    cursor.skip(if flags & (VERSION | ACKNOWLEDGEMENT) == 1 | ACKNOWLEDGEMENT { 4 } else { 0 }, "gre")?;
    Ok(match protocol {
        0x880b => Next::Layer(Layer::Ppp),
        0x88be if flags & SEQUENCE == 0 => Next::Layer(Layer::Erspan1),
        0x88be | 0x22eb => Next::Layer(if cursor.rest.first().is_some_and(|byte| byte >> 4 == 2) { Layer::Erspan3 } else { Layer::Erspan2 }),
        0x883e => Next::Layer(Layer::Wccp),
        protocol => Next::EtherType(protocol),
    })
}

/// Source routes (RFC 1701): entries of a family, an offset and a length, up to one without any.
fn skip_routes(cursor: &mut Cursor<'_>) -> Result<(), Drop> {
    loop {
        match *cursor.take::<4>("gre")? {
            [0, 0, _, 0] => return Ok(()),
            [_, _, _, length] => cursor.skip(usize::from(length), "gre")?,
        }
    }
}

/// No header at all: a frame.
pub(crate) fn erspan_1(_: &mut Cursor<'_>) -> Result<Next, Drop> {
    Ok(Next::Layer(Layer::Ethernet))
}

/// 8 bytes, with the VLAN that the frame was mirrored from, unless it still has its tag.
pub(crate) fn erspan_2(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [high, low, flags, ..] = *cursor.take::<8>("erspan")?;
    if flags & 0x18 != 0x18 {
        cursor.tags.push_vlan(u16::from_be_bytes([high & 0x0f, low]));
    }
    Ok(Next::Layer(Layer::Ethernet))
}

/// 12 bytes, with the VLAN that the frame was mirrored from, and 8 more where the last bit says so.
pub(crate) fn erspan_3(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [high, low, .., last] = *cursor.take::<12>("erspan")?;
    cursor.tags.push_vlan(u16::from_be_bytes([high & 0x0f, low]));
    cursor.skip(usize::from(last & 1) * 8, "erspan")?;
    Ok(Next::Layer(Layer::Ethernet))
}

/// WCCP puts a redirect header of its own before IPv4 in its version 2.
pub(crate) fn wccp(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    if cursor.rest.first().is_some_and(|byte| byte >> 4 != 4) {
        cursor.skip(4, "wccp")?;
    }
    Ok(Next::Layer(Layer::RawIp))
}
