//! Raw IP packets of one HTTP connection, for tests.

use tapistry_wire::{DecodeOptions, Outcome, PacketDecoder, Segment};

const RAW: u32 = 101;
const SYN: u8 = 0x02;
const ACK: u8 = 0x10;

/// A connection from a client's port to port 80 of a server.
pub struct Connection {
    port: u16,
    /// Next sequence numbers of client and server.
    next: [u32; 2],
}

impl Connection {
    /// With the packets of its handshake.
    pub fn open(port: u16) -> (Self, Vec<Vec<u8>>) {
        let mut connection = Self { port, next: [100, 500] };
        let handshake = vec![connection.packet(0, SYN, b""), connection.packet(1, SYN | ACK, b"")];
        (connection, handshake)
    }

    pub fn request(&mut self, path: &str) -> Vec<u8> {
        self.packet(0, ACK, format!("GET {path} HTTP/1.1\r\nHost: a.example\r\n\r\n").as_bytes())
    }

    pub fn response(&mut self) -> Vec<u8> {
        self.packet(1, ACK, b"HTTP/1.1 204 No Content\r\n\r\n")
    }

    fn packet(&mut self, side: usize, flags: u8, payload: &[u8]) -> Vec<u8> {
        let mut tcp = Vec::new();
        let ports = [self.port, 80];
        for port in [ports[side], ports[1 - side]] {
            tcp.extend_from_slice(&port.to_be_bytes());
        }
        tcp.extend_from_slice(&self.next[side].to_be_bytes());
        tcp.extend_from_slice(&self.next[1 - side].to_be_bytes());
        tcp.extend_from_slice(&[5 << 4, flags, 255, 255, 0, 0, 0, 0]);
        tcp.extend_from_slice(payload);
        self.next[side] += payload.len() as u32 + u32::from(flags & SYN != 0);
        ip(6, side as u8, &tcp)
    }
}

/// The packet inside another one, IP in IP.
pub fn tunnelled(packet: &[u8]) -> Vec<u8> {
    ip(4, 9, packet)
}

fn ip(protocol: u8, side: u8, payload: &[u8]) -> Vec<u8> {
    let [high, low] = (payload.len() as u16 + 20).to_be_bytes();
    let mut packet = vec![0x45, 0, high, low, 0, 0, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1 + side, 10, 0, 0, 2 - side % 2];
    packet.extend_from_slice(payload);
    packet
}

/// Decodes packets, each a segment.
pub fn each(packets: &[Vec<u8>], mut take: impl FnMut(&Segment<'_>)) {
    let mut decoder = PacketDecoder::new(DecodeOptions::default());
    for packet in packets {
        match decoder.decode(RAW, packet, packet.len() as u32, 0) {
            Outcome::Segment(segment) => take(&segment),
            outcome => panic!("{outcome:?}"),
        }
    }
}
