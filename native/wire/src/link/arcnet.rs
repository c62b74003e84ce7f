//! ARCNET (RFC 1201, and RFC 1051 which it replaced), as BSD and as Linux capture it.

use crate::link::cursor::Cursor;
use crate::link::row::Layer;
use crate::link::{Drop, Next};

/// Source, destination, type.
pub(crate) fn bsd(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [_, _, kind] = *cursor.take::<3>("arcnet")?;
    typed(cursor, kind)
}

/// Source, destination, an offset that only the card needs, type.
pub(crate) fn linux(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [.., kind] = *cursor.take::<5>("arcnet")?;
    typed(cursor, kind)
}

/// All types but the old ones have a flag that tells fragments, and a number; an exception flag stands before the true ones.
fn typed(cursor: &mut Cursor<'_>, kind: u8) -> Result<Next, Drop> {
    const OLD: [u8; 2] = [240, 241];
    if !OLD.contains(&kind) {
        let [mut flag, ..] = *cursor.take::<3>("arcnet")?;
        if flag == 0xff {
            cursor.skip(1, "arcnet")?;
            [flag, ..] = *cursor.take::<3>("arcnet")?;
        }
        if flag != 0 && flag & 1 == 0 {
            return Err(Drop::Unread("arcnet-fragment"));
        }
    }
    match kind {
        212 | 240 => Ok(Next::Layer(Layer::Ip4)),
        196 => Ok(Next::Layer(Layer::Ip6)),
        213 | 241 => Err(Drop::NotIp(0x0806)),
        _ => Err(Drop::Unread("arcnet-other")),
    }
}
