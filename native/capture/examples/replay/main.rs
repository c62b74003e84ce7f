//! Sends the frames of a capture on an interface, as they are and in their order, from one core (Linux only):
//! `cargo run --release -p tapistry-capture --example replay -- INTERFACE FILE MEGABITS [SECONDS]`.
//!
//! Once, or, where seconds are named, again and again for so long; each pass has hosts of its own then, so that its flows are new ones. Prints as JSON what
//! was sent, and how long it took.

#[cfg(target_os = "linux")]
mod sender;

use std::error::Error;

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn Error>> {
    use std::io::Write;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    let words: Vec<String> = std::env::args().skip(1).collect();
    let [interface, path, megabits, rest @ ..] = words.as_slice() else { return Err("INTERFACE FILE MEGABITS [SECONDS] are expected".into()) };
    let bits_per_second = megabits.parse::<f64>()? * 1e6;
    let lasting = rest.first().map(|seconds| seconds.parse().map(Duration::from_secs_f64)).transpose()?;
    let mut frames = frames_of(path)?;
    sender::stay_on_one_core();
    let sender = sender::Sender::on(interface).map_err(|error| format!("{interface}: {error}"))?;
    let (mut packets, mut bytes, started) = (0u64, 0u64, Instant::now());
    let is_over = || lasting.is_some_and(|lasting| started.elapsed() >= lasting);
    for pass in 1u64.. {
        for bunch in frames.chunks(BUNCH) {
            if is_over() {
                break;
            }
            sender.send(bunch)?;
            packets += bunch.len() as u64;
            bytes += bunch.iter().map(|frame| frame.len() as u64).sum::<u64>();
            let due = Duration::from_secs_f64(bytes as f64 * 8.0 / bits_per_second);
            sleep(due.saturating_sub(started.elapsed()));
        }
        if lasting.is_none() || is_over() {
            break;
        }
        let changed = (pass ^ (pass - 1)) as u8;
        frames.iter_mut().for_each(|frame| move_hosts(frame, changed));
    }
    let seconds = started.elapsed().as_secs_f64();
    Ok(writeln!(std::io::stdout(), "{{\"packets\":{packets},\"bytes\":{bytes},\"seconds\":{seconds:.3}}}")?)
}

/// Frames of one system call.
#[cfg(target_os = "linux")]
const BUNCH: usize = 32;

#[cfg(target_os = "linux")]
fn frames_of(path: &str) -> Result<Vec<Vec<u8>>, Box<dyn Error>> {
    use tapistry_capture::{Merged, Source};

    let mut merged = Merged::new(vec![Source::File { path: path.into(), resume: None }], false);
    let mut frames = Vec::new();
    while let Some((_, packet)) = merged.next() {
        frames.push(packet.data.to_vec());
    }
    match merged.reports().into_iter().find_map(|report| report.problem) {
        None => Ok(frames),
        Some(problem) => Err(format!("{path}: {problem:?}").into()),
    }
}

/// Gives both hosts of an untagged IPv4 frame another network, which differs in these bits.
#[cfg(target_os = "linux")]
fn move_hosts(frame: &mut [u8], bits: u8) {
    for at in [27, 31] {
        if let Some(byte) = frame.get_mut(at) {
            *byte ^= bits;
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> Result<(), Box<dyn Error>> {
    Err("frames are sent by system calls of Linux".into())
}
