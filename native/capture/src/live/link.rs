//! A network interface by its name, and what its frames begin with.

use std::ffi::CString;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;

use crate::live::socket;

/// Ethernet, and raw IP without a link header, as files number them.
const LINKTYPE_ETHERNET: u32 = 1;
const LINKTYPE_RAW: u32 = 101;

/// Hardware types (linux/if_arp.h) that libc does not name.
const ARPHRD_RAWIP: u16 = 519;
const ARPHRD_SIT: u16 = 776;

/// An interface that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Another one after it was taken away and came again.
    pub index: u32,
    /// Whether it was set up by its administrator; a carrier is not asked for.
    pub is_up: bool,
}

/// The interface that has the name now.
pub fn find(name: &CString) -> io::Result<Option<Link>> {
    // Any socket will do to ask the network namespace of this thread.
    let socket = UnixDatagram::unbound()?;
    let index = socket::index_of(name);
    Ok(match socket::flags_of(socket.as_fd(), name)? {
        Some(flags) if index != 0 => Some(Link { index, is_up: flags & libc::IFF_UP != 0 }),
        _ => None,
    })
}

/// The link type of frames as a raw packet socket gives them, by the interface's hardware type; the hardware type itself where frames of it
/// cannot be read. PPP and GRE are among these: what their frames begin with depends on the direction.
pub fn link_type(hardware_type: u16) -> Result<u32, u16> {
    match hardware_type {
        libc::ARPHRD_ETHER | libc::ARPHRD_LOOPBACK => Ok(LINKTYPE_ETHERNET),
        libc::ARPHRD_NONE | ARPHRD_RAWIP | libc::ARPHRD_TUNNEL | libc::ARPHRD_TUNNEL6 | ARPHRD_SIT => Ok(LINKTYPE_RAW),
        other => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_found_and_nonsense_is_not() {
        assert_eq!(find(&CString::new("lo").unwrap()).unwrap().map(|link| link.index), Some(1));
        assert_eq!(find(&CString::new("no-such-thing0").unwrap()).unwrap(), None);
    }

    #[test]
    fn hardware_types_without_a_known_frame_are_named() {
        assert_eq!(link_type(libc::ARPHRD_LOOPBACK), Ok(1));
        assert_eq!(link_type(libc::ARPHRD_NONE), Ok(101));
        assert_eq!(link_type(803), Err(803));
    }
}
