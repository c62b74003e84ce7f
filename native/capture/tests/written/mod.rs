//! Writes captures for tests.
#![allow(dead_code, reason = "each test uses some of it")]

use std::io::Write;

/// A packet to write: time in nanoseconds, bytes, original length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub time_ns: i64,
    pub data: Vec<u8>,
    pub original_length: u32,
}

pub fn sent(time_ns: i64, data: &[u8]) -> Sent {
    Sent { time_ns, data: data.to_vec(), original_length: data.len() as u32 }
}

/// Writes numbers in a byte order.
pub struct Out {
    pub bytes: Vec<u8>,
    pub big_endian: bool,
}

impl Out {
    pub fn new(big_endian: bool) -> Self {
        Self { bytes: Vec::new(), big_endian }
    }

    pub fn short(&mut self, value: u16) -> &mut Self {
        self.bytes.extend(if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
        self
    }

    pub fn word(&mut self, value: u32) -> &mut Self {
        self.bytes.extend(if self.big_endian { value.to_be_bytes() } else { value.to_le_bytes() });
        self
    }

    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// A pcapng block around `body`, padded.
    pub fn block(&mut self, kind: u32, body: &[u8]) -> &mut Self {
        let padding = body.len().next_multiple_of(4) - body.len();
        let length = (12 + body.len() + padding) as u32;
        self.word(kind).word(length).raw(body).raw(&[0; 3][..padding]).word(length)
    }

    pub fn section(&mut self) -> &mut Self {
        let mut body = Out::new(self.big_endian);
        body.word(0x1a2b_3c4d).short(1).short(0).word(u32::MAX).word(u32::MAX);
        self.block(0x0a0d_0d0a, &body.bytes)
    }

    /// An interface; options as (code, value).
    pub fn interface(&mut self, link_type: u16, snap_length: u32, options: &[(u16, &[u8])]) -> &mut Self {
        let mut body = Out::new(self.big_endian);
        body.short(link_type).short(0).word(snap_length).options(options);
        self.block(1, &body.bytes)
    }

    pub fn options(&mut self, options: &[(u16, &[u8])]) -> &mut Self {
        for (code, value) in options {
            self.short(*code).short(value.len() as u16).raw(value).raw(&[0; 3][..value.len().next_multiple_of(4) - value.len()]);
        }
        if !options.is_empty() {
            self.short(0).short(0);
        }
        self
    }

    pub fn packet(&mut self, interface: u32, ticks: u64, data: &[u8], original_length: u32) -> &mut Self {
        let mut body = Out::new(self.big_endian);
        body.word(interface).word((ticks >> 32) as u32).word(ticks as u32).word(data.len() as u32).word(original_length).raw(data);
        self.block(6, &body.bytes)
    }
}

/// A pcap file of Ethernet packets; `magic` tells resolution and record header.
pub fn pcap(magic: u32, big_endian: bool, packets: &[Sent]) -> Vec<u8> {
    let per_fraction = if magic == 0xa1b2_3c4d { 1 } else { 1_000 };
    let mut out = Out::new(big_endian);
    out.word(magic).short(2).short(4).word(0).word(0).word(65_535).word(1);
    for packet in packets {
        let (seconds, nanos) = (packet.time_ns / 1_000_000_000, packet.time_ns % 1_000_000_000);
        out.word(seconds as u32).word((nanos / per_fraction) as u32).word(packet.data.len() as u32).word(packet.original_length);
        if magic == 0xa1b2_cd34 {
            out.word(1).short(2).raw(&[3, 0]);
        }
        out.raw(&packet.data);
    }
    out.bytes
}

/// The same as pcapng with nanoseconds.
pub fn pcapng(big_endian: bool, packets: &[Sent]) -> Vec<u8> {
    let mut out = Out::new(big_endian);
    out.section().interface(1, 0, &[(9, &[9])]);
    for packet in packets {
        out.packet(0, packet.time_ns as u64, &packet.data, packet.original_length);
    }
    out.bytes
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn zstd(bytes: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(bytes, ruzstd::encoding::CompressionLevel::Fastest)
}
