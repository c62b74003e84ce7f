//! Linux "cooked" captures of any interface (LINKTYPE_LINUX_SLL and SLL2).

use crate::link::cursor::Cursor;
use crate::link::row::Layer;
use crate::link::{Drop, Next};

/// 16 bytes: packet type, ARPHRD type, address length, address, protocol.
pub(crate) fn version_1(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let head = cursor.take::<16>("sll")?;
    protocol(u16::from_be_bytes([head[14], head[15]]))
}

/// 20 bytes: protocol, reserved, interface, ARPHRD type, packet type, address length, address.
pub(crate) fn version_2(cursor: &mut Cursor<'_>) -> Result<Next, Drop> {
    let head = cursor.take::<20>("sll2")?;
    protocol(u16::from_be_bytes([head[0], head[1]]))
}

/// The protocol is an EtherType but for a few Linux numbers, of which 4 means 802.2.
fn protocol(number: u16) -> Result<Next, Drop> {
    match number {
        4 => Ok(Next::Layer(Layer::Llc)),
        number if number >= 0x0600 => Ok(Next::EtherType(number)),
        number => Err(Drop::NotIp(number)),
    }
}
