//! MPLS label stacks (RFC 3032), with or without the control word of a pseudowire (RFC 4385).

use crate::link::cursor::Cursor;
use crate::link::{Drop, Next};

/// One label. Nothing says what lies under the bottom one, so the first nibble does.
pub(crate) fn label(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let [_, _, bottom, _] = *cursor.take::<4>("mpls")?;
    if bottom & 1 == 0 {
        return Ok(Next::EtherType(0x8847));
    }
    match cursor.rest.first().map(|byte| byte >> 4) {
        Some(4 | 6) => Ok(Next::Ip),
        Some(0) => {
            cursor.skip(4, "mpls")?;
            Ok(Next::Ethernet)
        }
        _ => Ok(Next::Ethernet),
    }
}
