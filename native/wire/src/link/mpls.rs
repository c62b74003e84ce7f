//! MPLS label stacks (RFC 3032), with or without the control word of a pseudowire (RFC 4385).

use crate::link::cursor::Cursor;
use crate::link::row::Layer;
use crate::link::{Drop, Next, row};

/// One label. Nothing says what lies under the bottom one, so the first nibble does.
pub(crate) fn label(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [_, _, bottom, _] = *cursor.take::<4>("mpls")?;
    if bottom & 1 == 0 {
        return Ok(Next::EtherType(0x8847));
    }
    match cursor.rest.first().map(|byte| byte >> 4) {
        Some(4 | 6) => Ok(Next::Layer(Layer::RawIp)),
        // Addresses may begin with the nibble of a control word too: then the place where a known type stands decides.
        Some(0) if is_typed(cursor.rest, 16) || !is_typed(cursor.rest, 12) => {
            cursor.skip(4, "mpls")?;
            Ok(Next::Layer(Layer::Ethernet))
        }
        _ => Ok(Next::Layer(Layer::Ethernet)),
    }
}

fn is_typed(bytes: &[u8], place: usize) -> bool {
    bytes.get(place..place + 2).is_some_and(|field| row::of_ether_type(u16::from_be_bytes([field[0], field[1]])).is_some())
}
