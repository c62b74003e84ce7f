//! Any bytes as an input of the whole engine, by file: no panic on any thread, and the counters of its summary add up.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::path::PathBuf;
use std::sync::LazyLock;
use tapistry_engine::{Mode, Options, Run};

static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let folder = if memory.is_dir() { memory } else { std::env::temp_dir() };
    folder.join(format!("tapistry-fuzz-{}", std::process::id()))
});

/// The number behind `"name":` in a flat object; 0 where there is none.
fn count(summary: &str, name: &str) -> u64 {
    let key = format!("\"{name}\":");
    let Some(at) = summary.find(&key) else { return 0 };
    let digits: String = summary[at + key.len()..].chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or(0)
}

fuzz_target!(|input: &[u8]| {
    let Some((&how, bytes)) = input.split_first() else { return };
    if std::fs::write(&*FILE, bytes).is_err() {
        return;
    }
    let run = Run::start(Options {
        inputs: vec![FILE.display().to_string()],
        mode: if how & 1 == 0 { Mode::Observations } else { Mode::Exchanges },
        workers: 1 + usize::from(how >> 1 & 1),
        digests: how & 4 != 0,
        hash_key: (how & 8 != 0).then_some([7; 16]),
        ..Options::default()
    });
    loop {
        match run.next() {
            Ok(Some(batch)) => assert!(!batch.is_empty()),
            Ok(None) => break,
            Err(error) => panic!("{error:?}"),
        }
    }
    let (summary, report) = (run.summary(), run.report());
    assert!(report.starts_with('[') || report.starts_with('{'), "{report}");
    let outcomes = ["decoded", "duplicate", "notIp", "notTcp", "fragmentIncomplete", "truncatedRecord", "unknownLinkType", "malformed", "filtered"];
    let sum: u64 = outcomes.iter().map(|name| count(&summary, &format!("packets.{name}"))).sum();
    assert_eq!(count(&summary, "packets.read"), sum, "{summary}");
    let bytes = ["deliveredBytes", "retransmittedBytes", "shedBytes"];
    let sum: u64 = bytes.iter().map(|name| count(&summary, &format!("tcp.{name}"))).sum();
    assert_eq!(count(&summary, "tcp.payloadBytes"), sum, "{summary}");
    assert_eq!(count(&summary, "logs.lines"), count(&summary, "logs.exchanges") + count(&summary, "logs.rejected"), "{summary}");
});
