//! L2TP: version 2 carries PPP (RFC 2661), version 3 whatever both ends agreed on (RFC 3931).

use crate::link::cursor::Cursor;
use crate::link::row::{Layer, of_ether_type};
use crate::link::{Drop, Next, UDP};

/// Over UDP: the first two bytes tell the version. Data messages of version 2 have optional fields, then PPP.
pub(crate) fn version_2(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [high, low] = *cursor.take::<2>("l2tp")?;
    let flags = u16::from_be_bytes([high, low]);
    match (flags & 0x8000, flags & 0x000f) {
        (0, 2) => {}
        (0, 3) => {
            cursor.skip(2, "l2tp")?;
            return Ok(Next::Layer(Layer::L2tp3));
        }
        (_, 2 | 3) => return Err(Drop::Unread("l2tp-control")),
        _ => return Err(UDP),
    }
    let length = if flags & 0x4000 != 0 { 2 } else { 0 };
    let numbers = if flags & 0x0800 != 0 { 4 } else { 0 };
    cursor.skip(length + 4 + numbers, "l2tp")?;
    if flags & 0x0200 != 0 {
        let [high, low] = *cursor.take::<2>("l2tp")?;
        cursor.skip(usize::from(u16::from_be_bytes([high, low])), "l2tp")?;
    }
    Ok(Next::Layer(Layer::Ppp))
}

/// From the session number on, as it stands after the header over UDP and at once over IP. No packet says how long the cookie is, whether a sublayer
/// follows, nor what is inside: the first place where a frame makes sense decides.
pub(crate) fn version_3(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let session = *cursor.take::<4>("l2tp")?;
    if session == [0; 4] {
        return Err(Drop::Unread("l2tp-control"));
    }
    for before in [0, 4, 8, 12] {
        if let Some(layer) = cursor.rest.get(before..).and_then(inside) {
            cursor.skip(before, "l2tp")?;
            return Ok(Next::Layer(layer));
        }
    }
    Err(Drop::Unread("l2tp-other"))
}

fn inside(bytes: &[u8]) -> Option<Layer> {
    match bytes {
        [0xff, 3, 0, 0x21, 0x45..=0x4f, ..] | [0xff, 3, 0, 0x57, 0x60..=0x6f, ..] => Some(Layer::Ppp),
        [0x0f, 0, 8, 0, 0x45..=0x4f, ..] | [0x0f, 0, 0x86, 0xdd, 0x60..=0x6f, ..] => Some(Layer::CiscoHdlc),
        [_, _, _, _, _, _, _, _, _, _, _, _, high, low, version, ..] => {
            let layer = of_ether_type(u16::from_be_bytes([*high, *low]))?;
            let is_likely = match layer {
                Layer::Ip4 => (0x45..=0x4f).contains(version),
                Layer::Ip6 => version >> 4 == 6,
                _ => true,
            };
            is_likely.then_some(Layer::Ethernet)
        }
        _ => None,
    }
}
