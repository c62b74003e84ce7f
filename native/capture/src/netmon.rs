//! Microsoft Network Monitor 2: a header with the start and the place of the table of frames, records up to there, little endian.

use crate::block::{BlockReader, Have};
use crate::counters::Counters;
use crate::fault::ReadProblem;
use crate::reader::{PACKET_BYTES_MAX, Record, Step};

/// Bytes of the file header.
pub const HEADER_BYTES: usize = 128;
const RECORD_HEADER_BYTES: usize = 16;
/// A number that no link type has.
const UNKNOWN: u32 = 0xffff;

/// What the file header says.
pub struct NetMon {
    start_ns: i64,
    /// Where records end.
    table_at: u64,
    link_type: u32,
    /// Bytes behind each packet, which begin with its own kind of network.
    trailer_bytes: usize,
}

impl NetMon {
    /// Reads the file header; none where its version is not known.
    pub fn new(header: &[u8; HEADER_BYTES]) -> Option<Self> {
        let trailer_bytes = match (header[5], header[4]) {
            (2, 0) => 0,
            (2, 1) => 2,
            (2, 2) => 6,
            (2, 3) => 15,
            _ => return None,
        };
        let table_at = u64::from(word(header, 24));
        Some(Self {
            start_ns: time_ns(header),
            // A file that was not closed has no table yet.
            table_at: if table_at < HEADER_BYTES as u64 { u64::MAX } else { table_at },
            link_type: link_type(short(header, 6)),
            trailer_bytes,
        })
    }

    #[inline]
    pub fn step(&mut self, blocks: &mut BlockReader, counters: &mut Counters) -> Result<Step, ReadProblem> {
        let at = blocks.offset();
        if at == self.table_at {
            return Ok(Step::Whole);
        }
        if blocks.ensure(RECORD_HEADER_BYTES)? == Have::Cut {
            return Ok(if blocks.window().is_empty() { Step::Whole } else { Step::Cut });
        }
        let header = blocks.head(RECORD_HEADER_BYTES);
        let micros = u64::from(word(header, 4)) << 32 | u64::from(word(header, 0));
        let (original, captured) = (word(header, 8), word(header, 12));
        let length = captured as usize;
        let record_bytes = RECORD_HEADER_BYTES + length + self.trailer_bytes;
        if length > PACKET_BYTES_MAX || at + record_bytes as u64 > self.table_at {
            counters.malformed_records += 1;
            return Err(ReadProblem::malformed(at, format!("a record claims {length} captured bytes, more than there can be")));
        }
        if blocks.ensure(record_bytes)? == Have::Cut {
            return Ok(Step::Cut);
        }
        let link_type = match self.trailer_bytes {
            0 => self.link_type,
            _ => link_type(short(blocks.head(record_bytes), RECORD_HEADER_BYTES + length)),
        };
        counters.packets_under_original += u64::from(original < captured);
        let place = blocks.place() + RECORD_HEADER_BYTES;
        blocks.consume(record_bytes);
        Ok(Step::Packet(Record {
            time_ns: self.start_ns.saturating_add(i64::try_from(micros).unwrap_or(i64::MAX).saturating_mul(1_000)),
            link_type,
            place,
            length,
            record_bytes,
            original_length: original.max(captured),
            interface: 0,
            is_malformed: false,
        }))
    }
}

/// A kind of network as a link type: Ethernet, or one of pcap above 0xe000.
fn link_type(network: u16) -> u32 {
    match network {
        1 => 1,
        0xe000..=0xefff => u32::from(network & 0x0fff),
        _ => UNKNOWN,
    }
}

/// The start of the capture: year, month, day of the week, day, hour, minute, second, millisecond. No zone is named, so it is taken for UTC.
fn time_ns(header: &[u8; HEADER_BYTES]) -> i64 {
    let [year, month, _, day, hour, minute, second, milli] = std::array::from_fn(|at| i64::from(short(header, 8 + 2 * at)));
    // Years begin in March, so that the day that some lack is the last one.
    let (years, months) = (year - i64::from(month < 3), (month + 9) % 12);
    let days = years * 365 + years / 4 - years / 100 + years / 400 + (153 * months + 2) / 5 + day - 719_469;
    ((((days * 24 + hour) * 60 + minute) * 60 + second) * 1_000 + milli).saturating_mul(1_000_000)
}

fn short(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
