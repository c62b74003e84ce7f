//! Packets a second of captures, merged: `cargo run --release -p tapistry-capture --example read -- FILE...`.

use std::io::Write;
use std::time::Instant;

use tapistry_capture::{Merged, Source, expand};

fn main() -> std::io::Result<()> {
    let names: Vec<String> = std::env::args().skip(1).collect();
    let mut out = std::io::stdout().lock();
    for hashed in [false, true] {
        let started = Instant::now();
        let sources = expand(&names).into_iter().map(|path| Source::File { path, resume: None }).collect();
        let mut merged = Merged::new(sources, hashed);
        let (mut packets, mut bytes) = (0u64, 0u64);
        while let Some((_, packet)) = merged.next() {
            packets += 1;
            bytes += packet.data.len() as u64;
        }
        let seconds = started.elapsed().as_secs_f64();
        let (megapackets, gigabytes) = (packets as f64 / seconds / 1e6, bytes as f64 / seconds / 1e9);
        writeln!(out, "hashed {hashed}: {packets} packets, {bytes} bytes, {megapackets:.2} Mpackets/s, {gigabytes:.2} GB/s")?;
        for report in merged.reports() {
            if let Some(problem) = report.problem {
                writeln!(out, "{}: {problem:?}", report.name)?;
            }
        }
    }
    Ok(())
}
