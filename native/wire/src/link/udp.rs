//! Tunnels over UDP. A port is a hint; what is inside decides, and what is no tunnel is UDP.

use crate::link::cursor::Cursor;
use crate::link::row::{Layer, of_udp_port};
use crate::link::{Drop, Next, UDP};

/// Ports, length, checksum; then the tunnel of either port.
pub(crate) fn datagram(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let head = cursor.take::<8>("udp")?;
    let length = usize::from(u16::from_be_bytes([head[4], head[5]]));
    if length >= 8 {
        cursor.keep(length - 8);
    }
    let ports = [u16::from_be_bytes([head[2], head[3]]), u16::from_be_bytes([head[0], head[1]])];
    match ports.into_iter().find_map(of_udp_port) {
        Some(layer) => Ok(Next::Layer(layer)),
        None if looks_like_vxlan(cursor.rest) => Ok(Next::Layer(Layer::Vxlan)),
        // HEP carries what is inside a connection, without the sequence numbers that would put it in order.
        None if cursor.rest.starts_with(b"HEP3") => Ok(Next::Layer(Layer::Hep)),
        None => Err(UDP),
    }
}

/// RFC 7348: flags, reserved, network identifier. Some senders leave the flag off and fill reserved fields.
pub(crate) fn vxlan(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [flags, _, _, _, a, b, c, _] = *cursor.take::<8>("vxlan")?;
    if flags & 0x08 != 0 {
        cursor.tags.push_network(u32::from_be_bytes([0, a, b, c]));
    }
    Ok(Next::Layer(Layer::Ethernet))
}

/// On any port: exactly the flag, reserved bytes zero, and an Ethernet frame of a likely type behind.
fn looks_like_vxlan(bytes: &[u8]) -> bool {
    matches!(bytes, [8, 0, 0, 0, _, _, _, 0, ..]) && matches!(bytes.get(20..22), Some([0x08, 0x00] | [0x86, 0xdd] | [0x81, 0x00]))
}

/// RFC 9512: the protocol is in the header.
pub(crate) fn vxlan_gpe(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
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
        1 | 2 => Ok(Next::Layer(Layer::RawIp)),
        3 => Ok(Next::Layer(Layer::Ethernet)),
        4 => Ok(Next::Layer(Layer::NetworkService)),
        5 => Ok(Next::Layer(Layer::Mpls)),
        number => Err(Drop::NotIp(u16::from(number))),
    }
}

/// RFC 8926: options of up to 252 bytes between header and frame.
pub(crate) fn geneve(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
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
pub(crate) fn gtp(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
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
pub(crate) fn teredo(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    if let [0, 1, id_bytes, value_bytes, ..] = cursor.rest {
        cursor.skip(13 + usize::from(*id_bytes) + usize::from(*value_bytes), "teredo")?;
    }
    if let [0, 0, ..] = cursor.rest {
        cursor.skip(8, "teredo")?;
    }
    ip_or_udp(cursor, &[6])
}

fn ip_or_udp(cursor: &Cursor<'_>, versions: &[u8]) -> Result<Next, Drop> {
    match cursor.rest.first() {
        Some(byte) if versions.contains(&(byte >> 4)) => Ok(Next::Layer(Layer::RawIp)),
        _ => Err(UDP),
    }
}
