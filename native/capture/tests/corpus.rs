//! Captures recorded by other people: every one ends, with as many packets as its index says.

use std::path::PathBuf;

use tapistry_capture::{End, Merged, Source};

fn corpus() -> Option<PathBuf> {
    let shared = std::env::var_os("TAPISTRY_SHARED").map(PathBuf::from);
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    [shared, Some(beside)].into_iter().flatten().map(|folder| folder.join("corpus")).find(|folder| folder.join("INDEX.tsv").is_file())
}

#[test]
#[allow(clippy::print_stdout, reason = "a skip and a difference are shown")]
fn every_capture_ends_with_its_packets() {
    let Some(corpus) = corpus() else {
        println!("skipped: no shared corpus beside the project, and TAPISTRY_SHARED is not set");
        return;
    };
    let index = std::fs::read_to_string(corpus.join("INDEX.tsv")).unwrap();
    let (mut files, mut equal, mut differences) = (0, 0, Vec::new());
    for row in index.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        let path = corpus.join(cells[0]);
        let expected: u64 = cells[6].parse().unwrap_or(0);
        let mut merged = Merged::new(vec![Source::File { path, resume: None }], false);
        let mut packets = 0u64;
        let mut malformed = 0u64;
        while let Some((_, packet)) = merged.next() {
            packets += u64::from(!packet.is_malformed);
            malformed += u64::from(packet.is_malformed);
        }
        let report = merged.reports().remove(0);
        assert_eq!((packets, malformed), (report.counters.packets, report.counters.malformed_packets));
        assert!(report.end != End::Open || report.problem.is_some(), "{}", cells[0]);
        files += 1;
        if packets == expected {
            equal += 1;
        } else {
            differences.push(format!("{} {}: index {expected}, read {packets}, {:?} {:?}", cells[0], cells[4], report.end, report.problem.map(|_| ())));
        }
    }
    println!("{files} captures, {equal} equal, {} differ", differences.len());
    let unexplained: Vec<&String> = differences.iter().filter(|difference| !DIFFERENCES.iter().any(|(id, _)| difference.contains(id))).collect();
    assert!(unexplained.is_empty(), "{unexplained:#?}");
}

/// First digits of the hash, and why what is read is not what the index says.
const DIFFERENCES: &[(&str, &str)] = &[
    ("429b1c93", "the index stops at a section of version 2; sections after it are read"),
    ("7e4c10e8", "the same in the other byte order"),
    ("00fef6d3", "an empty record of an unknown link type; the index stops before it"),
    ("7cfeb052", "Windows Sniffer, refused by name"),
];
