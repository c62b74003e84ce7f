//! Reads captures as one, merged by time, and hands their segments to one worker or to several by flow.

use crate::connection::Connection;
use crate::counters::Counters;
use crate::outlet::Outlet;
use crate::settings::Settings;
use crate::worker::Worker;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use tapistry_capture::{InputReport, Merged, Source};
use tapistry_wire::{DecodeOptions, Outcome, PacketDecoder, Reassembler, ReassemblyLimits, Segment, SegmentHeader, SharedBudget};

/// Reads `sources` to their end. Returns what became of each, with the counters of packets and streams.
pub fn read_captures(sources: Vec<Source>, hashed: bool, workers: usize, settings: &Arc<Settings>, outlet: &Outlet) -> (Vec<InputReport>, Counters) {
    let mut merged = Merged::new(sources, hashed);
    let mut decoder = PacketDecoder::new(DecodeOptions::default());
    let mut lanes = Lanes::new(workers, settings, outlet);
    let mut packet = 0;
    let mut latest_ns = i64::MIN;
    while let Some((input, record)) = merged.next() {
        latest_ns = latest_ns.max(record.time_ns);
        if let Outcome::Segment(segment) = decoder.decode(record.link_type, record.data, record.original_length, record.time_ns) {
            lanes.take(&segment, &Meta { time_ns: record.time_ns, packet, input: input as u32 });
        }
        packet += 1;
        if packet.is_multiple_of(4096) {
            outlet.read.store(packet, Ordering::Relaxed);
            if !outlet.is_open() {
                break;
            }
        }
    }
    decoder.finish();
    let mut counters = lanes.finish(latest_ns);
    count_packets(&decoder, &mut counters);
    (merged.reports(), counters)
}

#[derive(Clone, Copy, Debug)]
struct Meta {
    time_ns: i64,
    packet: u64,
    input: u32,
}

/// One worker on this thread, or several on their own.
enum Lanes {
    Inline(Box<Inline>),
    Threads(Vec<Lane>),
}

struct Inline {
    reassembler: Reassembler<Connection>,
    worker: Worker,
    outlet: Outlet,
}

struct Lane {
    filling: Parcel,
    full: SyncSender<Job>,
    empty: Receiver<Parcel>,
    thread: JoinHandle<Counters>,
}

enum Job {
    Segments(Parcel),
    Finish(i64),
}

/// Segments on their way to a worker, payloads copied one after the other.
#[derive(Default)]
struct Parcel {
    bytes: Vec<u8>,
    segments: Vec<(SegmentHeader, Range<usize>, Meta)>,
}

const PARCEL_BYTES: usize = 128 << 10;
const PARCEL_SEGMENTS: usize = 512;
const PARCELS_MAX: usize = 8;

impl Lanes {
    fn new(workers: usize, settings: &Arc<Settings>, outlet: &Outlet) -> Self {
        let budget = SharedBudget::default();
        let inline = || Inline {
            reassembler: Reassembler::new(ReassemblyLimits::default(), budget.clone()),
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

    fn finish(self, latest_ns: i64) -> Counters {
        match self {
            Lanes::Inline(inline) => inline.finish(latest_ns),
            Lanes::Threads(mut lanes) => {
                for lane in &mut lanes {
                    lane.pass_on();
                    // A worker that has gone away has panicked; joining it says so.
                    let _ = lane.full.send(Job::Finish(latest_ns));
                }
                let mut counters = Counters::default();
                for lane in lanes {
                    match lane.thread.join() {
                        Ok(counts) => counters.extend(&counts),
                        Err(panic) => std::panic::resume_unwind(panic),
                    }
                }
                counters
            }
        }
    }
}

impl Inline {
    fn take(&mut self, segment: &Segment<'_>, meta: &Meta) {
        self.reassembler.segment(&mut self.worker, segment, meta.time_ns, meta.packet, meta.input);
        self.outlet.flush_full(&mut self.worker);
    }

    fn finish(mut self, latest_ns: i64) -> Counters {
        self.reassembler.finish(&mut self.worker, latest_ns);
        self.worker.finish();
        self.outlet.flush(&mut self.worker);
        let mut counters = Counters::default();
        count_streams(&self.reassembler, &mut counters);
        counters
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
        let parcel = &mut self.filling;
        let start = parcel.bytes.len();
        parcel.bytes.extend_from_slice(segment.payload);
        parcel.segments.push((segment.header, start..parcel.bytes.len(), *meta));
        if parcel.bytes.len() >= PARCEL_BYTES || parcel.segments.len() >= PARCEL_SEGMENTS {
            self.pass_on();
        }
    }

    fn pass_on(&mut self) {
        let next = self.empty.try_recv().unwrap_or_default();
        let _ = self.full.send(Job::Segments(std::mem::replace(&mut self.filling, next)));
    }
}

fn work(mut inline: Inline, jobs: &Receiver<Job>, back: &SyncSender<Parcel>) -> Counters {
    while let Ok(job) = jobs.recv() {
        match job {
            Job::Segments(mut parcel) => {
                for (header, range, meta) in &parcel.segments {
                    inline.take(&Segment { header: *header, payload: &parcel.bytes[range.clone()] }, meta);
                }
                parcel.bytes.clear();
                parcel.segments.clear();
                let _ = back.try_send(parcel);
            }
            Job::Finish(latest_ns) => return inline.finish(latest_ns),
        }
    }
    inline.finish(i64::MIN)
}

fn count_packets(decoder: &PacketDecoder, counters: &mut Counters) {
    let packets = decoder.counters();
    for (name, count) in [
        ("packets.read", packets.read),
        ("packets.decoded", packets.decoded),
        ("packets.duplicate", packets.duplicate),
        ("packets.notIp", packets.not_ip),
        ("packets.notTcp", packets.not_tcp),
        ("packets.fragmentIncomplete", packets.fragment_incomplete),
        ("packets.truncatedRecord", packets.truncated_record),
        ("packets.unknownLinkType", packets.unknown_link_type),
        ("packets.malformed", packets.malformed),
    ] {
        counters.add(name, count);
    }
    for (link_type, count) in &packets.link_types {
        counters.add(&format!("unknownLinkTypes.{link_type}"), *count);
    }
    for (ether_type, count) in &packets.ether_types {
        counters.add(&format!("otherEtherTypes.{ether_type:04x}"), *count);
    }
    for (protocol, count) in &packets.ip_protocols {
        counters.add(&format!("otherIpProtocols.{protocol}"), *count);
    }
    counters.add("limits.lawLost", packets.fragment_evictions);
}

fn count_streams(reassembler: &Reassembler<Connection>, counters: &mut Counters) {
    let tcp = reassembler.counters();
    for (name, count) in [
        ("tcp.flows", tcp.flows),
        ("tcp.payloadBytes", tcp.payload_bytes),
        ("tcp.deliveredBytes", tcp.delivered_bytes),
        ("tcp.retransmittedBytes", tcp.retransmitted_bytes),
        ("tcp.shedBytes", tcp.shed_bytes),
        ("tcp.overlapConflictBytes", tcp.overlap_conflict_bytes),
        ("tcp.gapBytes", tcp.gap_bytes),
        ("tcp.midstreamFlows", tcp.midstream_flows),
        ("tcp.oneWayFlows", tcp.one_way_flows),
        ("tcp.outOfOrderSegments", tcp.out_of_order_segments),
        ("tcp.portReuses", tcp.port_reuses),
        ("limits.bufferCapFlushes", tcp.buffer_cap_flushes),
        ("limits.budgetFlushes", tcp.budget_flushes),
        ("limits.evictedFlows", tcp.evicted_flows),
        ("limits.lawLost", u64::from(!tcp.law_holds())),
    ] {
        counters.add(name, count);
    }
}
