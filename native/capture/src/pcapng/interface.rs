//! An interface description block, and what later blocks say about the interface.

use super::clock::Clock;
use super::{short, word};
use crate::counters::Counters;

const OPTION_RESOLUTION: u16 = 9;
const OPTION_OFFSET: u16 = 14;
const OPTION_RECEIVED: u16 = 4;
const OPTION_DROPPED: u16 = 5;
const OPTION_DROPPED_BY_SYSTEM: u16 = 7;

/// One interface of a section.
pub struct Interface {
    pub link_type: u32,
    pub snap_length: u32,
    pub clock: Clock,
    received: u64,
    dropped: u64,
}

impl Interface {
    /// Reads a whole block; none where it is too short.
    pub fn read(block: &[u8], big_endian: bool, counters: &mut Counters) -> Option<Self> {
        let options = block.get(16..block.len().checked_sub(4)?)?;
        let (mut resolution, mut offset_s) = (6, 0);
        each_option(options, big_endian, counters, |code, value| match (code, value) {
            (OPTION_RESOLUTION, [value, ..]) => resolution = *value,
            (OPTION_OFFSET, value) => offset_s = long(value, big_endian).unwrap_or(0) as i64,
            _ => {}
        });
        Some(Self {
            link_type: u32::from(short(block, 8, big_endian)),
            snap_length: word(block, 12, big_endian),
            clock: Clock::new(resolution, offset_s),
            received: 0,
            dropped: 0,
        })
    }

    /// Counts what is odd about the lengths of a packet; returns the original length to believe.
    #[inline]
    pub fn count(&self, captured: u32, original: u32, counters: &mut Counters) -> u32 {
        counters.packets_over_snap_length += u64::from(self.snap_length != 0 && captured > self.snap_length);
        counters.packets_under_original += u64::from(original < captured);
        original.max(captured)
    }

    /// Takes the figures of a statistics block; each block tells the sums so far, so that the last one stands.
    pub fn statistics(&mut self, options: &[u8], big_endian: bool, counters: &mut Counters) {
        let (mut received, mut dropped, mut dropped_by_system) = (None, None, None);
        each_option(options, big_endian, counters, |code, value| {
            let slot = match code {
                OPTION_RECEIVED => &mut received,
                OPTION_DROPPED => &mut dropped,
                OPTION_DROPPED_BY_SYSTEM => &mut dropped_by_system,
                _ => return,
            };
            *slot = long(value, big_endian);
        });
        if let Some(received) = received {
            counters.interface_received = counters.interface_received.saturating_sub(self.received).saturating_add(received);
            self.received = received;
        }
        if dropped.is_some() || dropped_by_system.is_some() {
            let sum = dropped.unwrap_or(0).saturating_add(dropped_by_system.unwrap_or(0));
            counters.interface_dropped = counters.interface_dropped.saturating_sub(self.dropped).saturating_add(sum);
            self.dropped = sum;
        }
    }
}

/// Walks options up to their end; a length that does not fit ends the walk and is counted.
fn each_option<'a>(mut options: &'a [u8], big_endian: bool, counters: &mut Counters, mut visit: impl FnMut(u16, &'a [u8])) {
    while options.len() >= 4 {
        let (code, length) = (short(options, 0, big_endian), usize::from(short(options, 2, big_endian)));
        if code == 0 {
            return;
        }
        let Some(value) = options.get(4..4 + length) else {
            counters.malformed_options += 1;
            return;
        };
        visit(code, value);
        options = options.get(4 + length.next_multiple_of(4)..).unwrap_or(&[]);
    }
}

fn long(value: &[u8], big_endian: bool) -> Option<u64> {
    let bytes: [u8; 8] = value.get(..8)?.try_into().ok()?;
    Some(if big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
}
