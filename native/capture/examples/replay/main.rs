//! Sends the frames of a capture on an interface, as they are and in their order, from one core (Linux only):
//! `cargo run --release -p tapistry-capture --example replay -- INTERFACE FILE MEGABITS [SECONDS FIRST]`.
//!
//! Once, or, where seconds are named, again and again for so long; each pass has hosts of its own then, by its number, which is `FIRST` at first: its flows
//! are new ones. Prints as JSON what was sent, how long it took, and the number of a next pass.

#[cfg(target_os = "linux")]
mod sender;

use std::error::Error;

#[cfg(target_os = "linux")]
fn main() -> Result<(), Box<dyn Error>> {
    use std::io::Write;
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    let words: Vec<String> = std::env::args().skip(1).collect();
    let [interface, path, megabits, rest @ ..] = words.as_slice() else { return Err("INTERFACE FILE MEGABITS [SECONDS FIRST] are expected".into()) };
    let bits_per_second = megabits.parse::<f64>()? * 1e6;
    let lasting = rest.first().map(|seconds| seconds.parse().map(Duration::from_secs_f64)).transpose()?;
    let mut pass: u16 = rest.get(1).map_or(Ok(0), |first| first.parse())?;
    let mut frames = frames_of(path)?;
    frames.iter_mut().for_each(|frame| move_hosts(frame, pass));
    sender::stay_on_one_core();
    let sender = sender::Sender::on(interface).map_err(|error| format!("{interface}: {error}"))?;
    let (mut packets, mut bytes, started) = (0u64, 0u64, Instant::now());
    let is_over = || lasting.is_some_and(|lasting| started.elapsed() >= lasting);
    loop {
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
        let before = pass;
        pass = pass.wrapping_add(1);
        if lasting.is_none() || is_over() {
            break;
        }
        frames.iter_mut().for_each(|frame| move_hosts(frame, before ^ pass));
    }
    let seconds = started.elapsed().as_secs_f64();
    Ok(writeln!(std::io::stdout(), "{{\"packets\":{packets},\"bytes\":{bytes},\"seconds\":{seconds:.3},\"next\":{pass}}}")?)
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
fn move_hosts(frame: &mut [u8], bits: u16) {
    for at in [27, 31] {
        for (byte, bits) in frame.iter_mut().skip(at).zip(bits.to_be_bytes()) {
            *byte ^= bits;
        }
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> Result<(), Box<dyn Error>> {
    Err("frames are sent by system calls of Linux".into())
}
