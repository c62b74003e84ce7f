//! pcapng: sections of either byte order, interfaces with their own clocks, every block type passed or counted (W3).

use crate::block::{BlockReader, Have};
use crate::counters::Counters;
use crate::fault::ReadProblem;
use crate::reader::{PACKET_BYTES_MAX, Record, Step};

mod clock;
mod interface;

use interface::Interface;

/// Bytes a block may claim; more is a bad length. A packet of the largest size with a megabyte of options fits.
const BLOCK_BYTES_MAX: usize = PACKET_BYTES_MAX + (1 << 20);
/// Interfaces of one section; later ones are malformed records.
const INTERFACES_MAX: usize = 65_536;
/// Bytes of all secrets blocks that are kept; later ones are dropped and counted.
const SECRETS_BYTES_MAX: usize = 4 << 20;
/// How far after a bad block length the next block is looked for.
const RESYNC_BYTES_MAX: usize = 1 << 20;

const SECTION: u32 = 0x0a0d_0d0a;
const INTERFACE: u32 = 1;
const PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const NAMES: u32 = 4;
const STATISTICS: u32 = 5;
const ENHANCED_PACKET: u32 = 6;
const SECRETS: u32 = 0x0a;
const CUSTOM: u32 = 0x0bad;
const CUSTOM_NO_COPY: u32 = 0x4000_0bad;

/// Captured bytes of both packet blocks start here.
const PACKET_DATA_AT: usize = 28;

/// The state of the section at hand.
#[derive(Default)]
pub struct Pcapng {
    big_endian: bool,
    /// The section has a version of which nothing is known; its blocks are passed over.
    is_foreign: bool,
    interfaces: Vec<Interface>,
    interfaces_before: u32,
    time_last_ns: i64,
    secrets: Vec<(u32, Vec<u8>)>,
    secrets_bytes: usize,
    /// Why there is no way on.
    problem: Option<ReadProblem>,
}

/// A block by its head: type, length as it is stepped over.
struct Block {
    kind: u32,
    length: usize,
}

impl Pcapng {
    pub fn step(&mut self, blocks: &mut BlockReader, counters: &mut Counters) -> Result<Step, ReadProblem> {
        loop {
            if let Some(problem) = self.problem.take() {
                return Err(problem);
            }
            if blocks.ensure(12)? == Have::Cut {
                return Ok(if blocks.window().is_empty() { Step::Whole } else { Step::Cut });
            }
            let Some(block) = self.block(blocks, counters)? else {
                let offset = blocks.offset();
                self.problem = self.resync(blocks, counters).err();
                return Ok(Step::Malformed(offset));
            };
            if blocks.ensure(block.length)? == Have::Cut {
                return Ok(Step::Cut);
            }
            let bytes = blocks.head(block.length);
            if !self.tail_matches(bytes) {
                counters.tail_mismatches += 1;
            }
            let record = self.read(&block, bytes, blocks.place(), counters);
            let is_packet = !self.is_foreign && matches!(block.kind, ENHANCED_PACKET | PACKET | SIMPLE_PACKET);
            let offset = blocks.offset();
            blocks.consume(block.length);
            match record {
                Some(record) => {
                    self.time_last_ns = record.time_ns;
                    return Ok(Step::Packet(record));
                }
                None if is_packet => return Ok(Step::Malformed(offset)),
                None => {}
            }
        }
    }

    pub fn secrets(&self) -> &[(u32, Vec<u8>)] {
        &self.secrets
    }

    /// Type and length of the block at the window's start; none where they make no sense. A section header sets the byte order first.
    fn block(&mut self, blocks: &mut BlockReader, counters: &mut Counters) -> Result<Option<Block>, ReadProblem> {
        let head = blocks.head(12);
        // The type of a section header reads the same in both byte orders.
        if word(head, 0, false) == SECTION {
            match word(head, 8, false) {
                0x1a2b_3c4d => self.big_endian = false,
                0x4d3c_2b1a => self.big_endian = true,
                _ => return Ok(None),
            }
        }
        let kind = word(head, 0, self.big_endian);
        let claimed = word(head, 4, self.big_endian) as usize;
        if !(12..=BLOCK_BYTES_MAX).contains(&claimed) {
            return Ok(None);
        }
        if claimed.is_multiple_of(4) {
            return Ok(Some(Block { kind, length: claimed }));
        }
        // Some writers forget the padding in the length, some forget the padding: the length at the tail tells which.
        let padded = claimed.next_multiple_of(4);
        let have = blocks.ensure(padded)?;
        counters.tail_mismatches += 1;
        let tail = |length: usize| blocks.window().get(length - 4..length).map(|tail| word(tail, 0, self.big_endian) as usize);
        if have == Have::All && matches!(tail(padded), Some(tail) if tail == claimed || tail == padded) {
            return Ok(Some(Block { kind, length: padded }));
        }
        if tail(claimed) == Some(claimed) {
            return Ok(Some(Block { kind, length: claimed }));
        }
        Ok(None)
    }

    #[inline]
    fn tail_matches(&self, block: &[u8]) -> bool {
        !block.len().is_multiple_of(4) || word(block, block.len() - 4, self.big_endian) == word(block, 4, self.big_endian)
    }

    #[inline]
    fn read(&mut self, block: &Block, bytes: &[u8], place: usize, counters: &mut Counters) -> Option<Record> {
        match block.kind {
            SECTION => {
                counters.sections += 1;
                self.is_foreign = bytes.len() < 28 || short(bytes, 12, self.big_endian) != 1;
                counters.sections_skipped += u64::from(self.is_foreign);
                self.interfaces_before = self.interfaces_before.saturating_add(self.interfaces.len() as u32);
                self.interfaces.clear();
            }
            _ if self.is_foreign => counters.unknown_blocks += 1,
            ENHANCED_PACKET => return self.packet(bytes, place, false, counters),
            PACKET => return self.packet(bytes, place, true, counters),
            SIMPLE_PACKET => return self.simple_packet(bytes, place, counters),
            INTERFACE => self.interface(bytes, counters),
            STATISTICS => self.statistics(bytes, counters),
            SECRETS => self.keep_secrets(bytes, counters),
            NAMES => counters.name_blocks += 1,
            CUSTOM | CUSTOM_NO_COPY => counters.custom_blocks += 1,
            _ => counters.unknown_blocks += 1,
        }
        None
    }

    /// An enhanced or an obsolete packet block: they differ in how the interface is written.
    #[inline]
    fn packet(&mut self, bytes: &[u8], place: usize, obsolete: bool, counters: &mut Counters) -> Option<Record> {
        let order = self.big_endian;
        let parsed = (bytes.len() >= PACKET_DATA_AT + 4).then(|| {
            let number = if obsolete { u32::from(short(bytes, 8, order)) } else { word(bytes, 8, order) };
            let ticks = u64::from(word(bytes, 12, order)) << 32 | u64::from(word(bytes, 16, order));
            (number, ticks, word(bytes, 20, order), word(bytes, 24, order))
        });
        let found = parsed.and_then(|(number, ticks, captured, original)| {
            let fits = captured as usize <= (bytes.len() - PACKET_DATA_AT - 4).min(PACKET_BYTES_MAX);
            let interface = self.interfaces.get(number as usize).filter(|_| fits)?;
            Some(Record {
                time_ns: interface.clock.time_ns(ticks),
                link_type: interface.link_type,
                place: place + PACKET_DATA_AT,
                length: captured as usize,
                record_bytes: bytes.len(),
                original_length: interface.count(captured, original, counters),
                interface: self.interfaces_before.saturating_add(number),
                is_malformed: false,
            })
        });
        counters.malformed_records += u64::from(found.is_none());
        found
    }

    /// A simple packet block: the first interface, no time, the captured length only by what fits.
    fn simple_packet(&mut self, bytes: &[u8], place: usize, counters: &mut Counters) -> Option<Record> {
        let interface = self.interfaces.first().filter(|_| bytes.len() >= 16);
        let Some(interface) = interface else {
            counters.malformed_records += 1;
            return None;
        };
        let original = word(bytes, 8, self.big_endian);
        let snap_length = if interface.snap_length == 0 { u32::MAX } else { interface.snap_length };
        let length = (original.min(snap_length) as usize).min(bytes.len() - 16);
        Some(Record {
            time_ns: self.time_last_ns,
            link_type: interface.link_type,
            place: place + 12,
            length,
            record_bytes: bytes.len(),
            original_length: interface.count(length as u32, original, counters),
            interface: self.interfaces_before,
            is_malformed: false,
        })
    }

    fn interface(&mut self, bytes: &[u8], counters: &mut Counters) {
        match Interface::read(bytes, self.big_endian, counters) {
            Some(interface) if self.interfaces.len() < INTERFACES_MAX => {
                counters.interfaces += 1;
                self.interfaces.push(interface);
            }
            _ => counters.malformed_records += 1,
        }
    }

    fn statistics(&mut self, bytes: &[u8], counters: &mut Counters) {
        counters.statistics_blocks += 1;
        let number = (bytes.len() >= 24).then(|| word(bytes, 8, self.big_endian) as usize);
        match number.and_then(|number| self.interfaces.get_mut(number)) {
            Some(interface) => interface.statistics(&bytes[20..bytes.len() - 4], self.big_endian, counters),
            None => counters.malformed_records += 1,
        }
    }

    fn keep_secrets(&mut self, bytes: &[u8], counters: &mut Counters) {
        counters.secrets_blocks += 1;
        let secrets = (bytes.len() >= 20).then(|| (word(bytes, 8, self.big_endian), word(bytes, 12, self.big_endian) as usize));
        let found = secrets.and_then(|(kind, length)| Some((kind, bytes.get(16..16usize.checked_add(length)?)?)));
        match found {
            None => counters.malformed_records += 1,
            Some((_, secret)) if self.secrets_bytes + secret.len() > SECRETS_BYTES_MAX || secret.is_empty() => counters.secrets_dropped += 1,
            Some((kind, secret)) => {
                self.secrets_bytes += secret.len();
                self.secrets.push((kind, secret.to_vec()));
            }
        }
    }

    /// Moves to the next place that looks like a block: a known type, a sane length, and the same length at its tail.
    fn resync(&mut self, blocks: &mut BlockReader, counters: &mut Counters) -> Result<(), ReadProblem> {
        counters.malformed_records += 1;
        let offset = blocks.offset();
        blocks.ensure(RESYNC_BYTES_MAX)?;
        let window = blocks.window();
        let looked_at = &window[..window.len().min(RESYNC_BYTES_MAX)];
        let found = (4..looked_at.len().saturating_sub(11)).find(|&at| self.is_block(&looked_at[at..]));
        let Some(passed) = found else {
            return Err(ReadProblem::malformed(offset, "a block has a length that cannot be, and no block follows within 1 MiB"));
        };
        counters.resyncs += 1;
        counters.resync_bytes += passed as u64;
        blocks.consume(passed);
        Ok(())
    }

    fn is_block(&self, bytes: &[u8]) -> bool {
        let mut order = self.big_endian;
        let kind = word(bytes, 0, order);
        if kind == SECTION {
            order = match word(bytes, 8, false) {
                0x1a2b_3c4d => false,
                0x4d3c_2b1a => true,
                _ => return false,
            };
        } else if !matches!(kind, 1..=6 | SECRETS | CUSTOM | CUSTOM_NO_COPY) {
            return false;
        }
        let length = word(bytes, 4, order) as usize;
        (16..=BLOCK_BYTES_MAX).contains(&length)
            && length.is_multiple_of(4)
            && bytes.get(length - 4..length).is_some_and(|tail| word(tail, 0, order) as usize == length)
    }
}

#[inline]
fn word(bytes: &[u8], at: usize, big_endian: bool) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    if big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) }
}

#[inline]
fn short(bytes: &[u8], at: usize, big_endian: bool) -> u16 {
    let short = [bytes[at], bytes[at + 1]];
    if big_endian { u16::from_be_bytes(short) } else { u16::from_le_bytes(short) }
}
