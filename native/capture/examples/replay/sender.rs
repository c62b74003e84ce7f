//! Sending frames as they are on one interface, with the system calls of packet(7).
#![allow(unsafe_code, reason = "system calls take pointers; each lives longer than its call")]

use std::ffi::CString;
use std::io;
use std::mem::zeroed;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// Sends on one interface.
pub struct Sender(OwnedFd);

impl Sender {
    /// On the interface of this name.
    pub fn on(interface: &str) -> io::Result<Self> {
        let name = CString::new(interface)?;
        // SAFETY: the structure is plain numbers and outlives the calls, the name ends with a zero byte, the descriptor is ours once it is valid.
        unsafe {
            let descriptor = libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0);
            if descriptor < 0 {
                return Err(io::Error::last_os_error());
            }
            let socket = OwnedFd::from_raw_fd(descriptor);
            let mut address: libc::sockaddr_ll = zeroed();
            address.sll_family = libc::AF_PACKET as u16;
            address.sll_ifindex = libc::if_nametoindex(name.as_ptr()).cast_signed();
            if address.sll_ifindex == 0 || libc::bind(descriptor, (&raw const address).cast(), size_of_val(&address) as u32) != 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(Self(socket))
        }
    }

    /// Sends all of them, in their order.
    pub fn send(&self, frames: &[Vec<u8>]) -> io::Result<()> {
        let part = |frame: &Vec<u8>| libc::iovec { iov_base: frame.as_ptr().cast_mut().cast(), iov_len: frame.len() };
        let mut parts: Vec<libc::iovec> = frames.iter().map(part).collect();
        let message = |part: &mut libc::iovec| {
            // SAFETY: zero is a value of each of its fields.
            let mut message: libc::mmsghdr = unsafe { zeroed() };
            message.msg_hdr.msg_iov = part;
            message.msg_hdr.msg_iovlen = 1;
            message
        };
        let mut messages: Vec<libc::mmsghdr> = parts.iter_mut().map(message).collect();
        let mut sent = 0;
        while let Some(left @ [_, ..]) = messages.get_mut(sent..) {
            // SAFETY: messages, parts and frames outlive the call, and the frames are only read.
            let code = unsafe { libc::sendmmsg(self.0.as_raw_fd(), left.as_mut_ptr(), left.len() as u32, 0) };
            match usize::try_from(code) {
                Ok(count) => sent += count,
                Err(_) => match io::Error::last_os_error() {
                    error if error.kind() == io::ErrorKind::Interrupted => {}
                    error => return Err(error),
                },
            }
        }
        Ok(())
    }
}

/// Keeps this thread where it is: on another core frames would overtake those before them.
pub fn stay_on_one_core() {
    // SAFETY: plain numbers, which outlive the calls; the core at hand is one that there is.
    unsafe {
        let mut cores: libc::cpu_set_t = zeroed();
        libc::CPU_SET(usize::try_from(libc::sched_getcpu()).unwrap_or(0), &mut cores);
        libc::sched_setaffinity(0, size_of_val(&cores), &raw const cores);
    }
}
