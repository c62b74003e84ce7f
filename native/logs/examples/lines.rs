//! Lines a second of a log file: `cargo run --release -p tapistry-logs --example lines -- FILE [ROUNDS]`.

use std::fs::File;
use std::io::{BufReader, Write};
use std::time::Instant;

use tapistry_logs::{Line, LineReader, Scratch, parse_line, sniff};

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let rounds = arguments.get(1).and_then(|rounds| rounds.parse().ok()).unwrap_or(3);
    let mut out = std::io::stdout().lock();
    if let Some(path) = arguments.first() {
        for _ in 0..rounds {
            let started = Instant::now();
            let mut lines = LineReader::new(Box::new(BufReader::new(File::open(path)?)));
            let Some(format) = sniff(lines.sample()?) else { return writeln!(out, "{path}: no known format") };
            let mut scratch = Scratch::default();
            let (mut taken, mut rejected, mut bytes) = (0u64, 0u64, 0u64);
            while let Some(line) = lines.next()? {
                let (Line::Whole(line) | Line::Last(line)) = line else {
                    rejected += 1;
                    continue;
                };
                bytes += line.len() as u64;
                match parse_line(format, line, &mut scratch) {
                    Ok(record) => {
                        taken += u64::from(!record.path.is_empty());
                        scratch.recycle(record);
                    }
                    Err(_) => rejected += 1,
                }
            }
            let seconds = started.elapsed().as_secs_f64();
            let (rate, megabytes) = (taken as f64 / seconds, bytes as f64 / seconds / 1e6);
            writeln!(out, "{}: {taken} lines, {rejected} rejected, {rate:.0} lines/s, {megabytes:.0} MB/s", format.name())?;
        }
    }
    Ok(())
}
