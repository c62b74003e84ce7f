//! Classic pcap: every magic, either byte order (W1).

use crate::block::{BlockReader, Have};
use crate::counters::Counters;
use crate::fault::ReadProblem;
use crate::reader::{PACKET_BYTES_MAX, Record, Step};

/// Bytes of the file header.
pub const HEADER_BYTES: usize = 24;

/// Whether a record has its captured and original length the wrong way round, as files before version 2.4 may.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lengths {
    InOrder,
    Swapped,
    /// Swapped where the captured length is the larger one.
    Unsure,
}

/// What the file header says.
pub struct Pcap {
    big_endian: bool,
    nanos_per_fraction: i64,
    record_header_bytes: usize,
    lengths: Lengths,
    snap_length: u32,
    /// A record was met from which there is no way on.
    is_broken: bool,
    link_type: u32,
}

impl Pcap {
    /// Reads the file header; none where `header` is no pcap header.
    pub fn new(header: &[u8; HEADER_BYTES]) -> Option<Self> {
        let magic_little = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
        let big_endian = !matches!(magic_little, 0xa1b2_c3d4 | 0xa1b2_3c4d | 0xa1b2_cd34);
        let magic = if big_endian { magic_little.swap_bytes() } else { magic_little };
        let (nanos_per_fraction, record_header_bytes) = match magic {
            0xa1b2_c3d4 => (1_000, 16),
            0xa1b2_3c4d => (1, 16),
            // Kuznetzov's libpcap: interface, protocol and packet type behind the usual fields.
            0xa1b2_cd34 => (1_000, 24),
            _ => return None,
        };
        let short = |at: usize| {
            let bytes = [header[at], header[at + 1]];
            if big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) }
        };
        let lengths = match (short(4), short(6)) {
            (2, 0..=2) | (543, _) => Lengths::Swapped,
            (2, 3) => Lengths::Unsure,
            _ => Lengths::InOrder,
        };
        Some(Self {
            big_endian,
            nanos_per_fraction,
            record_header_bytes,
            lengths,
            snap_length: word(header, 16, big_endian),
            is_broken: false,
            // The upper bits tell the length of a frame check sequence, and flags.
            link_type: word(header, 20, big_endian) & 0x03ff_ffff,
        })
    }

    #[inline]
    pub fn step(&mut self, blocks: &mut BlockReader, counters: &mut Counters) -> Result<Step, ReadProblem> {
        let header_bytes = self.record_header_bytes;
        if blocks.ensure(header_bytes)? == Have::Cut {
            return Ok(if blocks.window().is_empty() { Step::Whole } else { Step::Cut });
        }
        let header = blocks.head(header_bytes);
        let seconds = i64::from(word(header, 0, self.big_endian));
        let fraction = i64::from(word(header, 4, self.big_endian));
        let mut captured = word(header, 8, self.big_endian);
        let mut original = word(header, 12, self.big_endian);
        if self.lengths == Lengths::Swapped || (self.lengths == Lengths::Unsure && captured > original) {
            std::mem::swap(&mut captured, &mut original);
        }
        let length = captured as usize;
        if length > PACKET_BYTES_MAX {
            if !std::mem::replace(&mut self.is_broken, true) {
                counters.malformed_records += 1;
                return Ok(Step::Malformed(blocks.offset()));
            }
            let limit = PACKET_BYTES_MAX >> 20;
            return Err(ReadProblem::malformed(blocks.offset(), format!("a record claims {length} captured bytes, over the cap of {limit} MiB")));
        }
        let record_bytes = header_bytes + length;
        if blocks.ensure(record_bytes)? == Have::Cut {
            return Ok(Step::Cut);
        }
        counters.packets_over_snap_length += u64::from(self.snap_length != 0 && captured > self.snap_length);
        counters.packets_under_original += u64::from(original < captured);
        let place = blocks.place() + header_bytes;
        blocks.consume(record_bytes);
        Ok(Step::Packet(Record {
            time_ns: seconds * 1_000_000_000 + fraction * self.nanos_per_fraction,
            link_type: self.link_type,
            place,
            length,
            record_bytes,
            original_length: original.max(captured),
            interface: 0,
            is_malformed: false,
        }))
    }
}

#[inline]
fn word(bytes: &[u8], at: usize, big_endian: bool) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    if big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
}
