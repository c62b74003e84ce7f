//! PPP (RFC 1661), its HDLC framing (RFC 1662), PPPoE sessions (RFC 2516), Cisco HDLC.

use crate::link::cursor::Cursor;
use crate::link::row::Layer;
use crate::link::{Drop, Next};

/// Protocol of one or two bytes, after HDLC address and control where these were not left out.
pub(crate) fn frame(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    if cursor.rest.starts_with(&[0xff, 0x03]) {
        cursor.skip(2, "ppp")?;
    }
    let [first] = *cursor.take::<1>("ppp")?;
    let protocol = if first & 1 == 1 {
        u16::from(first)
    } else {
        let [second] = *cursor.take::<1>("ppp")?;
        u16::from_be_bytes([first, second])
    };
    match protocol {
        0x0021 | 0x0057 => Ok(Next::Layer(Layer::RawIp)),
        0x0281 | 0x0283 => Ok(Next::EtherType(0x8847)),
        protocol => Err(Drop::NotIp(protocol)),
    }
}

/// Version and type, code, session, length, then PPP. A session has one number for both directions (RFC 2516 §4). Discovery packets have an EtherType of their own.
pub(crate) fn over_ethernet(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [_, _, session_high, session_low, high, low] = *cursor.take::<6>("pppoe")?;
    cursor.tags.push_session(u16::from_be_bytes([session_high, session_low]));
    cursor.keep(usize::from(u16::from_be_bytes([high, low])));
    frame(cursor)
}

/// Address, control, EtherType.
pub(crate) fn cisco_hdlc(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [_, _, high, low] = *cursor.take::<4>("hdlc")?;
    Ok(Next::EtherType(u16::from_be_bytes([high, low])))
}
