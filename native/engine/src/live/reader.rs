//! The thread of one member: packets in, batches out, until the run is stopped.

use crate::counters::Counters;
use crate::live::lane::Lane;
use crate::live::mesh::Mesh;
use crate::live::session::Session;
use crate::parcel::Meta;
use crate::settings::Settings;
use crate::wire_counters::packet_counters;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tapistry_capture::Packet;
use tapistry_capture::live::{LiveCounters, Member, State};
use tapistry_wire::{DecodeOptions, Outcome, PacketDecoder};

/// How long a member that is alone waits for packets before it looks whether the run was stopped.
const WAIT: Duration = Duration::from_millis(100);
/// The same where others may pass segments on to it: as late as the kernel hands over a block of a quiet link.
const WAIT_SHARED: Duration = Duration::from_millis(20);
/// Where no packet is waiting, every one older than this was seen: more than twice as much as the kernel holds a block back.
const HELD_BACK_NS: i64 = 50_000_000;
/// Event time is taken to be this much behind the clock where no packet is waiting: other members may still pass on what is younger.
const LATE_NS: i64 = 1_000_000_000;

/// One member with all that its packets go through.
pub struct Reader {
    member: Member,
    mesh: Mesh,
    place: (usize, usize),
    decoder: PacketDecoder,
    lane: Lane,
    session: Arc<Session>,
    /// Packets handed over so far.
    packet: u64,
    /// When the last of them was seen.
    latest_ns: i64,
    /// What was counted when it was sent last.
    counted: Counters,
    malformed_records: u64,
    published: Option<State>,
}

impl Reader {
    /// Reads nothing yet; `place` is that of its interface, and its own among its members.
    pub fn new(member: Member, mesh: Mesh, place: (usize, usize), settings: &Arc<Settings>, session: &Arc<Session>, queue: SyncSender<Vec<u8>>) -> Self {
        let options = DecodeOptions { hash_key: session.flow_key, ..session.tap(place.0).decode_options() };
        Self {
            member,
            mesh,
            place,
            decoder: PacketDecoder::new(options),
            lane: Lane::new(settings, session, queue),
            session: session.clone(),
            packet: 0,
            latest_ns: i64::MIN,
            counted: Counters::default(),
            malformed_records: 0,
            published: None,
        }
    }

    /// Reads until the run is stopped. A panic stops the run, so that it is told.
    pub fn run(mut self, flush: Duration) {
        let _ending = Ending(self.session.clone());
        let wait = if self.mesh.is_shared() { WAIT_SHARED } else { WAIT };
        let mut flush_at = Instant::now() + flush;
        while self.session.is_open() {
            let left = flush_at.saturating_duration_since(Instant::now());
            let had_packets = self.each(|member, take| member.poll(wait.min(left), take));
            let seen_until_ns = if had_packets { self.latest_ns } else { now_ns() - HELD_BACK_NS };
            self.mesh.turn(seen_until_ns, &mut |segment, meta| self.lane.take(segment, meta));
            if !had_packets {
                self.lane.advance(now_ns() - LATE_NS);
            }
            let state = Some(self.member.status().state);
            if Instant::now() >= flush_at {
                self.flush();
                flush_at = Instant::now() + flush;
            } else if self.published != state {
                self.session.publish(self.place, self.member.status());
            }
            self.published = state;
        }
        self.each(|member, take| member.finish(take));
        self.decoder.finish();
        let counters = self.counters();
        let growth = self.growth(&counters);
        let Self { mesh, mut lane, .. } = self;
        mesh.finish(&mut |segment, meta| lane.take(segment, meta));
        lane.finish(&growth, now_ns());
    }

    /// Takes what the member hands over.
    fn each<T>(&mut self, from: impl FnOnce(&mut Member, &mut dyn FnMut(&Packet<'_>, bool)) -> T) -> T {
        let Self { member, mesh, place, decoder, lane, packet, latest_ns, .. } = self;
        let input = place.0 as u32;
        let mut take = |record: &Packet<'_>, passes: bool| {
            if !passes {
                decoder.leave_out();
            } else if let Outcome::Segment(segment) = decoder.decode(record.link_type, record.data, record.original_length, record.time_ns) {
                let meta = Meta { time_ns: record.time_ns, packet: *packet, input, muted: false };
                mesh.give(&segment, &meta, &mut |segment, meta| lane.take(segment, meta));
            }
            *packet += 1;
            *latest_ns = record.time_ns;
        };
        from(member, &mut take)
    }

    /// Sends what was seen; where there is no room now, all of it goes with the next batch.
    fn flush(&mut self) {
        let counters = self.counters();
        let growth = self.growth(&counters);
        if self.lane.flush(&growth) {
            self.counted = counters;
        }
    }

    /// Counters of packets so far, the kernel's included; says how it stands with the interface too.
    fn counters(&mut self) -> Counters {
        self.member.count_drops();
        self.session.publish(self.place, self.member.status());
        let LiveCounters { kernel_received, kernel_dropped, kernel_freezes, malformed_records, .. } = self.member.status().counters;
        while self.malformed_records < malformed_records {
            self.decoder.malformed();
            self.malformed_records += 1;
        }
        let mut counters = packet_counters(&self.decoder);
        counters.add("packets.kernelDropped", kernel_dropped);
        counters.add("kernel.received", kernel_received);
        counters.add("kernel.freezes", kernel_freezes);
        counters.add("limits.tunnelsHurried", self.mesh.hurried);
        counters.add("limits.lawLost", self.mesh.hurried);
        counters
    }

    fn growth(&self, counters: &Counters) -> Counters {
        let mut growth = Counters::default();
        growth.add_growth(&self.counted, counters);
        growth
    }
}

/// Stops the run where its thread panics.
struct Ending(Arc<Session>);

impl Drop for Ending {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.stopped.store(true, Ordering::Relaxed);
        }
    }
}

fn now_ns() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i64)
}
