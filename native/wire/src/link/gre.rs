//! GRE (RFC 2784, 2890), its PPTP version (RFC 2637), and ERSPAN, which mirrors Ethernet frames over it.

use crate::link::cursor::Cursor;
use crate::link::{Drop, Next, ppp};

const CHECKSUM: u16 = 0x8000;
const ROUTING: u16 = 0x4000;
const KEY: u16 = 0x2000;
const SEQUENCE: u16 = 0x1000;
const ACKNOWLEDGEMENT: u16 = 0x0080;

/// Flags, version and protocol, then the optional fields. The key is no part of the flow: it may differ by direction.
pub(crate) fn packet(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [flags_high, flags_low, protocol_high, protocol_low] = *cursor.take::<4>("gre")?;
    let flags = u16::from_be_bytes([flags_high, flags_low]);
    let mut optional = 0;
    for (present, bytes) in
        [(flags & (CHECKSUM | ROUTING), 4), (flags & KEY, 4), (flags & SEQUENCE, 4), (if flags & 7 == 1 { flags & ACKNOWLEDGEMENT } else { 0 }, 4)]
    {
        optional += if present != 0 { bytes } else { 0 };
    }
    cursor.skip(optional, "gre")?;
    match u16::from_be_bytes([protocol_high, protocol_low]) {
        0x880b => ppp::frame(cursor),
        0x88be if flags & SEQUENCE == 0 => Ok(Next::Ethernet),
        0x88be | 0x22eb => erspan(cursor),
        // WCCP puts a redirect header of its own before IPv4 in its version 2.
        0x883e => {
            if cursor.rest.first().is_some_and(|byte| byte >> 4 != 4) {
                cursor.skip(4, "gre")?;
            }
            Ok(Next::Ip)
        }
        protocol => Ok(Next::EtherType(protocol)),
    }
}

/// Version 1 (type II) has 8 bytes; version 2 (type III) has 12, and 8 more where its last bit says so.
fn erspan(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let head = cursor.take::<8>("erspan")?;
    if head[0] >> 4 == 2 {
        let [_, _, _, last] = *cursor.take::<4>("erspan")?;
        cursor.skip(usize::from(last & 1) * 8, "erspan")?;
    }
    Ok(Next::Ethernet)
}
