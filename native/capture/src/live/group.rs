//! The fanout group of an interface: its members share the packets by flow.
//!
//! The kernel's hash is the same for both directions of a flow, but of the outermost addresses and ports: what is inside a tunnel over UDP is
//! spread by its outer ports, which differ between directions. PACKET_FANOUT_FLAG_DEFRAG puts IPv4 datagrams together first, since fragments have
//! no ports; fragments of IPv6, which TCP does not make, go by addresses alone. Rolling over to another member when one is full is not asked
//! for: it would tear flows apart, and drops are counted.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::live::socket::PacketSocket;

/// Which group the members are in.
#[derive(Debug)]
pub struct Group {
    members: usize,
    joined: Mutex<Joined>,
}

/// Interface and number of the group; held while a member opens its socket, so that members join in the order of their sockets. The kernel puts
/// them in that order again when an interface goes down and up, and a flow keeps its member.
pub type Joined = Option<(u32, u16)>;

impl Group {
    /// Nobody in it yet.
    pub fn new(members: usize) -> Self {
        Self { members, joined: Mutex::default() }
    }

    /// One member opens at a time.
    pub fn turn(&self) -> MutexGuard<'_, Joined> {
        self.joined.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Joins a socket that is bound to the interface with this index, which must be up. A group of one is none.
    pub fn join(&self, turn: &mut Joined, socket: &PacketSocket, index: u32) -> io::Result<()> {
        if self.members < 2 {
            return Ok(());
        }
        match turn {
            Some((of, number)) if *of == index => socket.join_group(*number),
            _ => {
                *turn = Some((index, socket.found_group()?));
                Ok(())
            }
        }
    }
}
