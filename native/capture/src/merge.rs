//! Several captures read as one, merged by time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::block::BLOCK_BYTES;
use crate::counters::Counters;
use crate::fault::{InputError, InputErrorCode, ReadProblem};
use crate::input::{self, Content, Options};
use crate::prefix;
use crate::reader::{CaptureReader, End, Packet};

/// What all open inputs may weigh: a plain or gzip one 1, a zstd one 16, since it holds a window of megabytes.
const OPEN_WEIGHT_MAX: u32 = 256;
/// Bytes of all blocks together where many inputs are open.
const BLOCKS_BYTES: usize = 16 << 20;
/// Decompressed bytes by which inputs that start at the same time are put in order.
const ORDER_BYTES: usize = 64 << 10;

/// One input to merge.
pub enum Source {
    /// A file, opened when it is due.
    File {
        /// Where it is.
        path: PathBuf,
        /// What was read of it before.
        resume: Option<Resume>,
    },
    /// An input that cannot be opened twice, such as standard input.
    Open {
        /// How to name it.
        name: String,
        /// Its packets.
        reader: Box<CaptureReader>,
    },
}

/// What was read of a file before: packets up to there are passed over, where its bytes are still the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resume {
    /// As `InputReport::position`.
    pub position: u64,
    /// As `InputReport::digest`.
    pub digest: [u8; 32],
}

/// What kept an input from being read to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputProblem {
    /// It could not be used at all.
    Unusable(InputError),
    /// It was read up to a damage.
    Stopped(ReadProblem),
}

/// What became of one input.
#[derive(Clone, Debug)]
pub struct InputReport {
    /// Its place in the list of sources.
    pub index: usize,
    /// Path, or `-`.
    pub name: String,
    /// What was seen in it; packets passed over by `Resume` are not counted.
    pub counters: Counters,
    /// How it ended.
    pub end: End,
    /// Decompressed bytes up to the end of its last whole record.
    pub position: u64,
    /// SHA-256 of these bytes, where it was asked for.
    pub digest: Option<[u8; 32]>,
    /// Whether `Resume` fitted and the old part was passed over.
    pub resumed: bool,
    /// Where the first packet lies that makes no sense.
    pub malformed_at: Option<u64>,
    /// Why it was not read to its end, if so.
    pub problem: Option<InputProblem>,
}

/// Reads several captures as one. The order of packets depends on what the inputs hold, not on the order they are named in:
/// by time, then by the input that starts first, then by a hash of its first bytes.
pub struct Merged {
    lanes: Vec<Lane>,
    /// The head of each lane that has one: time, rank, lane.
    heads: BinaryHeap<Reverse<(i64, u32, usize)>>,
    /// The lane whose head was returned and must step before anything else happens.
    returned: Option<usize>,
    open_weight: u32,
}

struct Lane {
    name: String,
    path: Option<PathBuf>,
    reader: Option<Box<CaptureReader>>,
    is_open: bool,
    weight: u32,
    rank: u32,
    resumed: bool,
    report: Option<InputReport>,
}

impl Merged {
    /// Looks at the start of every input; those that cannot be used are in `reports`, and the others go on. `hashed` keeps digests.
    pub fn new(sources: Vec<Source>, hashed: bool) -> Self {
        let block_bytes = BLOCK_BYTES.min(BLOCKS_BYTES / sources.len().clamp(1, OPEN_WEIGHT_MAX as usize));
        let mut merged = Self { lanes: Vec::new(), heads: BinaryHeap::new(), returned: None, open_weight: 0 };
        let mut starts = Vec::new();
        for source in sources {
            starts.extend(merged.add(source, Options { hashed, block_bytes }));
        }
        starts.sort_by(|a, b| (a.0, &a.1, &merged.lanes[a.2].name).cmp(&(b.0, &b.1, &merged.lanes[b.2].name)));
        for (rank, (time_ns, _, lane)) in starts.into_iter().enumerate() {
            merged.lanes[lane].rank = rank as u32;
            merged.heads.push(Reverse((time_ns, rank as u32, lane)));
        }
        merged
    }

    /// The next packet of all, with the place of its input in the list of sources; none when all have ended.
    #[allow(clippy::should_implement_trait, reason = "a packet borrows from its input's block")]
    pub fn next(&mut self) -> Option<(usize, Packet<'_>)> {
        if let Some(lane) = self.returned.take() {
            self.step(lane);
        }
        let lane = match self.returned {
            Some(lane) => lane,
            None => self.due()?,
        };
        self.returned = Some(lane);
        let packet = self.lanes[lane].reader.as_ref()?.current();
        Some((lane, packet))
    }

    /// What became of each input so far, in the order of the sources; final after `next` has returned none.
    pub fn reports(&self) -> Vec<InputReport> {
        self.lanes.iter().enumerate().map(|(index, lane)| lane.report(index)).collect()
    }

    /// Decryption secrets of all inputs so far that are still held.
    pub fn secrets(&self) -> impl Iterator<Item = &(u32, Vec<u8>)> {
        self.lanes.iter().filter_map(|lane| lane.reader.as_ref()).flat_map(|reader| reader.secrets())
    }

    /// Takes an input in; returns time of the first packet, hash of the start, and lane where it has a packet.
    fn add(&mut self, source: Source, options: Options) -> Option<(i64, [u8; 32], usize)> {
        let lane = self.lanes.len();
        let (name, opened) = match source {
            Source::File { path, resume } => (path.display().to_string(), open(&path, resume, options)),
            Source::Open { name, reader } => (name, Ok(Opened { reader, path: None, resumed: false, weight: 1 })),
        };
        self.lanes.push(Lane { name, path: None, reader: None, is_open: true, weight: 0, rank: 0, resumed: false, report: None });
        let mut opened = match opened {
            Ok(opened) => opened,
            Err(problem) => {
                self.close(lane, Some(problem));
                return None;
            }
        };
        // A pipe may be live: nothing is waited for but its first packet.
        let order = if opened.path.is_some() { opened.reader.order_digest() } else { [0; 32] };
        let first = opened.reader.advance();
        let time_ns = opened.reader.current().time_ns;
        self.lanes[lane].reader = Some(opened.reader);
        self.lanes[lane].path = opened.path;
        self.lanes[lane].weight = opened.weight;
        self.lanes[lane].resumed = opened.resumed;
        self.open_weight += opened.weight;
        match first {
            Ok(true) => {
                if self.open_weight > OPEN_WEIGHT_MAX {
                    self.suspend(lane);
                }
                Some((time_ns, order, lane))
            }
            Ok(false) => {
                self.close(lane, None);
                None
            }
            Err(problem) => {
                self.close(lane, Some(InputProblem::Stopped(problem)));
                None
            }
        }
    }

    /// Steps the lane. Where its next packet is still the first of all it stays `returned`, and the heap is left alone.
    #[inline]
    fn step(&mut self, lane: usize) {
        let Some(reader) = self.lanes[lane].reader.as_mut() else { return };
        match reader.advance() {
            Ok(true) => {
                let head = (reader.current().time_ns, self.lanes[lane].rank, lane);
                match self.heads.peek() {
                    Some(Reverse(first)) if *first < head => self.heads.push(Reverse(head)),
                    _ => self.returned = Some(lane),
                }
            }
            Ok(false) => self.close(lane, None),
            Err(problem) => self.close(lane, Some(InputProblem::Stopped(problem))),
        }
    }

    /// Takes the first head, opening its file again where it was closed.
    fn due(&mut self) -> Option<usize> {
        loop {
            let Reverse((_, _, lane)) = self.heads.pop()?;
            if self.lanes[lane].is_open {
                return Some(lane);
            }
            match self.reopen(lane) {
                Ok(()) => return Some(lane),
                Err(problem) => self.close(lane, Some(problem)),
            }
        }
    }

    fn reopen(&mut self, lane: usize) -> Result<(), InputProblem> {
        let weight = self.lanes[lane].weight;
        while self.open_weight + weight > OPEN_WEIGHT_MAX {
            // The one whose next packet is farthest away waits longest.
            let open = |&&Reverse((_, _, other)): &&Reverse<(i64, u32, usize)>| self.lanes[other].is_open && self.lanes[other].path.is_some();
            let Some(&Reverse((_, _, last))) = self.heads.iter().filter(open).min() else { break };
            self.suspend(last);
        }
        let lane = &mut self.lanes[lane];
        let (Some(path), Some(reader)) = (&lane.path, lane.reader.as_mut()) else { return Ok(()) };
        let source = input::decompressed_from(path, reader.position()).map_err(InputProblem::Unusable)?;
        lane.is_open = true;
        self.open_weight += lane.weight;
        match reader.resume(source) {
            Ok(true) => Ok(()),
            Ok(false) => Err(InputProblem::Stopped(ReadProblem::malformed(reader.position(), "the file changed while it was read"))),
            Err(problem) => Err(InputProblem::Stopped(problem)),
        }
    }

    fn suspend(&mut self, lane: usize) {
        let lane = &mut self.lanes[lane];
        if let (Some(reader), Some(_), true) = (lane.reader.as_mut(), &lane.path, lane.is_open) {
            reader.suspend();
            lane.is_open = false;
            self.open_weight -= lane.weight;
        }
    }

    /// Writes the lane's report; its file and its block are given back, its secrets kept.
    fn close(&mut self, index: usize, problem: Option<InputProblem>) {
        let lane = &mut self.lanes[index];
        let mut report = lane.report(index);
        report.problem = problem;
        lane.report = Some(report);
        if let Some(reader) = lane.reader.as_mut() {
            reader.release();
        }
        if std::mem::take(&mut lane.is_open) {
            self.open_weight -= lane.weight;
        }
    }
}

impl Lane {
    fn report(&self, index: usize) -> InputReport {
        if let Some(report) = &self.report {
            return report.clone();
        }
        let reader = self.reader.as_ref();
        InputReport {
            index,
            name: self.name.clone(),
            counters: reader.map(|reader| *reader.counters()).unwrap_or_default(),
            end: reader.map_or(End::Open, |reader| reader.end()),
            position: reader.map_or(0, |reader| reader.position()),
            digest: reader.and_then(|reader| reader.digest()),
            resumed: self.resumed,
            malformed_at: reader.and_then(|reader| reader.malformed_at()),
            problem: None,
        }
    }
}

struct Opened {
    reader: Box<CaptureReader>,
    /// Where to open it again; none for what can be read only once.
    path: Option<PathBuf>,
    resumed: bool,
    weight: u32,
}

fn open(path: &Path, resume: Option<Resume>, options: Options) -> Result<Opened, InputProblem> {
    let name = path.display().to_string();
    let opened = input::open_with(path, options).map_err(InputProblem::Unusable)?;
    let weight = if opened.wrappers.contains(&"zstd") { 16 } else { 1 };
    let can_reopen = opened.can_reopen;
    let Content::Capture(reader) = opened.content else {
        return Err(InputProblem::Unusable(InputError::new(InputErrorCode::Unsupported, &name, "is text, not a capture; name it as a log")));
    };
    let mut reader = Box::new(reader);
    let mut resumed = false;
    if let Some(resume) = resume.filter(|_| can_reopen) {
        let same = prefix::prefix_digest(path, resume.position).map_err(InputProblem::Unusable)?;
        if same == Some(resume.digest) {
            reader.skip_to(resume.position).map_err(InputProblem::Stopped)?;
            resumed = true;
        }
    }
    Ok(Opened { reader, path: can_reopen.then(|| path.to_owned()), resumed, weight })
}

impl CaptureReader {
    /// Hash of the bytes at hand, up to `ORDER_BYTES`; a tie-breaker that depends on the content alone.
    fn order_digest(&mut self) -> [u8; 32] {
        // A problem shows again at the first packet.
        let _ = self.blocks.ensure(ORDER_BYTES);
        let window = self.blocks.window();
        Sha256::digest(&window[..window.len().min(ORDER_BYTES)]).into()
    }
}
