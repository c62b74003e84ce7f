//! BSD loopback (NULL and LOOP): four bytes of address family, in the byte order of whoever captured.

use crate::link::cursor::Cursor;
use crate::link::row::Layer;
use crate::link::{Drop, Next};

/// IPv4 is 2 everywhere; IPv6 is 10 on Linux, 23 on Windows, 24 on NetBSD and OpenBSD, 26 on Solaris, 28 on FreeBSD, 30 on macOS.
pub(crate) fn family(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let bytes = *cursor.take::<4>("loopback")?;
    let number = u32::from_be_bytes(bytes);
    let number = if number > 0xffff { number.swap_bytes() } else { number };
    match number {
        2 | 10 | 23 | 24 | 26 | 28 | 30 => Ok(Next::Layer(Layer::RawIp)),
        _ => Err(Drop::NotIp(u16::try_from(number).unwrap_or(u16::MAX))),
    }
}
