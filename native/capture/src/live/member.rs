//! One reader of an interface: keeps it open, hands its packets over and waits for it while it is away.

use std::ffi::CString;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::Packet;
use crate::filter::Filter;
use crate::live::group::{Group, Joined};
use crate::live::link::{self, Link};
use crate::live::ring::{BLOCK_BYTES, BLOCK_TIMEOUT_MS, Ring};
use crate::live::sieve::{self, Sieve};
use crate::live::socket::{PacketSocket, Wake};
use crate::live::{Interface, LiveError, State, Status};

/// How soon an interface that went away is looked for, longer than the kernel keeps its last packets; then twice as long each time.
const LOOKED_FOR: Duration = Duration::from_millis(50);
/// How often at least, also while it is up: it may have got another name.
const LOOKED_FOR_AT_LEAST: Duration = Duration::from_secs(1);
/// How long the last block is waited for, five times as long as the kernel holds it back.
const LAST_BLOCK: Duration = Duration::from_millis(5 * BLOCK_TIMEOUT_MS as u64);
/// A ring of one block would be full whenever it is read.
const BLOCKS_MIN: usize = 2;

const LINKTYPE_ETHERNET: u32 = 1;

/// One member of the fanout group of an interface, to be moved to its thread.
pub struct Member {
    name: CString,
    filter: Option<Filter>,
    group: Arc<Group>,
    blocks: usize,
    capture: Option<Capture>,
    status: Status,
    look_at: Instant,
    looked_for: Duration,
}

/// An interface that is open.
struct Capture {
    index: u32,
    link_type: u32,
    sieve: Sieve,
    ring: Ring,
    socket: PacketSocket,
}

impl Member {
    /// Every member of an interface. It is opened by and by, since it may not be there yet; checked now is what waiting does not mend, the filter
    /// included, which may wait for an answer of the network.
    pub fn all(interface: &Interface) -> Result<Vec<Self>, LiveError> {
        interface.check()?;
        let Interface { name, filter, members, ring_bytes } = interface;
        let group = Arc::new(Group::new(*members));
        let member = |_| {
            Ok(Self {
                name: CString::new(name.as_str()).map_err(|error| LiveError::Options(error.to_string()))?,
                filter: filter.as_deref().map(Filter::new).transpose()?,
                group: group.clone(),
                blocks: ring_bytes.div_ceil(BLOCK_BYTES).max(BLOCKS_MIN),
                capture: None,
                status: Status::default(),
                look_at: Instant::now(),
                looked_for: LOOKED_FOR,
            })
        };
        (0..*members).map(member).collect()
    }

    /// Waits for packets and hands over those that there are, each with whether it passed the filter. `timeout` is how long it waits where there
    /// are none. Says whether there were any: where not, every packet older than a second was seen. Never fails: see `status`.
    pub fn poll(&mut self, timeout: Duration, take: &mut dyn FnMut(&Packet<'_>, bool)) -> bool {
        let now = Instant::now();
        if now >= self.look_at {
            self.look(take);
        }
        let Some(capture) = &self.capture else {
            thread::sleep(timeout.min(self.look_at.saturating_duration_since(now)));
            return false;
        };
        match capture.socket.wait(timeout) {
            Ok(Wake::Packets) => {}
            Ok(Wake::Error) => self.look_again(State::Down, None),
            Err(error) => self.look_again(State::Refused, Some(error.to_string())),
        }
        self.walk(take)
    }

    /// Takes over what the kernel counted since the last time.
    pub fn count_drops(&mut self) {
        if let Some(Ok(counted)) = self.capture.as_ref().map(|capture| capture.socket.statistics()) {
            let counters = &mut self.status.counters;
            counters.kernel_received += counted.received;
            counters.kernel_dropped += counted.dropped;
            counters.kernel_freezes += counted.freezes;
        }
    }

    /// Lets no more packets come, and hands over all that the kernel took: waits until it gives up its last block.
    pub fn finish(&mut self, take: &mut dyn FnMut(&Packet<'_>, bool)) {
        let until = Instant::now() + LAST_BLOCK;
        if let Some(capture) = &self.capture {
            // Where it cannot be closed, more packets come than are waited for.
            let _ = sieve::close(&capture.socket);
        }
        while self.capture.is_some() {
            self.count_drops();
            self.walk(take);
            if self.status.counters.has_read_all() || Instant::now() >= until {
                self.capture = None;
            } else {
                thread::sleep(LAST_BLOCK / 20);
            }
        }
    }

    /// How it stands with the interface.
    pub fn status(&self) -> &Status {
        &self.status
    }

    fn walk(&mut self, take: &mut dyn FnMut(&Packet<'_>, bool)) -> bool {
        let Some(Capture { index, link_type, sieve, ring, .. }) = &mut self.capture else { return false };
        let (counters, link_type) = (&mut self.status.counters, *link_type);
        let (blocks, malformed) = ring.walk(|frame| {
            let time_ns = frame.time_ns;
            let passes = sieve.passes(&frame);
            let (data, original_length) = frame.whole(link_type == LINKTYPE_ETHERNET);
            let passes = passes.unwrap_or_else(|| sieve.passes_whole(data, original_length));
            counters.packets += 1;
            counters.packet_bytes += data.len() as u64;
            counters.packets_truncated += u64::from((data.len() as u64) < u64::from(original_length));
            take(&Packet { time_ns, link_type, data, original_length, interface: *index, end: 0, is_malformed: false }, passes);
        });
        counters.malformed_records += malformed;
        blocks > 0
    }

    /// Looks whether the interface is still the one that is open, and opens it where it is not.
    fn look(&mut self, take: &mut dyn FnMut(&Packet<'_>, bool)) {
        let link = match link::find(&self.name) {
            Ok(link) => link,
            Err(error) => return self.look_again(State::Refused, Some(error.to_string())),
        };
        if self.capture.as_ref().is_some_and(|capture| link.is_none_or(|link| link.index != capture.index)) {
            // What waits in the ring came before the interface went away.
            self.finish(take);
        }
        match link {
            None => self.look_again(State::Missing, None),
            Some(Link { is_up: false, .. }) => self.look_again(State::Down, None),
            Some(link) => match self.open(link) {
                Ok(()) => {
                    (self.status.state, self.status.reason) = (State::Up, None);
                    self.looked_for = LOOKED_FOR;
                    self.look_at = Instant::now() + LOOKED_FOR_AT_LEAST;
                }
                Err(reason) => self.look_again(State::Refused, Some(reason)),
            },
        }
    }

    fn look_again(&mut self, state: State, reason: Option<String>) {
        (self.status.state, self.status.reason) = (state, reason);
        self.look_at = Instant::now() + self.looked_for;
        self.looked_for = (self.looked_for * 2).min(LOOKED_FOR_AT_LEAST);
    }

    fn open(&mut self, link: Link) -> Result<(), String> {
        if self.capture.is_none() {
            let group = self.group.clone();
            self.capture = Some(self.opened(link.index, &group, &mut group.turn())?);
            self.status.counters.opened += 1;
        }
        Ok(())
    }

    /// Nothing comes before the filter is there and the group is joined, so nothing comes unfiltered or twice.
    fn opened(&mut self, index: u32, group: &Group, turn: &mut Joined) -> Result<Capture, String> {
        let socket = PacketSocket::open().map_err(|error| match error.raw_os_error() {
            Some(libc::EPERM) => LiveError::Capability.to_string(),
            _ => error.to_string(),
        })?;
        let failed = |what: &'static str| move |error: std::io::Error| format!("{what}: {error}");
        let ring = Ring::new(&socket, self.blocks).map_err(failed("its ring cannot be made"))?;
        sieve::close(&socket).map_err(failed("its filter cannot be set"))?;
        socket.bind(index).map_err(failed("it cannot be bound to"))?;
        let hardware_type = socket.hardware_type().map_err(failed("its kind cannot be told"))?;
        let link_type = link::link_type(hardware_type).map_err(|number| format!("its frames cannot be read: its hardware type is {number}"))?;
        if hardware_type == libc::ARPHRD_LOOPBACK {
            // Loopback shows each packet twice, as it leaves and as it comes. On a card both directions are wanted: a host's own traffic leaves by
            // it too. A kernel that cannot do it shows copies, which reassembly counts as retransmitted.
            let _ = socket.ignore_outgoing();
        }
        socket.be_promiscuous(index).map_err(failed("it cannot be set promiscuous"))?;
        group.join(turn, &socket, index).map_err(failed("its fanout group cannot be joined"))?;
        let sieve = Sieve::open(&socket, self.filter.as_mut(), link_type)?;
        Ok(Capture { index, link_type, sieve, ring, socket })
    }
}
