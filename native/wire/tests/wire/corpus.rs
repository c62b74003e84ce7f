//! Every classic pcap file of the shared corpus, where it is present: no panic, and every identity holds.

use std::path::{Path, PathBuf};

use tapistry_wire::ReassemblyLimits;

use crate::script::Session;

#[test]
fn counters_add_up_on_every_capture() {
    let shared = std::env::var_os("TAPISTRY_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let mut files = Vec::new();
    collect(&shared.join("corpus"), &mut files);
    if files.is_empty() {
        println!("skipped: no shared corpus at {}", shared.display());
        return;
    }
    let mut read = 0;
    for path in files {
        let Ok(bytes) = std::fs::read(&path) else { continue };
        read += u64::from(play(&bytes));
    }
    println!("{read} captures");
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// Whether the bytes are a classic pcap file.
fn play(file: &[u8]) -> bool {
    let word = |place: usize, big: bool| {
        let bytes: [u8; 4] = file.get(place..place + 4)?.try_into().ok()?;
        Some(if big { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    };
    let big = match word(0, false) {
        Some(0xa1b2_c3d4 | 0xa1b2_3c4d) => false,
        Some(0xd4c3_b2a1 | 0x4d3c_b2a1) => true,
        _ => return false,
    };
    let mut session = Session::new(ReassemblyLimits::default());
    let mut place = 24;
    while let (Some(link_type), Some(seconds), Some(captured), Some(original)) = (word(20, big), word(place, big), word(place + 8, big), word(place + 12, big))
    {
        let Some(data) = file.get(place + 16..place + 16 + captured as usize) else { break };
        session.capture(link_type, data, original, i64::from(seconds) * 1_000_000_000);
        place += 16 + captured as usize;
    }
    session.finish();
    true
}
