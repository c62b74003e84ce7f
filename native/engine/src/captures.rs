//! Reads captures as one, merged by time, and hands their segments to one worker or to several by flow.

use crate::codec::Encoder;
use crate::connection::Connection;
use crate::counters::Counters;
use crate::key_files::take_secret;
use crate::outlet::Outlet;
use crate::parcel::{Meta, Parcel};
use crate::settings::{Mode, Settings};
use crate::sieve::Sieve;
use crate::tap::Tap;
use crate::wire_counters::{packet_counters, stream_counters};
use crate::worker::Worker;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use tapistry_capture::{Filter, InputReport, Merged, Source};
use tapistry_wire::{Outcome, PacketDecoder, Reassembler, ReassemblyLimits, Segment, SharedBudget};

/// What reading captures gave beside batches.
pub struct Read {
    /// What became of each source.
    pub reports: Vec<InputReport>,
    /// Counters of packets and streams, what the end of the input added included.
    pub counters: Counters,
    /// Packets of each source that were known before and are not counted again.
    pub muted_packets: Vec<u64>,
    /// Of each source: why packets were left out for which the filter does not compile.
    pub filter_problems: Vec<Option<String>>,
}

/// Reads `sources` to their end. Of each, what lies in its first `known` bytes was counted before: it is read again to rebuild the state
/// of its flows, muted. What is open at the end goes out as the tail of the input that ends last. Packets that `filter` leaves out are counted so,
/// and are as good as not there.
pub fn read_captures(
    sources: Vec<(Source, u64, u32)>,
    (filter, tap): (Option<Filter>, Tap),
    hashed: bool,
    workers: usize,
    settings: &Arc<Settings>,
    outlet: &Outlet,
) -> Read {
    let known: Vec<u64> = sources.iter().map(|source| source.1).collect();
    let inputs: Vec<u32> = sources.iter().map(|source| source.2).collect();
    let mut merged = Merged::new(sources.into_iter().map(|source| source.0).collect(), hashed);
    let mut decoder = PacketDecoder::new(tap.decode_options());
    let mut packets = Metered::default();
    let mut lanes = Lanes::new(workers, settings, outlet);
    let mut sieve = Sieve::new(filter, known.len());
    let mut muted_packets = vec![0; known.len()];
    let mut packet = 0;
    let mut last = (i64::MIN, 0);
    let mut secrets = 0;
    loop {
        take_new_secrets(&merged, &mut secrets, settings);
        let Some((input, record)) = merged.next() else { break };
        let muted = record.end <= known[input];
        muted_packets[input] += u64::from(muted && !record.is_malformed);
        packets.switch(muted, || packet_counters(&decoder));
        if record.is_malformed {
            decoder.malformed();
        } else if sieve.passes(input, &record) {
            last = last.max((record.time_ns, inputs[input]));
            if let Outcome::Segment(segment) = decoder.decode(record.link_type, record.data, record.original_length, record.time_ns) {
                lanes.take(&segment, &Meta { time_ns: record.time_ns, packet, input: inputs[input], muted });
            }
        } else {
            decoder.leave_out();
        }
        packet += 1;
        if packet.is_multiple_of(4096) {
            outlet.read.store(packet, Ordering::Relaxed);
            if !outlet.is_open() {
                break;
            }
        }
    }
    take_new_secrets(&merged, &mut secrets, settings);
    let before = packet_counters(&decoder);
    let mut base = packets.finish(&before);
    decoder.finish();
    let mut tail = Counters::default();
    tail.add_growth(&before, &packet_counters(&decoder));
    let finished = lanes.finish(last.0, last.1);
    base.extend(&finished.base);
    tail.extend(&finished.tail);
    send_counters(&base, None, settings, outlet);
    send_counters(&tail, Some(last.1), settings, outlet);
    base.extend(&tail);
    base.extend(&finished.sent);
    Read { reports: merged.reports(), counters: base, muted_packets, filter_problems: sieve.finish() }
}

/// What can be opened again was asked for its secrets before; a pipe gives them as it goes.
fn take_new_secrets(merged: &Merged, taken: &mut usize, settings: &Settings) {
    if settings.keys.grows() {
        for (kind, bytes) in merged.secrets().skip(*taken) {
            take_secret(*kind, bytes, &settings.keys);
            *taken += 1;
        }
    }
}

fn send_counters(counters: &Counters, tail: Option<u32>, settings: &Settings, outlet: &Outlet) {
    if settings.mode == Mode::Observations {
        let mut encoder = Encoder::default();
        if let Some(input) = tail {
            encoder.tail(input);
        }
        encoder.counters(counters);
        outlet.send(encoder.finish());
    }
}

/// Counts what grows while it is not muted.
#[derive(Default)]
struct Metered {
    counted: Counters,
    since: Counters,
    muted: bool,
}

impl Metered {
    fn switch(&mut self, muted: bool, now: impl FnOnce() -> Counters) {
        if muted == self.muted {
            return;
        }
        self.muted = muted;
        let now = now();
        if muted {
            self.counted.add_growth(&self.since, &now);
        }
        self.since = now;
    }

    fn finish(mut self, now: &Counters) -> Counters {
        if !self.muted {
            self.counted.add_growth(&self.since, now);
        }
        self.counted
    }
}

/// One worker on this thread, or several on their own.
enum Lanes {
    Inline(Box<Inline>),
    Threads(Vec<Lane>),
}

struct Inline {
    reassembler: Reassembler<Connection>,
    metered: Metered,
    worker: Worker,
    outlet: Outlet,
}

struct Lane {
    filling: Parcel,
    full: SyncSender<Job>,
    empty: Receiver<Parcel>,
    thread: JoinHandle<Finished>,
}

enum Job {
    Segments(Parcel),
    Finish(i64, u32),
}

const PARCELS_MAX: usize = 8;

impl Lanes {
    fn new(workers: usize, settings: &Arc<Settings>, outlet: &Outlet) -> Self {
        let budget = SharedBudget::default();
        let inline = || Inline {
            reassembler: Reassembler::new(ReassemblyLimits::default(), budget.clone()),
            metered: Metered::default(),
            worker: Worker::new(settings.clone()),
            outlet: outlet.clone(),
        };
        if workers <= 1 {
            return Lanes::Inline(Box::new(inline()));
        }
        Lanes::Threads((0..workers).map(|_| Lane::start(inline())).collect())
    }

    fn take(&mut self, segment: &Segment<'_>, meta: &Meta) {
        match self {
            Lanes::Inline(inline) => inline.take(segment, meta),
            Lanes::Threads(lanes) => {
                let at = (segment.header.flow_hash() >> 32) as usize % lanes.len();
                lanes[at].take(segment, meta);
            }
        }
    }

    /// Counters of the streams, and of what was open at the end of `input`, which ends last.
    fn finish(self, latest_ns: i64, input: u32) -> Finished {
        match self {
            Lanes::Inline(inline) => inline.finish(latest_ns, input),
            Lanes::Threads(mut lanes) => {
                for lane in &mut lanes {
                    lane.pass_on();
                    // A worker that has gone away has panicked; joining it says so.
                    let _ = lane.full.send(Job::Finish(latest_ns, input));
                }
                let mut all = Finished::default();
                for lane in lanes {
                    match lane.thread.join() {
                        Ok(finished) => all.extend(&finished),
                        Err(panic) => std::panic::resume_unwind(panic),
                    }
                }
                all
            }
        }
    }
}

/// Counters of a lane that has ended.
#[derive(Default)]
struct Finished {
    /// Of reassembly, up to the end of the input.
    base: Counters,
    /// Of reassembly, of what was open then.
    tail: Counters,
    /// Of the worker, which are in batches already.
    sent: Counters,
}

impl Finished {
    fn extend(&mut self, other: &Finished) {
        self.base.extend(&other.base);
        self.tail.extend(&other.tail);
        self.sent.extend(&other.sent);
    }
}

impl Inline {
    fn take(&mut self, segment: &Segment<'_>, meta: &Meta) {
        self.metered.switch(meta.muted, || stream_counters(&self.reassembler));
        self.worker.muted = meta.muted;
        self.reassembler.segment(&mut self.worker, segment, meta.time_ns, meta.packet, meta.input);
        self.outlet.flush_full(&mut self.worker);
    }

    fn finish(mut self, latest_ns: i64, input: u32) -> Finished {
        let before = stream_counters(&self.reassembler);
        let base = std::mem::take(&mut self.metered).finish(&before);
        self.worker.muted = false;
        if self.worker.settings.mode == Mode::Observations {
            self.outlet.flush(&mut self.worker);
        }
        self.reassembler.finish(&mut self.worker, latest_ns);
        self.worker.finish();
        self.outlet.flush_tail(&mut self.worker, input);
        let mut tail = Counters::default();
        tail.add_growth(&before, &stream_counters(&self.reassembler));
        Finished { base, tail, sent: self.worker.totals() }
    }
}

impl Lane {
    fn start(inline: Inline) -> Self {
        let (full, jobs) = sync_channel(PARCELS_MAX);
        let (back, empty) = sync_channel(PARCELS_MAX + 2);
        let thread = std::thread::spawn(move || work(inline, &jobs, &back));
        Lane { filling: Parcel::default(), full, empty, thread }
    }

    fn take(&mut self, segment: &Segment<'_>, meta: &Meta) {
        self.filling.push(segment, meta);
        if self.filling.is_full() {
            self.pass_on();
        }
    }

    fn pass_on(&mut self) {
        let next = self.empty.try_recv().unwrap_or_default();
        let _ = self.full.send(Job::Segments(std::mem::replace(&mut self.filling, next)));
    }
}

fn work(mut inline: Inline, jobs: &Receiver<Job>, back: &SyncSender<Parcel>) -> Finished {
    while let Ok(job) = jobs.recv() {
        match job {
            Job::Segments(mut parcel) => {
                parcel.empty(|segment, meta| inline.take(segment, meta));
                let _ = back.try_send(parcel);
            }
            Job::Finish(latest_ns, input) => return inline.finish(latest_ns, input),
        }
    }
    inline.finish(i64::MIN, 0)
}
