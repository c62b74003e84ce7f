//! Packets of one capture, in file order.

use std::io::Read;

use crate::block::BlockReader;
use crate::counters::Counters;
use crate::fault::ReadProblem;
use crate::netmon::NetMon;
use crate::pcap::Pcap;
use crate::pcapng::Pcapng;

/// Captured bytes a record may claim; more is a malformed record (W4). Real ones stay below 256 KiB.
pub const PACKET_BYTES_MAX: usize = 16 << 20;

/// One captured packet, borrowed from the reader's block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// Nanoseconds since the epoch; a record without a time (SPB) has the time of the one before it.
    pub time_ns: i64,
    /// Number of the link type (LINKTYPE_ETHERNET is 1), FCS bits taken out.
    pub link_type: u32,
    /// Captured bytes.
    pub data: &'a [u8],
    /// Bytes on the wire, at least `data.len()`.
    pub original_length: u32,
    /// Ordinal of the interface over all sections of the file; 0 in pcap.
    pub interface: u32,
    /// Decompressed bytes of the input up to the end of the packet's record.
    pub end: u64,
    /// The record makes no sense: nothing but where it ends is known of the packet.
    pub is_malformed: bool,
}

/// How a capture ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was not read to its end yet.
    Open,
    /// After a whole record.
    Whole,
    /// Inside the record that starts at `offset`, in decompressed bytes; or the compression around it was cut there.
    Cut {
        /// Start of the record that is not whole.
        offset: u64,
    },
    /// At a problem that `next` returned.
    Broken {
        /// Offset of the problem.
        offset: u64,
    },
}

/// Where the packet at hand lies; the bytes stay in the block.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Record {
    pub time_ns: i64,
    pub link_type: u32,
    pub place: usize,
    pub length: usize,
    /// Bytes of the whole record, up to the window's start after the step.
    pub record_bytes: usize,
    pub original_length: u32,
    pub interface: u32,
    pub is_malformed: bool,
}

/// What a format's step over one record found.
pub(crate) enum Step {
    /// A packet; the record is consumed.
    Packet(Record),
    /// The record at an offset makes no sense; it is consumed, or the next step says why reading stops there.
    Malformed(u64),
    /// The input ended after a whole record.
    Whole,
    /// The input ended inside the record at `BlockReader::offset`.
    Cut,
}

pub(crate) enum Format {
    Pcap(Pcap),
    Pcapng(Box<Pcapng>),
    NetMon(NetMon),
}

/// Reads packets. A packet lives until the next call; nothing is copied or allocated for one.
pub struct CaptureReader {
    pub(crate) blocks: BlockReader,
    format: Format,
    counters: Counters,
    record: Record,
    time_last_ns: i64,
    malformed_at: Option<u64>,
    end: End,
}

impl CaptureReader {
    pub(crate) fn new(blocks: BlockReader, format: Format) -> Self {
        let record = Record::default();
        Self { blocks, format, counters: Counters::default(), record, time_last_ns: i64::MIN, malformed_at: None, end: End::Open }
    }

    /// The next packet, or none after the last one; a problem is returned once, and none after it. Malformed ones are passed over.
    #[allow(clippy::should_implement_trait, reason = "a packet borrows from the block")]
    #[inline]
    pub fn next(&mut self) -> Result<Option<Packet<'_>>, ReadProblem> {
        while self.advance()? {
            if !self.record.is_malformed {
                return Ok(Some(self.current()));
            }
        }
        Ok(None)
    }

    /// Steps to the next packet, which `current` then gives as often as it is asked. False after the last one.
    pub fn advance(&mut self) -> Result<bool, ReadProblem> {
        if self.end != End::Open {
            return Ok(false);
        }
        let start = self.blocks.offset();
        let step = match &mut self.format {
            Format::Pcap(pcap) => pcap.step(&mut self.blocks, &mut self.counters),
            Format::Pcapng(pcapng) => pcapng.step(&mut self.blocks, &mut self.counters),
            Format::NetMon(netmon) => netmon.step(&mut self.blocks, &mut self.counters),
        };
        match step {
            Ok(Step::Packet(record)) => {
                self.count(&record);
                self.record = record;
                return Ok(true);
            }
            Ok(Step::Malformed(offset)) => {
                self.counters.malformed_packets += 1;
                self.malformed_at.get_or_insert(offset);
                let record_bytes = (self.blocks.offset() - start) as usize;
                self.record = Record { time_ns: self.time_last_ns.max(0), record_bytes, is_malformed: true, ..Record::default() };
                return Ok(true);
            }
            Ok(Step::Whole) if !self.blocks.is_source_cut() => self.end = End::Whole,
            Ok(Step::Whole | Step::Cut) => self.end = End::Cut { offset: self.blocks.offset() },
            Err(problem) => {
                self.end = End::Broken { offset: problem.offset };
                return Err(problem);
            }
        }
        Ok(false)
    }

    /// The packet of the last `advance` that was true; an empty one before it.
    #[inline]
    pub fn current(&self) -> Packet<'_> {
        let record = &self.record;
        Packet {
            time_ns: record.time_ns,
            link_type: record.link_type,
            data: self.blocks.slice(record.place, record.length),
            original_length: record.original_length,
            interface: record.interface,
            end: self.position(),
            is_malformed: record.is_malformed,
        }
    }

    #[inline]
    fn count(&mut self, record: &Record) {
        let counters = &mut self.counters;
        counters.packets += 1;
        counters.packet_bytes += record.length as u64;
        counters.packets_truncated += u64::from((record.length as u64) < u64::from(record.original_length));
        counters.packets_empty += u64::from(record.length == 0);
        counters.time_backwards += u64::from(record.time_ns < self.time_last_ns);
        self.time_last_ns = record.time_ns;
    }

    /// Offset of the first packet's record that makes no sense.
    pub fn malformed_at(&self) -> Option<u64> {
        self.malformed_at
    }

    /// Decompressed bytes up to the end of the last whole record: where reading goes on when the file has grown.
    pub fn position(&self) -> u64 {
        self.blocks.offset()
    }

    /// SHA-256 of the decompressed bytes before `position()`; none unless the input was opened with `Options::hashed`.
    pub fn digest(&self) -> Option<[u8; 32]> {
        self.blocks.digest()
    }

    /// Steps over every record that ends at or before `position` without counting its packet; says whether a record ends exactly there.
    pub fn skip_to(&mut self, position: u64) -> Result<bool, ReadProblem> {
        while self.position() < position && self.advance()? {}
        self.counters.packets = 0;
        self.counters.packet_bytes = 0;
        self.counters.malformed_packets = 0;
        self.malformed_at = None;
        self.counters.packets_truncated = 0;
        self.counters.packets_empty = 0;
        self.counters.packets_over_snap_length = 0;
        self.counters.packets_under_original = 0;
        self.counters.time_backwards = 0;
        Ok(self.position() == position)
    }

    /// What was seen so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How the capture ended.
    pub fn end(&self) -> End {
        self.end
    }

    /// Gives the file and the block back to the system. The packet at hand is read again by `resume`.
    pub(crate) fn suspend(&mut self) {
        self.blocks.rewind(self.record.record_bytes);
        self.record = Record::default();
        self.blocks.suspend();
    }

    /// Gives the file and the block back for good; counters, end and position stay.
    pub(crate) fn release(&mut self) {
        self.record = Record::default();
        self.blocks.suspend();
    }

    /// Goes on from `source`, which stands at `position()`, with the packet that was at hand. Nothing is counted twice.
    pub(crate) fn resume(&mut self, source: Box<dyn Read + Send>) -> Result<bool, ReadProblem> {
        let counters = self.counters;
        self.blocks.resume(source);
        let found = self.advance();
        self.counters = counters;
        found
    }

    /// Whether the format has secrets blocks.
    pub fn may_hold_secrets(&self) -> bool {
        matches!(self.format, Format::Pcapng(_))
    }

    /// Decryption secrets of the file so far: type (0x544c534b is a TLS key log) and bytes, bounded in sum.
    pub fn secrets(&self) -> &[(u32, Vec<u8>)] {
        match &self.format {
            Format::Pcap(_) | Format::NetMon(_) => &[],
            Format::Pcapng(pcapng) => pcapng.secrets(),
        }
    }
}
