//! A run: reads inputs on a thread of its own and gives batches to whoever pulls.

use crate::captures::read_captures;
use crate::codec::Encoder;
use crate::counters::Counters;
use crate::hex;
use crate::key_files::{read_capture_secrets, read_key_files};
use crate::line::string;
use crate::options::{Options, Position};
use crate::outlet::Outlet;
use crate::pipe;
use crate::report::{InputReport, write_reports};
use crate::settings::{Mode, Settings};
use crate::texts::{Reading, TextInput};
use std::any::Any;
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;
use tapistry_capture::{Content, Filter, FilterError, Source, copies, expand, input, longest_known, prefix_digest, watched};

/// Batches that wait to be pulled; then reading waits.
const BATCHES_MAX: usize = 4;

/// How often a waiting reader looks whether the run was stopped.
const STOP_LOOKED_AT: Duration = Duration::from_millis(100);

/// A run that goes on until its inputs end or it is stopped.
#[derive(Debug)]
pub struct Run {
    batches: Mutex<Receiver<Vec<u8>>>,
    stopped: Arc<AtomicBool>,
    read: Arc<AtomicU64>,
    thread: Mutex<Option<JoinHandle<Result<(), FilterError>>>>,
    outcome: Arc<Mutex<Outcome>>,
}

/// Why a run gives no batch.
#[derive(Debug)]
pub enum RunError {
    /// The packet filter is wrong, or there is nothing to compile it with; no input was read.
    Filter(FilterError),
    /// The reading thread panicked: what it said.
    Defect(String),
}

impl RunError {
    /// Of what a thread that panicked left.
    pub(crate) fn defect(panic: &(dyn Any + Send)) -> Self {
        let text = panic.downcast_ref::<String>().cloned().or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        RunError::Defect(text.unwrap_or_else(|| "the engine stopped without saying why".to_owned()))
    }
}

#[derive(Debug, Default)]
struct Outcome {
    inputs: Vec<InputReport>,
    counters: Counters,
}

impl Run {
    /// Starts reading.
    pub fn start(options: Options) -> Self {
        let (sender, batches) = sync_channel(BATCHES_MAX);
        let outlet = Outlet::new(sender);
        let outcome = Arc::<Mutex<Outcome>>::default();
        let (stopped, read, done) = (outlet.stopped.clone(), outlet.read.clone(), outcome.clone());
        let thread = std::thread::spawn(move || {
            // Not before the thread: a name in the expression may wait for an answer of the network.
            let filter = options.filter.as_deref().map(Filter::new).transpose()?;
            let result = drive(&options, filter, &outlet);
            *done.lock().unwrap_or_else(PoisonError::into_inner) = result;
            Ok(())
        });
        Run { batches: Mutex::new(batches), stopped, read, thread: Mutex::new(Some(thread)), outcome }
    }

    /// The next batch, waited for; none at the end.
    pub fn next(&self) -> Result<Option<Vec<u8>>, RunError> {
        loop {
            match self.batches.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(STOP_LOOKED_AT) {
                Ok(batch) => return Ok(Some(batch)),
                // A stopped run may be waiting for input that never comes: nobody waits for it.
                Err(RecvTimeoutError::Timeout) if self.stopped.load(Ordering::Relaxed) => return Ok(None),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        match thread.map(JoinHandle::join) {
            Some(Err(panic)) => Err(RunError::defect(&*panic)),
            Some(Ok(Err(error))) => Err(RunError::Filter(error)),
            Some(Ok(Ok(()))) | None => Ok(None),
        }
    }

    /// What became of the inputs, as JSON; whole after the last batch.
    pub fn report(&self) -> String {
        write_reports(&self.outcome.lock().unwrap_or_else(PoisonError::into_inner).inputs)
    }

    /// Every counter of the engine, as JSON; whole after the last batch.
    pub fn summary(&self) -> String {
        let outcome = self.outcome.lock().unwrap_or_else(PoisonError::into_inner);
        let mut out = b"{".to_vec();
        for (at, (name, count)) in outcome.counters.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            string(name, &mut out);
            out.extend_from_slice(format!(":{count}").as_bytes());
        }
        out.push(b'}');
        String::from_utf8(out).unwrap_or_default()
    }

    /// Packets or lines read so far.
    pub fn progress(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Ends the run early; batches still come until it has stopped.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }
}

fn drive(options: &Options, filter: Option<Filter>, outlet: &Outlet) -> Outcome {
    let settings = Arc::new(Settings::new(&Options { keys_grow: options.keys_grow || has_pipe(options), ..options.clone() }));
    let mut counters = read_key_files(&options.keys, &settings.keys);
    let hashed = options.hash_key.is_some();
    let mut inputs: Vec<InputReport> = Vec::new();
    let mut captures = Vec::new();
    let mut texts = Vec::new();
    let mut pipes = Vec::new();
    let known = known_positions(&options.resume);
    let paths = expand(&options.inputs);
    // Whoever asks for lines asks for those of each.
    let copies = if options.mode == Mode::Observations && paths.len() > 1 { copies(&paths) } else { vec![None; paths.len()] };
    for (path, copy) in paths.iter().zip(copies) {
        let name = path.display().to_string();
        let at = inputs.len();
        let mut report = InputReport { name: name.clone(), ..InputReport::default() };
        if let Some(copy) = copy {
            report.counts_as = Some(paths[copy].display().to_string());
            inputs.push(report);
            continue;
        }
        let opened = match pipe::open(path) {
            Some(source) if hashed => input::from_pipe(&name, source, &known).map(|(input, beginning)| {
                pipes.push((at, beginning));
                input
            }),
            Some(source) => input::from_reader(&name, source),
            None => input::open(path),
        };
        let can_reopen = opened.as_ref().is_ok_and(|input| input.can_reopen);
        match opened.map(|input| input.content) {
            Ok(Content::Capture(reader)) => {
                report.kind = "capture";
                captures.push((at, path.clone(), can_reopen, reader));
            }
            Ok(Content::Text(reader)) => {
                report.kind = "text";
                // A file is opened again in its turn, so that a folder of logs holds one open at a time.
                texts.push((at, (!can_reopen).then_some(reader), path.clone()));
            }
            Err(error) => report.problem = Some((error.code.name().into(), error.to_string())),
        }
        inputs.push(report);
    }
    let workers = if options.mode == Mode::Exchanges { 1 } else { options.workers };
    if !captures.is_empty() {
        let mut sources = Vec::new();
        for (at, path, can_reopen, reader) in captures {
            let known_bytes = if can_reopen { known_bytes(&path, &known, &mut inputs[at]) } else { 0 };
            if can_reopen {
                read_capture_secrets(&path, &settings.keys);
            }
            sources.push((capture_source(path, can_reopen, reader), known_bytes, at as u32));
        }
        let indexes: Vec<u32> = sources.iter().map(|source| source.2).collect();
        let read = read_captures(sources, (filter, options.tap), hashed, workers, &settings, outlet);
        for (report, filter_problem) in read.reports.into_iter().zip(read.filter_problems) {
            let input = &mut inputs[indexes[report.index] as usize];
            fill(input, &report);
            input.problem = input.problem.take().or(filter_problem.map(|message| ("FILTER".into(), message)));
            input.packets -= read.muted_packets[report.index].min(input.packets);
        }
        counters.extend(&read.counters);
    }
    if !texts.is_empty() {
        read_texts(texts, &known, options, &settings, outlet, &mut inputs, &mut counters);
    }
    for (at, beginning) in pipes {
        pipe::finish(&beginning, &mut inputs[at]);
    }
    if settings.bodies.refused() > 0 {
        let mut limits = Counters::default();
        limits.add("limits.lawLost", 1);
        limits.add("limits.bodiesRefused", settings.bodies.refused());
        if options.mode == Mode::Observations {
            let mut encoder = Encoder::default();
            encoder.counters(&limits);
            outlet.send(encoder.finish());
        }
        counters.extend(&limits);
    }
    Outcome { inputs, counters }
}

/// Whether an input cannot be asked for its secrets before its packets are read.
fn has_pipe(options: &Options) -> bool {
    options.inputs.iter().any(|input| input == "-" || Path::new(input).metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()))
}

/// A pipe is read on as it was opened; a file is opened again when its turn comes.
fn capture_source(path: PathBuf, can_reopen: bool, reader: tapistry_capture::CaptureReader) -> Source {
    if can_reopen { Source::File { path, resume: None } } else { Source::Open { name: path.display().to_string(), reader: Box::new(reader) } }
}

type Known = Vec<(u64, [u8; 32])>;

fn known_positions(resume: &[Position]) -> Known {
    resume.iter().filter_map(|position| Some((position.bytes, hex::decode32(&position.digest)?))).collect()
}

/// How much of an input was counted before; marks it so.
fn known_bytes(path: &Path, known: &Known, report: &mut InputReport) -> u64 {
    if known.is_empty() {
        return 0;
    }
    // A file that cannot be read says so when it is its turn.
    let beginning = longest_known(path, known).ok().flatten();
    report.resumed = beginning.as_ref().map(|beginning| Position { digest: hex::encode(&beginning.digest()), bytes: beginning.bytes() });
    beginning.map_or(0, |beginning| beginning.bytes())
}

type Text = (usize, Option<Box<dyn BufRead + Send>>, PathBuf);

fn read_texts(
    texts: Vec<Text>,
    known: &Known,
    options: &Options,
    settings: &Arc<Settings>,
    outlet: &Outlet,
    inputs: &mut [InputReport],
    counters: &mut Counters,
) {
    let mut reading = Reading::new(settings.clone());
    for (at, reader, path) in texts {
        let report = &mut inputs[at];
        let can_reopen = reader.is_none();
        let known_bytes = if can_reopen { known_bytes(&path, known, report) } else { 0 };
        let reader = match reader {
            Some(reader) => reader,
            None => match input::open(&path).map(|input| input.content) {
                Ok(Content::Text(reader)) => reader,
                Ok(Content::Capture(_)) => continue,
                Err(error) => {
                    report.problem = Some((error.code.name().into(), error.to_string()));
                    continue;
                }
            },
        };
        let (reader, beginning) = if options.hash_key.is_some() && can_reopen {
            let (reader, beginning) = watched(reader);
            (reader, Some(beginning))
        } else {
            (reader, None)
        };
        let file = path.file_name().map_or_else(|| "-".into(), |name| name.to_string_lossy().into_owned());
        let unknown = options.host.clone().unwrap_or_else(|| format!("unknown ({file})"));
        reading.read(TextInput { source: reader, named: options.input_format.clone(), unknown: &unknown, known_bytes, input: at as u32 }, outlet, report);
        // What was read before the damage is known too; a beginning without a byte is that of any file.
        if let Some(beginning) = beginning.filter(|_| report.bytes > 0) {
            let digest = beginning.digest(report.bytes).or_else(|| prefix_digest(&path, report.bytes).ok().flatten());
            report.position = digest.map(|digest| Position { digest: hex::encode(&digest), bytes: report.bytes });
        }
    }
    reading.worker.finish();
    outlet.flush(&mut reading.worker);
    counters.extend(&reading.worker.totals());
}

fn fill(input: &mut InputReport, report: &tapistry_capture::InputReport) {
    input.bytes = report.position;
    input.packets = report.counters.packets;
    input.problem = report.problem.as_ref().map(|problem| match problem {
        tapistry_capture::merge::InputProblem::Unusable(error) => (error.code.name().to_owned(), error.to_string()),
        tapistry_capture::merge::InputProblem::Stopped(problem) => (problem.code.name().to_owned(), problem.to_string()),
    });
    (input.malformed, input.malformed_at) = (report.counters.malformed_packets, report.malformed_at);
    if input.problem.is_none() && input.packets == 0 && input.malformed > 0 {
        let message = format!("holds no packet that can be read: {} of them make no sense", input.malformed);
        input.problem = Some(("INPUT_MALFORMED".into(), message));
    }
    input.cut_at = match report.end {
        tapistry_capture::End::Cut { offset } => Some(offset),
        _ => None,
    };
    input.position = report.digest.map(|digest| Position { digest: hex::encode(&digest), bytes: report.position });
}
