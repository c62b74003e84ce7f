//! Frames, and a socket that sends them as they are.
#![allow(unsafe_code, reason = "frames are sent by system calls")]

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

const ADDRESSES: [u8; 12] = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2];
const MARK: &[u8] = b"tapistry";

/// Sends on one interface.
pub struct Sender(OwnedFd);

impl Sender {
    pub fn new(interface: &str) -> Self {
        let name = CString::new(interface).unwrap();
        // SAFETY: the structure is plain numbers and outlives the call, the name ends with a zero byte, the descriptor is ours.
        unsafe {
            let socket = OwnedFd::from_raw_fd(libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_CLOEXEC, 0));
            let mut address: libc::sockaddr_ll = std::mem::zeroed();
            address.sll_family = libc::AF_PACKET as u16;
            address.sll_ifindex = libc::if_nametoindex(name.as_ptr()) as i32;
            let code = libc::bind(socket.as_raw_fd(), (&raw const address).cast(), size_of_val(&address) as u32);
            assert_eq!(code, 0, "{}", io::Error::last_os_error());
            Self(socket)
        }
    }

    pub fn send(&self, frame: &[u8]) {
        // SAFETY: the frame outlives the call and is only read.
        let sent = unsafe { libc::send(self.0.as_raw_fd(), frame.as_ptr().cast(), frame.len(), 0) };
        assert_eq!(sent, frame.len() as isize, "{}", io::Error::last_os_error());
    }
}

/// IPv4 and UDP from 10.0.0.1 to 10.0.0.2, with a mark behind.
pub fn udp(source: u16, destination: u16) -> Vec<u8> {
    let mut packet = vec![0x45, 0, 0, 36, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2];
    packet.extend_from_slice(&source.to_be_bytes());
    packet.extend_from_slice(&destination.to_be_bytes());
    packet.extend_from_slice(&[0, 16, 0, 0]);
    packet.extend_from_slice(MARK);
    packet
}

/// The same packet the other way.
pub fn reversed(packet: &[u8]) -> Vec<u8> {
    let mut reversed = packet.to_vec();
    reversed[12..20].rotate_left(4);
    reversed[20..24].rotate_left(2);
    reversed
}

pub fn ethernet(packet: &[u8]) -> Vec<u8> {
    [&ADDRESSES[..], &[8, 0], packet].concat()
}

pub fn tagged(ether_type: u16, id: u16, packet: &[u8]) -> Vec<u8> {
    [&ADDRESSES[..], &ether_type.to_be_bytes(), &id.to_be_bytes(), &[8, 0], packet].concat()
}

/// Whether a test sent it.
pub fn is_ours(frame: &[u8]) -> bool {
    frame.windows(MARK.len()).any(|bytes| bytes == MARK)
}

/// The port that is not 80 of an untagged frame.
pub fn client_port(frame: &[u8]) -> u16 {
    let port = |at: usize| u16::from_be_bytes([frame[at], frame[at + 1]]);
    if port(34) == 80 { port(36) } else { port(34) }
}
