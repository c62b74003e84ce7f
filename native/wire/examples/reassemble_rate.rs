//! Prints how many packets a second go through decoding, flow lookup and in-order delivery on one core.
//!
//! `cargo run --release -p tapistry-wire --example reassemble_rate -- FILE.pcap [ROUNDS]` reads a classic little-endian pcap file.
#![allow(clippy::print_stdout)]

use std::process::ExitCode;

use tapistry_wire::stream::{Application, At, Direction, End, FlowInfo};
use tapistry_wire::{DecodeOptions, Outcome, PacketDecoder, Reassembler, ReassemblyLimits, SharedBudget};

/// Looks at nothing but lengths, so that the figure is of this crate alone.
struct Lengths;

impl Application for Lengths {
    type Shared = u64;

    fn open(_: &mut u64, _: &FlowInfo) -> Self {
        Lengths
    }

    fn data(&mut self, shared: &mut u64, _: Direction, bytes: &[u8], _: &At) {
        *shared += bytes.len() as u64;
    }

    fn gap(&mut self, _: &mut u64, _: Direction, _: u64, _: &At) {}

    fn end(&mut self, _: &mut u64, _: Direction, _: End, _: &At) {}

    fn close(self, _: &mut u64, _: End) {}
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().and_then(|path| std::fs::read(path).ok());
    let Some(file) = file.filter(|file| file.len() > 24) else {
        println!("usage: reassemble_rate FILE.pcap [ROUNDS]");
        return ExitCode::FAILURE;
    };
    let rounds: u32 = arguments.next().and_then(|rounds| rounds.parse().ok()).unwrap_or(5);
    for round in 0..rounds {
        run(&file, round + 1 == rounds);
    }
    ExitCode::SUCCESS
}

fn run(file: &[u8], with_counters: bool) {
    let mut decoder = PacketDecoder::new(DecodeOptions::default());
    let mut reassembler = Reassembler::<Lengths>::new(ReassemblyLimits::default(), SharedBudget::default());
    let (mut bytes, mut packets, mut latest_ns) = (0, 0, 0);
    let link_type = word(file, 20);
    let mut place = 24;
    let start = cpu_seconds();
    while let Some(header) = file.get(place..place + 16) {
        let (seconds, micros, captured, original) = (word(header, 0), word(header, 4), word(header, 8) as usize, word(header, 12));
        let Some(data) = file.get(place + 16..place + 16 + captured) else { break };
        let time_ns = i64::from(seconds) * 1_000_000_000 + i64::from(micros) * 1000;
        latest_ns = latest_ns.max(time_ns);
        if let Outcome::Segment(segment) = decoder.decode(link_type, data, original, time_ns) {
            reassembler.segment(&mut bytes, &segment, time_ns, packets, 0);
        }
        packets += 1;
        place += 16 + captured;
    }
    decoder.finish();
    reassembler.finish(&mut bytes, latest_ns);
    let seconds = (cpu_seconds() - start).max(1e-9);
    println!(
        "{packets} packets, {bytes} bytes delivered, {:.2} million packets/s of CPU time, {:.2} Gb/s",
        packets as f64 / seconds / 1e6,
        file.len() as f64 * 8.0 / seconds / 1e9
    );
    if with_counters {
        println!("{:?}\n{:?}", decoder.counters(), reassembler.counters());
    }
}

/// Time that this thread has had on a core, in seconds: other work on the machine does not count (Linux).
fn cpu_seconds() -> f64 {
    let statistics = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    statistics.split(' ').next().and_then(|nanoseconds| nanoseconds.parse::<f64>().ok()).map_or(0.0, |nanoseconds| nanoseconds / 1e9)
}

fn word(bytes: &[u8], place: usize) -> u32 {
    bytes.get(place..place + 4).and_then(|word| word.try_into().ok()).map_or(0, u32::from_le_bytes)
}
