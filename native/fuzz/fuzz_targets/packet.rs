//! Records through the decoder and reassembly. Byte 0 chooses the link type; a record is two bytes (little endian: 12 bits of length, one that
//! says it was cut, three of time) and its frame. Checks the promises of `Application` and both identities of the counters.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tapistry_wire::stream::{Application, At, Direction, End, FlowInfo};
use tapistry_wire::{DecodeOptions, Outcome, PacketDecoder, Reassembler, ReassemblyLimits, SharedBudget};

/// One of each family that has a row, and one without.
const LINK_TYPES: [u32; 16] = [1, 0, 9, 12, 50, 101, 104, 108, 113, 228, 229, 239, 276, 105, 127, 65_535];

/// How much later than the one before a record was seen.
const STEPS_NS: [i64; 8] = [0, 1_000, 1_000_000, 1_000_000_000, 20_000_000_000, 400_000_000_000, -1_000_000_000, i64::MAX / 4];

#[derive(Default)]
struct Told {
    opened: u64,
    closed: u64,
    delivered_bytes: u64,
    gap_bytes: u64,
}

struct Flow {
    next: [u64; 2],
    ended: [bool; 2],
}

impl Application for Flow {
    type Shared = Told;

    fn open(told: &mut Told, _: &FlowInfo) -> Self {
        told.opened += 1;
        Flow { next: [0; 2], ended: [false; 2] }
    }

    fn data(&mut self, told: &mut Told, direction: Direction, bytes: &[u8], at: &At) {
        let side = direction.index();
        assert!(!bytes.is_empty() && !self.ended[side]);
        assert_eq!(at.offset, self.next[side], "data is contiguous");
        self.next[side] += bytes.len() as u64;
        told.delivered_bytes += bytes.len() as u64;
    }

    fn gap(&mut self, told: &mut Told, direction: Direction, length: u64, at: &At) {
        let side = direction.index();
        assert!(length > 0 && !self.ended[side]);
        assert_eq!(at.offset, self.next[side], "a gap is contiguous");
        self.next[side] += length;
        told.gap_bytes += length;
    }

    fn end(&mut self, _: &mut Told, direction: Direction, _: End, at: &At) {
        let side = direction.index();
        assert!(!self.ended[side], "a direction ends once");
        assert_eq!(at.offset, self.next[side]);
        self.ended[side] = true;
    }

    fn close(self, told: &mut Told, _: End) {
        assert_eq!(self.ended, [true; 2], "both directions end first");
        told.closed += 1;
    }
}

fuzz_target!(|input: &[u8]| {
    let Some((&chosen, mut rest)) = input.split_first() else { return };
    // Bounds that small inputs reach.
    let limits =
        ReassemblyLimits { direction_bytes_max: 4096, direction_segments_max: 16, budget_bytes_max: 16 << 10, flows_max: 8, ..ReassemblyLimits::default() };
    let budget = SharedBudget::default();
    let mut decoder = PacketDecoder::new(DecodeOptions { tags_in_key: chosen & 0x80 == 0, ..DecodeOptions::default() });
    let mut reassembler = Reassembler::<Flow>::new(if chosen & 0x40 == 0 { ReassemblyLimits::default() } else { limits }, budget.clone());
    let mut told = Told::default();
    let mut time_ns = 1_700_000_000_000_000_000i64;
    let mut packet = 0;
    while let [low, high, bytes @ ..] = rest {
        let head = u16::from_le_bytes([*low, *high]);
        let length = usize::from(head & 0x0fff).min(bytes.len());
        let (frame, next) = bytes.split_at(length);
        rest = next;
        time_ns = time_ns.saturating_add(STEPS_NS[usize::from(head >> 13)]);
        let original_length = length as u32 + if head & 0x1000 == 0 { 0 } else { 100 };
        if let Outcome::Segment(segment) = decoder.decode(LINK_TYPES[usize::from(chosen & 15)], frame, original_length, time_ns) {
            reassembler.segment(&mut told, &segment, time_ns, packet, 0);
        }
        packet += 1;
    }
    decoder.finish();
    reassembler.finish(&mut told, time_ns);
    let packets = decoder.counters();
    assert_eq!(packets.read, packet);
    assert_eq!(packets.outcomes(), packets.read, "{packets:?}");
    let tcp = reassembler.counters();
    assert_eq!(tcp.payload_bytes, tcp.delivered_bytes + tcp.retransmitted_bytes + tcp.shed_bytes, "{tcp:?}");
    assert_eq!(tcp.delivered_bytes, told.delivered_bytes);
    assert_eq!(tcp.gap_bytes, told.gap_bytes);
    assert_eq!(told.opened, told.closed);
    drop(reassembler);
    assert_eq!((budget.bytes(), budget.flows()), (0, 0), "the shared budget is given back");
});
