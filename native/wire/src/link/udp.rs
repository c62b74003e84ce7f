//! Tunnels over UDP. A port is a hint; what is inside decides, and what is no tunnel is UDP.

use crate::link::cursor::Cursor;
use crate::link::{Drop, Next, Row, gre, ppp};

const UDP: Drop = Drop::NotTcp(17);

/// Ports, length, checksum; then the tunnel of either port.
pub(crate) fn datagram(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let head = cursor.take::<8>("udp")?;
    let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
    if length >= 8 {
        cursor.keep(length - 8);
    }
    let ports = [u16::from_be_bytes([head[2], head[3]]), u16::from_be_bytes([head[0], head[1]])];
    let row = ports.into_iter().find_map(of_port);
    match row {
        Some(row) => row(cursor),
        None if looks_like_vxlan(cursor.rest) => vxlan(cursor),
        None => Err(UDP),
    }
}

/// Rows by UDP port (IANA; 8472 is Linux's old one for VXLAN).
fn of_port(number: u16) -> Option<Row> {
    Some(match number {
        1701 => l2tp,
        2152 => gtp,
        3544 => teredo,
        4754 => gre::packet,
        4789 | 8472 => vxlan,
        4790 => vxlan_gpe,
        6081 => geneve,
        _ => return None,
    })
}

/// RFC 7348: flags, reserved, network identifier. Some senders leave the flag off and fill reserved fields.
fn vxlan(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [flags, _, _, _, a, b, c, _] = *cursor.take::<8>("vxlan")?;
    if flags & 0x08 != 0 {
        cursor.tags.push_network(u32::from_be_bytes([0, a, b, c]));
    }
    Ok(Next::Ethernet)
}

/// On any port: exactly the flag, reserved bytes zero, and an Ethernet frame of a likely type behind.
fn looks_like_vxlan(bytes: &[u8]) -> bool {
    matches!(bytes, [8, 0, 0, 0, _, _, _, 0, ..]) && matches!(bytes.get(20..22), Some([0x08, 0x00] | [0x86, 0xdd] | [0x81, 0x00]))
}

/// RFC 9512: the protocol is in the header.
fn vxlan_gpe(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [flags, _, _, protocol, a, b, c, _] = *cursor.take::<8>("vxlan")?;
    if flags & 0x08 != 0 {
        cursor.tags.push_network(u32::from_be_bytes([0, a, b, c]));
    }
    of_service_protocol(if flags & 0x04 != 0 { protocol } else { 3 })
}

/// RFC 8300: a base header that tells its length in words, then the protocol that it tells.
pub(crate) fn network_service(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let head = cursor.take::<8>("nsh")?;
    cursor.skip((usize::from(head[1] & 0x3f) * 4).saturating_sub(8), "nsh")?;
    of_service_protocol(head[3])
}

/// The protocol numbers that VXLAN-GPE and NSH share.
fn of_service_protocol(number: u8) -> Result<Next, Drop> {
    match number {
        1 | 2 => Ok(Next::Ip),
        3 => Ok(Next::Ethernet),
        4 => Ok(Next::EtherType(0x894f)),
        5 => Ok(Next::EtherType(0x8847)),
        number => Err(Drop::NotIp(u16::from(number))),
    }
}

/// RFC 8926: options of up to 252 bytes between header and frame.
fn geneve(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [lengths, _, protocol_high, protocol_low, a, b, c, _] = *cursor.take::<8>("geneve")?;
    if lengths >> 6 != 0 {
        return Err(UDP);
    }
    cursor.skip(usize::from(lengths & 0x3f) * 4, "geneve")?;
    cursor.tags.push_network(u32::from_be_bytes([0, a, b, c]));
    Ok(Next::EtherType(u16::from_be_bytes([protocol_high, protocol_low])))
}

/// 3GPP TS 29.281: version 1, user data, optional fields and a chain of extension headers. The tunnel identifier differs by
/// direction, so it is no part of the flow.
fn gtp(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [flags, kind, ..] = *cursor.take::<8>("gtp")?;
    if flags >> 4 != 0x3 || kind != 0xff {
        return Err(UDP);
    }
    if flags & 0x07 != 0 {
        let [_, _, _, mut extension] = *cursor.take::<4>("gtp")?;
        while flags & 0x04 != 0 && extension != 0 {
            let words = usize::from(*cursor.rest.first().ok_or(UDP)?);
            let last = (words * 4).checked_sub(1).ok_or(UDP)?;
            extension = *cursor.rest.get(last).ok_or(UDP)?;
            cursor.skip(words * 4, "gtp")?;
        }
    }
    ip_or_udp(cursor, &[4, 6])
}

/// RFC 4380: authentication and origin indications may stand before the IPv6 packet.
fn teredo(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    if let [0, 1, id_bytes, value_bytes, ..] = cursor.rest {
        cursor.skip(13 + usize::from(*id_bytes) + usize::from(*value_bytes), "teredo")?;
    }
    if let [0, 0, ..] = cursor.rest {
        cursor.skip(8, "teredo")?;
    }
    ip_or_udp(cursor, &[6])
}

/// RFC 2661: data messages of version 2, then PPP.
fn l2tp(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [high, low] = *cursor.take::<2>("l2tp")?;
    let flags = u16::from_be_bytes([high, low]);
    if flags & 0x8000 != 0 || flags & 0x000f != 2 {
        return Err(UDP);
    }
    let length = if flags & 0x4000 != 0 { 2 } else { 0 };
    let numbers = if flags & 0x0800 != 0 { 4 } else { 0 };
    cursor.skip(length + 4 + numbers, "l2tp")?;
    if flags & 0x0200 != 0 {
        let [high, low] = *cursor.take::<2>("l2tp")?;
        cursor.skip(usize::from(u16::from_be_bytes([high, low])), "l2tp")?;
    }
    ppp::frame(cursor)
}

fn ip_or_udp(cursor: &Cursor<'_>, versions: &[u8]) -> Result<Next, Drop> {
    match cursor.rest.first() {
        Some(byte) if versions.contains(&(byte >> 4)) => Ok(Next::Ip),
        _ => Err(UDP),
    }
}
