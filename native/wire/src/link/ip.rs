//! IPv4 (RFC 791), IPv6 (RFC 8200) and the extension headers between IPv6 and its payload.
//!
//! Checksums are never verified: captures taken on a host hold packets whose checksum the card would have filled in.

use crate::address::Network;
use crate::fragment::FragmentHead;
use crate::link::cursor::Cursor;
use crate::link::{Drop, Next};

/// Whichever version the first nibble says.
pub(crate) fn either(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    match cursor.rest.first() {
        Some(byte) if byte >> 4 == 4 => v4(cursor),
        Some(byte) if byte >> 4 == 6 => v6(cursor),
        Some(_) => Err(Drop::Malformed("ip")),
        None => Err(cursor.cut("ip")),
    }
}

/// Total length 0 comes from segmentation offload: then what was captured is the packet.
pub(crate) fn v4(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let head = cursor.take::<20>("ipv4")?;
    let header_bytes = usize::from(head[0] & 0x0f) * 4;
    if head[0] >> 4 != 4 || header_bytes < 20 {
        return Err(Drop::Malformed("ipv4"));
    }
    let total_length = usize::from(u16::from_be_bytes([head[2], head[3]]));
    if total_length != 0 {
        cursor.keep(total_length.checked_sub(20).ok_or(Drop::Malformed("ipv4"))?);
    }
    cursor.skip(header_bytes - 20, "ipv4")?;
    let id = u16::from_be_bytes([head[4], head[5]]);
    let network = Network {
        source: u128::from(u32::from_be_bytes([head[12], head[13], head[14], head[15]])),
        destination: u128::from(u32::from_be_bytes([head[16], head[17], head[18], head[19]])),
        v6: false,
    };
    cursor.enter(network, id);
    let place = u16::from_be_bytes([head[6], head[7]]);
    if place & 0x3fff == 0 {
        return Ok(Next::IpProtocol(head[9]));
    }
    Ok(Next::Fragment(FragmentHead { id: u32::from(id), offset: u32::from(place & 0x1fff) * 8, more: place & 0x2000 != 0, protocol: head[9] }))
}

/// Payload length 0 is a jumbogram or comes from segmentation offload: then what was captured is the packet.
pub(crate) fn v6(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let head = cursor.take::<40>("ipv6")?;
    if head[0] >> 4 != 6 {
        return Err(Drop::Malformed("ipv6"));
    }
    let payload_length = usize::from(u16::from_be_bytes([head[4], head[5]]));
    if payload_length != 0 {
        cursor.keep(payload_length);
    }
    let (mut source, mut destination) = ([0; 16], [0; 16]);
    source.copy_from_slice(&head[8..24]);
    destination.copy_from_slice(&head[24..40]);
    cursor.enter(Network { source: u128::from_be_bytes(source), destination: u128::from_be_bytes(destination), v6: true }, 0);
    Ok(Next::IpProtocol(head[6]))
}

/// Hop-by-hop, routing, destination options, mobility, HIP, Shim6: next header, then a length in 8-byte units beyond the first.
pub(crate) fn extension(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [next, units, ..] = *cursor.take::<8>("ipv6 extension")?;
    if !cursor.network.v6 {
        return Err(Drop::NotTcp(next));
    }
    cursor.skip(usize::from(units) * 8, "ipv6 extension")?;
    Ok(Next::IpProtocol(next))
}

/// The IPv6 fragment header. A fragment that is a whole datagram ("atomic", RFC 6946) is no fragment.
pub(crate) fn fragment(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let head = cursor.take::<8>("ipv6 fragment")?;
    if !cursor.network.v6 {
        return Err(Drop::NotTcp(44));
    }
    let place = u16::from_be_bytes([head[2], head[3]]);
    if place & 0xfff9 == 0 {
        return Ok(Next::IpProtocol(head[0]));
    }
    Ok(Next::Fragment(FragmentHead {
        id: u32::from_be_bytes([head[4], head[5], head[6], head[7]]),
        offset: u32::from(place & 0xfff8),
        more: place & 1 != 0,
        protocol: head[0],
    }))
}

/// Compressed payload (RFC 3173): next header, flags, a number that names the algorithm, of which 256 and above were agreed on elsewhere.
pub(crate) fn compressed(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    const DEFLATE: u16 = 2;
    let [next, _, algorithm @ ..] = *cursor.take::<4>("ipcomp")?;
    match u16::from_be_bytes(algorithm) {
        DEFLATE | 256.. => Ok(Next::Compressed(next)),
        _ => Err(Drop::Unread("ipcomp-other")),
    }
}

/// Authentication header (RFC 4302): next header, then a length in 4-byte units beyond the first two.
pub(crate) fn authentication(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [next, units, ..] = *cursor.take::<8>("authentication header")?;
    cursor.skip(usize::from(units) * 4, "authentication header")?;
    Ok(Next::IpProtocol(next))
}
