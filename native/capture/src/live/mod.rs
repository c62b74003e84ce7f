//! Packets of network interfaces as they pass: Linux AF_PACKET with a ring that the kernel fills (TPACKET_V3) and one member of a fanout
//! group for each thread that reads. Sources: packet(7), Documentation/networking/packet_mmap.rst, net/packet/af_packet.c.
//!
//! Capturing needs CAP_NET_RAW and nothing else ([`privileges`]). An interface that goes down, is taken away or comes again is waited for;
//! what the kernel could not store is counted. Two ports of one tap are to be joined by a bond or bridge: flows are not merged over interfaces.

mod error;
mod state;

#[cfg(target_os = "linux")]
mod frame;
#[cfg(target_os = "linux")]
mod group;
#[cfg(target_os = "linux")]
mod link;
#[cfg(target_os = "linux")]
mod member;
#[cfg(target_os = "linux")]
pub mod privileges;
#[cfg(target_os = "linux")]
mod ring;
#[cfg(target_os = "linux")]
mod sieve;
#[cfg(target_os = "linux")]
mod socket;

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(not(target_os = "linux"))]
pub use elsewhere::{Member, privileges};
#[cfg(target_os = "linux")]
pub use member::Member;

pub use error::LiveError;
pub use state::{LiveCounters, State, Status};

/// Members of the fanout group of one interface.
pub const MEMBERS_MAX: usize = 64;
/// Bytes of a member's ring where nothing else is wanted: a quarter of a second at a gigabit a second.
pub const RING_BYTES: usize = 32 << 20;
/// The most that it can be.
pub const RING_BYTES_MAX: usize = 1 << 30;
/// Bytes of an interface's name, its terminating zero not counted (IFNAMSIZ).
pub const NAME_BYTES_MAX: usize = 15;

/// An interface to capture from.
#[derive(Clone, Debug)]
pub struct Interface {
    /// As the system names it, `eth0`.
    pub name: String,
    /// Which packets are taken, in tcpdump syntax; all where there is none. It means what it means to tcpdump on an interface: a tag that is
    /// not asked for does not matter, so `tcp port 80` takes tagged frames too.
    pub filter: Option<String>,
    /// Members that share its packets by flow, 1 to [`MEMBERS_MAX`].
    pub members: usize,
    /// Bytes of the ring of each member, in which packets wait for their thread; rounded up to blocks of 256 KiB, at least two, at most
    /// [`RING_BYTES_MAX`].
    pub ring_bytes: usize,
}

impl Interface {
    /// Refuses what makes no sense on any system.
    fn check(&self) -> Result<(), LiveError> {
        let Self { name, members, ring_bytes, .. } = self;
        let refuse = |message: String| Err(LiveError::Options(message));
        if name.is_empty() || name.len() > NAME_BYTES_MAX || name.contains(['/', '\0']) {
            return refuse(format!("{name:?} cannot be the name of an interface: it has 1 to {NAME_BYTES_MAX} bytes, none of them a zero or a slash"));
        }
        if !(1..=MEMBERS_MAX).contains(members) {
            return refuse(format!("interface {name} can have 1 to {MEMBERS_MAX} workers"));
        }
        if *ring_bytes > RING_BYTES_MAX {
            return refuse(format!("a ring of interface {name} can have up to {} MiB", RING_BYTES_MAX >> 20));
        }
        Ok(())
    }
}
