//! Recorded conversations with every oddity that a library for intrusion detection was tested with: they end, and how they are cut does
//! not matter. The recordings are no part of this repository; without them the test says so and passes.

mod recorder;

use std::path::{Path, PathBuf};

use recorder::{Piece, requests, responses};
use tapistry_http::coding::{Coding, Decoder, Limits};
use tapistry_http::h1::{Start, StreamEnd};

/// Fewer messages than these mean that the parser has lost something; they are what it found when it was written.
const REQUESTS_MIN: usize = 170;
const RESPONSES_MIN: usize = 140;

fn folder() -> Option<PathBuf> {
    let shared = std::env::var_os("TAPISTRY_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = shared.join("vectors/htp-streams");
    if !folder.is_dir() {
        eprintln!("skipped: the recorded streams are not there");
        return None;
    }
    Some(folder)
}

fn files(folder: &Path, ending: &str) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|found| found == ending))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

/// The two sides of a recording: blocks after `>>>` (client), `<<<` (server), `><>` and `<><` (gaps of the block's length); the line end
/// before a marker belongs to the marker.
fn sides(recording: &[u8]) -> [Vec<Piece>; 2] {
    let mut sides = [Vec::new(), Vec::new()];
    let mut blocks: Vec<(usize, bool, Vec<u8>)> = Vec::new();
    for line in recording.split_inclusive(|&b| b == b'\n') {
        match line.trim_ascii_end() {
            b">>>" => blocks.push((0, false, Vec::new())),
            b"<<<" => blocks.push((1, false, Vec::new())),
            b"><>" => blocks.push((0, true, Vec::new())),
            b"<><" => blocks.push((1, true, Vec::new())),
            _ => {
                if let Some((.., block)) = blocks.last_mut() {
                    block.extend_from_slice(line);
                }
            }
        }
    }
    let count = blocks.len();
    for (index, (side, is_gap, mut block)) in blocks.into_iter().enumerate() {
        if index + 1 < count {
            for end in [b'\n', b'\r'] {
                if block.last() == Some(&end) {
                    block.pop();
                }
            }
        }
        sides[side].push(if is_gap { Piece::Gap(block.len() as u64) } else { Piece::Bytes(block) });
    }
    sides
}

#[test]
fn recorded_conversations() {
    let Some(folder) = folder() else { return };
    let (mut request_count, mut response_count) = (0, 0);
    let files = files(&folder, "t");
    for (name, recording) in &files {
        let [client, server] = sides(recording);
        let found = requests(&client, usize::MAX, Start::Connection, Some(StreamEnd::Fin));
        request_count += found.requests;
        let answered = responses(&server, usize::MAX, Start::Connection, Some(StreamEnd::Fin), &[]);
        response_count += answered.responses;
        if std::env::var_os("TAPISTRY_PRINT").is_some() {
            eprintln!("{name}\n  {}\n  {}", found.events.join("\n  "), answered.events.join("\n  "));
        }
        for step in [1, 3, 1460] {
            assert_eq!(found.events, requests(&client, step, Start::Connection, Some(StreamEnd::Fin)).events, "{name}");
            assert_eq!(answered.events, responses(&server, step, Start::Connection, Some(StreamEnd::Fin), &[]).events, "{name}");
        }
    }
    eprintln!("{} recordings: {request_count} requests, {response_count} responses", files.len());
    assert!(request_count >= REQUESTS_MIN && response_count >= RESPONSES_MIN);
}

#[test]
fn recorded_gzip_members() {
    let Some(folder) = folder() else { return };
    let files = files(&folder, "gz");
    let mut whole = 0;
    for (name, member) in &files {
        let mut bytes = 0;
        let outcome = Decoder::default().decode(&[Coding::Gzip], member, &Limits::default(), &mut |content| {
            bytes += content.len();
            true
        });
        let weirds: Vec<_> = outcome.weirds.iter().map(|weird| weird.name()).collect();
        eprintln!("{name}: {bytes} bytes, complete {}, {weirds:?}", outcome.complete);
        whole += usize::from(outcome.complete);
    }
    assert!(whole + 1 >= files.len(), "{whole} of {}", files.len());
}
