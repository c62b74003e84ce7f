//! TZSP: what wireless access points and routers mirror packets in.

use crate::link::cursor::Cursor;
use crate::link::{Drop, Next, UDP};

const PADDING: u8 = 0;
const END: u8 = 1;

/// Version, kind, protocol; then tagged fields up to an end.
pub(crate) fn packet(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [version, kind, high, low] = *cursor.take::<4>("tzsp")?;
    if version != 1 || kind > 1 {
        return Err(UDP);
    }
    loop {
        match *cursor.take::<1>("tzsp")? {
            [PADDING] => {}
            [END] => break,
            _ => {
                let [length] = *cursor.take::<1>("tzsp")?;
                cursor.skip(usize::from(length), "tzsp")?;
            }
        }
    }
    match u16::from_be_bytes([high, low]) {
        1 => Ok(Next::LinkType(1)),
        18 => Ok(Next::LinkType(105)),
        _ => Err(Drop::Unread("tzsp-other")),
    }
}
