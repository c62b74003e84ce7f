//! A packet socket, bound to one interface: the system calls of packet(7) as safe functions.
#![allow(unsafe_code, reason = "system calls take pointers; each lives longer than its call, and has the size that the call is told")]

use std::ffi::{CStr, c_int, c_uint, c_ulong};
use std::io;
use std::mem::{size_of, zeroed};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr::{from_mut, from_ref};
use std::time::Duration;

use crate::filter::Instruction;

/// Every protocol, in network byte order.
const ETH_P_ALL: u16 = (libc::ETH_P_ALL as u16).to_be();

/// The group is by a hash that is the same for both directions of a flow, of IPv4 datagrams put together before.
const FANOUT: c_uint = libc::PACKET_FANOUT_HASH | libc::PACKET_FANOUT_FLAG_DEFRAG;

/// A socket that has received nothing before [`PacketSocket::bind`].
#[derive(Debug)]
pub struct PacketSocket(OwnedFd);

/// What the kernel counted since it was asked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statistics {
    /// Packets that passed the filter, dropped ones included.
    pub received: u64,
    /// Packets for which the ring had no room.
    pub dropped: u64,
    /// Times that the ring was full.
    pub freezes: u64,
}

/// Why waiting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wake {
    /// There may be packets, or the time is over.
    Packets,
    /// The interface went down or away.
    Error,
}

impl PacketSocket {
    /// Of protocol 0, so that nothing comes before it is bound; for frames with their link headers.
    pub fn open() -> io::Result<Self> {
        // SAFETY: takes no pointer; a descriptor that is returned is ours alone.
        let fd = checked(unsafe { libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0) })?;
        // SAFETY: just opened, and owned by nobody else.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Makes the kernel write into a ring of version 3, with `headroom` bytes free before each frame.
    pub fn make_ring(&self, ring: &libc::tpacket_req3, headroom: u32) -> io::Result<()> {
        self.set(libc::SOL_PACKET, libc::PACKET_VERSION, &(libc::tpacket_versions::TPACKET_V3 as c_int))?;
        self.set(libc::SOL_PACKET, libc::PACKET_RESERVE, &headroom)?;
        self.set(libc::SOL_PACKET, libc::PACKET_RX_RING, ring)
    }

    /// Starts to receive from the interface with this index.
    pub fn bind(&self, index: u32) -> io::Result<()> {
        // SAFETY: zero is a value of each of its fields.
        let mut address: libc::sockaddr_ll = unsafe { zeroed() };
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_protocol = ETH_P_ALL;
        address.sll_ifindex = index.cast_signed();
        // SAFETY: a packet socket is bound to a `sockaddr_ll`, which is only read.
        checked(unsafe { libc::bind(self.0.as_raw_fd(), from_ref(&address).cast(), size_of::<libc::sockaddr_ll>() as u32) })?;
        Ok(())
    }

    /// The hardware type of the interface that the socket is bound to (linux/if_arp.h).
    pub fn hardware_type(&self) -> io::Result<u16> {
        // SAFETY: zero is a value of each of its fields.
        let mut address: libc::sockaddr_ll = unsafe { zeroed() };
        let mut length = size_of::<libc::sockaddr_ll>() as u32;
        // SAFETY: at most `length` bytes of `address` are written.
        checked(unsafe { libc::getsockname(self.0.as_raw_fd(), from_mut(&mut address).cast(), &mut length) })?;
        Ok(address.sll_hatype)
    }

    /// Takes what is addressed to others too, until the socket is closed.
    pub fn be_promiscuous(&self, index: u32) -> io::Result<()> {
        let request = libc::packet_mreq { mr_ifindex: index.cast_signed(), mr_type: libc::PACKET_MR_PROMISC as u16, mr_alen: 0, mr_address: [0; 8] };
        self.set(libc::SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &request)
    }

    /// Takes what comes in alone (since Linux 4.20).
    pub fn ignore_outgoing(&self) -> io::Result<()> {
        self.set(libc::SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, &1i32)
    }

    /// Founds a fanout group and returns its number, which no other process has.
    pub fn found_group(&self) -> io::Result<u16> {
        self.set(libc::SOL_PACKET, libc::PACKET_FANOUT, &((FANOUT | libc::PACKET_FANOUT_FLAG_UNIQUEID) << 16))?;
        Ok(self.get(libc::SOL_PACKET, libc::PACKET_FANOUT, 0u32)? as u16)
    }

    /// Joins a fanout group of the same interface.
    pub fn join_group(&self, number: u16) -> io::Result<()> {
        self.set(libc::SOL_PACKET, libc::PACKET_FANOUT, &(FANOUT << 16 | u32::from(number)))
    }

    /// Makes the kernel run a filter, in the place of the one before. Fails where it is too long for the kernel.
    pub fn attach(&self, instructions: &[Instruction]) -> io::Result<()> {
        let length = u16::try_from(instructions.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        // The kernel copies the instructions, which have the layout of `struct sock_filter`, and does not write to them.
        let program = libc::sock_fprog { len: length, filter: instructions.as_ptr().cast_mut().cast() };
        self.set(libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)
    }

    /// Lets everything pass.
    pub fn detach(&self) -> io::Result<()> {
        self.set(libc::SOL_SOCKET, libc::SO_DETACH_FILTER, &0i32)
    }

    /// What was counted since the last call: the kernel starts anew each time.
    pub fn statistics(&self) -> io::Result<Statistics> {
        let none = libc::tpacket_stats_v3 { tp_packets: 0, tp_drops: 0, tp_freeze_q_cnt: 0 };
        let counted = self.get(libc::SOL_PACKET, libc::PACKET_STATISTICS, none)?;
        Ok(Statistics { received: counted.tp_packets.into(), dropped: counted.tp_drops.into(), freezes: counted.tp_freeze_q_cnt.into() })
    }

    /// Waits for packets. An error that waits is taken, so that the next call waits again.
    pub fn wait(&self, timeout: Duration) -> io::Result<Wake> {
        let mut entry = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one entry, which outlives the call.
        match checked(unsafe { libc::poll(&mut entry, 1, c_int::try_from(timeout.as_millis()).unwrap_or(c_int::MAX)) }) {
            Ok(_) if entry.revents & (libc::POLLERR | libc::POLLHUP | libc::POLLNVAL) != 0 => {
                self.get(libc::SOL_SOCKET, libc::SO_ERROR, 0i32)?;
                Ok(Wake::Error)
            }
            Ok(_) => Ok(Wake::Packets),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Wake::Packets),
            Err(error) => Err(error),
        }
    }

    /// For the mapping of the ring.
    pub fn fd(&self) -> c_int {
        self.0.as_raw_fd()
    }

    fn set<T: Copy>(&self, level: c_int, name: c_int, value: &T) -> io::Result<()> {
        // SAFETY: the kernel reads as many bytes as the value has, and what it points to in `attach`, which outlives the call.
        checked(unsafe { libc::setsockopt(self.0.as_raw_fd(), level, name, from_ref(value).cast(), size_of::<T>() as u32) })?;
        Ok(())
    }

    /// Every option that is asked for is made of numbers alone, of which any bits are a value.
    fn get<T: Copy>(&self, level: c_int, name: c_int, mut value: T) -> io::Result<T> {
        let mut length = size_of::<T>() as u32;
        // SAFETY: the kernel writes at most `length` bytes.
        checked(unsafe { libc::getsockopt(self.0.as_raw_fd(), level, name, from_mut(&mut value).cast(), &mut length) })?;
        Ok(value)
    }
}

/// The index of the interface with this name, 0 where there is none.
pub fn index_of(name: &CStr) -> u32 {
    // SAFETY: the name ends with a zero byte and is only read.
    unsafe { libc::if_nametoindex(name.as_ptr()) }
}

/// The flags of the interface with this name (netdevice(7)), none where there is none.
pub fn flags_of(socket: BorrowedFd<'_>, name: &CStr) -> io::Result<Option<c_int>> {
    // SAFETY: zero is a value of each of its fields.
    let mut request: libc::ifreq = unsafe { zeroed() };
    for (to, from) in request.ifr_name.iter_mut().take(libc::IFNAMSIZ - 1).zip(name.to_bytes()) {
        *to = from.cast_signed();
    }
    // SAFETY: the request is read and written in place; the name in it ends with a zero.
    match checked(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFFLAGS as c_ulong as _, from_mut(&mut request)) }) {
        // SAFETY: the call has just written the flags.
        Ok(_) => Ok(Some(c_int::from(unsafe { request.ifr_ifru.ifru_flags }))),
        Err(error) if error.raw_os_error() == Some(libc::ENODEV) => Ok(None),
        Err(error) => Err(error),
    }
}

fn checked(code: c_int) -> io::Result<c_int> {
    if code < 0 { Err(io::Error::last_os_error()) } else { Ok(code) }
}
