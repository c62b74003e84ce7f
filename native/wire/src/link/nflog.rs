//! Packets that Linux netfilter logged (LINKTYPE_NFLOG): attributes, one of which is the packet.

use crate::link::cursor::Cursor;
use crate::link::row::Layer;
use crate::link::{Drop, Next};

const PAYLOAD: u16 = 9;

/// Family, version, resource; then attributes of length, type and value, padded to 4 bytes, in the byte order of the host.
pub(crate) fn packet(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    cursor.skip(4, "nflog")?;
    loop {
        let [a, b, c, d] = *cursor.take::<4>("nflog")?;
        // Attribute types are below 256, so a type whose low byte is 0 was written in the other order.
        let little = d == 0;
        let read = |bytes| if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) };
        let length = usize::from(read([a, b])).checked_sub(4).ok_or(Drop::Malformed("nflog"))?;
        if read([c, d]) == PAYLOAD {
            cursor.keep(length);
            return Ok(Next::Layer(Layer::RawIp));
        }
        cursor.skip(length.next_multiple_of(4), "nflog")?;
    }
}
