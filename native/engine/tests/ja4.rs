//! JA4 of the clients in its published captures, as far as these are there; without them the test says so and passes.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use tapistry_capture::{Content, input};
use tapistry_tls::{Facts, Keys, Session, Sink, is_client_start};
use tapistry_wire::stream::{Application, At, Direction, End, FlowInfo};
use tapistry_wire::{DecodeOptions, Outcome, PacketDecoder, Reassembler, ReassemblyLimits, SharedBudget};

/// Ports of client and server, and the fingerprint.
type Row = (u16, u16, String);

#[test]
fn the_published_fingerprints_come_out() {
    let shared = std::env::var_os("TAPISTRY_SHARED").map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let Ok(entries) = std::fs::read_dir(shared.join("vectors/ja4/rust/ja4/src/snapshots")) else { return eprintln!("skipped: no vectors") };
    let captures = captures(&shared.join("corpus"));
    let (mut compared, mut absent) = (0, Vec::new());
    for path in entries.map(|entry| entry.unwrap().path()) {
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let name = file.trim_start_matches("ja4__insta@").trim_end_matches(".snap").to_owned();
        let expected = rows(&std::fs::read_to_string(&path).unwrap());
        if expected.is_empty() {
            continue;
        }
        let Some(capture) = captures.iter().find(|capture| capture.to_string_lossy().ends_with(&format!("__{name}"))) else {
            absent.push(name);
            continue;
        };
        let found = fingerprints(capture);
        // A capture of the same name may be another one.
        if !expected.iter().any(|row| found.iter().any(|other| (row.0, row.1) == (other.0, other.1))) {
            absent.push(name);
            continue;
        }
        for row in expected {
            assert!(found.contains(&row), "{name}: {row:?} is not in {found:?}");
            compared += 1;
        }
    }
    eprintln!("{compared} fingerprints are as published; skipped, since their captures are not there: {}", absent.join(", "));
}

fn captures(folder: &Path) -> Vec<PathBuf> {
    let kinds = std::fs::read_dir(folder).into_iter().flatten().flatten();
    kinds.flat_map(|kind| std::fs::read_dir(kind.path()).into_iter().flatten().flatten()).map(|entry| entry.path()).collect()
}

/// Of TCP alone: fingerprints of QUIC begin with `q`.
fn rows(text: &str) -> Vec<Row> {
    let mut rows = Vec::new();
    for stream in text.split("- stream: ").skip(1) {
        let field = |name: &str| stream.lines().find_map(|line| line.trim().strip_prefix(name)).map(str::trim);
        if let (Some(from), Some(to), Some(ja4)) = (field("src_port:"), field("dst_port:"), field("ja4:"))
            && ja4.starts_with('t')
        {
            rows.push((from.parse().unwrap(), to.parse().unwrap(), ja4.to_owned()));
        }
    }
    rows
}

fn fingerprints(path: &Path) -> BTreeSet<Row> {
    let Content::Capture(mut reader) = input::open(path).unwrap().content else { return BTreeSet::new() };
    let mut decoder = PacketDecoder::new(DecodeOptions::default());
    let mut reassembler = Reassembler::<Flow>::new(ReassemblyLimits::default(), SharedBudget::default());
    let (mut found, mut number) = (BTreeSet::new(), 0);
    while let Ok(Some(packet)) = reader.next() {
        if let Outcome::Segment(segment) = decoder.decode(packet.link_type, packet.data, packet.original_length, packet.time_ns) {
            reassembler.segment(&mut found, &segment, packet.time_ns, number, 0);
        }
        number += 1;
    }
    reassembler.finish(&mut found, i64::MAX);
    found
}

struct Flow {
    info: FlowInfo,
    session: Session,
    client: Option<Direction>,
}

struct Nothing;

impl Sink for Nothing {
    fn begin(&mut self, _facts: &Facts) {}
    fn data(&mut self, _side: usize, _bytes: &[u8], _at: &At) {}
    fn gap(&mut self, _side: usize, _length: u64, _at: &At) {}
}

impl Application for Flow {
    type Shared = BTreeSet<Row>;

    fn open(_shared: &mut Self::Shared, flow: &FlowInfo) -> Self {
        Flow { info: flow.clone(), session: Session::default(), client: None }
    }

    fn data(&mut self, _shared: &mut Self::Shared, direction: Direction, bytes: &[u8], at: &At) {
        if self.client.is_none() && is_client_start(bytes) != tapistry_tls::Probe::No {
            self.client = Some(direction);
        }
        if let Some(client) = self.client {
            self.session.data(usize::from(client != direction), bytes, at, &Keys::default(), &mut Nothing);
        }
    }

    fn gap(&mut self, _shared: &mut Self::Shared, _direction: Direction, _length: u64, _at: &At) {}

    fn end(&mut self, _shared: &mut Self::Shared, _direction: Direction, _how: End, _at: &At) {}

    fn close(self, shared: &mut Self::Shared, _how: End) {
        if let (Some(client), Some(ja4)) = (self.client, &self.session.facts().ja4) {
            let [from, to] = [client, client.reverse()].map(|direction| self.info.endpoints[direction.index()].1);
            shared.insert((from, to, ja4.clone()));
        }
    }
}
