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
    cursor.skip(if flags & (VERSION | ACKNOWLEDGEMENT) == 1 | ACKNOWLEDGEMENT { 4 } else { 0 }, "gre")?;
    Ok(match protocol {
        0x880b => Next::Layer(Layer::Ppp),
        0x88be if flags & SEQUENCE == 0 => Next::Layer(Layer::Erspan1),
        0x88be | 0x22eb => Next::Layer(if cursor.rest.first().is_some_and(|byte| byte >> 4 == 2) { Layer::Erspan3 } else { Layer::Erspan2 }),
        0x883e => Next::Layer(Layer::Wccp),
        protocol => Next::EtherType(protocol),
    })
}

/// No header at all: a frame.
pub(crate) fn erspan_1(_: &mut Cursor<'_>) -> Result<Next, Drop> {
    Ok(Next::Layer(Layer::Ethernet))
}

/// 8 bytes.
pub(crate) fn erspan_2(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    cursor.skip(8, "erspan")?;
    Ok(Next::Layer(Layer::Ethernet))
}

/// 12 bytes, and 8 more where the last bit says so.
pub(crate) fn erspan_3(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [.., last] = *cursor.take::<12>("erspan")?;
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
