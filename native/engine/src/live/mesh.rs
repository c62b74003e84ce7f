//! Segments that the kernel gave to one member and that belong to another.
//!
//! The kernel shares packets by their outermost addresses and ports. Inside a tunnel these do not tell a flow (the ports of VXLAN differ between its
//! directions), so a segment from a tunnel goes to the member that a hash of its own flow names, and all others stay where they came. The
//! directions then come from different rings, late by as much as a block: they wait until every member has seen as far, and leave by time.

use crate::live::held::Held;
use crate::parcel::{Meta, Parcel};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tapistry_wire::Segment;

/// Parcels that wait for a member.
const PARCELS_MAX: usize = 8;
/// How long a member that finds no room at another one looks at its own parcels first.
const ROOM_LOOKED_FOR: Duration = Duration::from_micros(100);
/// Bytes that wait for their time at one member; where a member does not get on, the others go on without it.
const HELD_BYTES_MAX: usize = 16 << 20;

/// One member's ends.
pub struct Mesh {
    place: usize,
    /// What is on its way to each member, itself among them.
    filling: Vec<Parcel>,
    /// None to itself.
    peers: Vec<Option<SyncSender<Parcel>>>,
    inbox: Receiver<Parcel>,
    /// For each member, the event time up to which it has passed everything on.
    seen_until_ns: Arc<[AtomicI64]>,
    held: Held,
    /// Times that segments left before their time, since too many waited: then their order may be wrong.
    pub hurried: u64,
}

/// The meshes of all members of an interface.
pub fn all(members: usize) -> Vec<Mesh> {
    let seen_until_ns: Arc<[AtomicI64]> = (0..members).map(|_| AtomicI64::new(i64::MIN)).collect();
    let (senders, inboxes): (Vec<_>, Vec<_>) = (0..members).map(|_| sync_channel(PARCELS_MAX)).unzip();
    let mesh = |(place, inbox)| Mesh {
        place,
        filling: (0..members).map(|_| Parcel::default()).collect(),
        peers: senders.iter().enumerate().map(|(at, sender)| (at != place).then(|| sender.clone())).collect(),
        inbox,
        seen_until_ns: seen_until_ns.clone(),
        held: Held::default(),
        hurried: 0,
    };
    inboxes.into_iter().enumerate().map(mesh).collect()
}

impl Mesh {
    /// Whether there are other members.
    pub fn is_shared(&self) -> bool {
        self.peers.len() > 1
    }

    /// Gives a segment to the member that has its flow: to `take`, at once, where the kernel's choice is right.
    #[inline]
    pub fn give(&mut self, segment: &Segment<'_>, meta: &Meta, take: &mut impl FnMut(&Segment<'_>, &Meta)) {
        if !segment.header.is_tunnelled || !self.is_shared() {
            return take(segment, meta);
        }
        let owner = (segment.header.flow_hash() >> 32) as usize % self.peers.len();
        self.filling[owner].push(segment, meta);
        if self.filling[owner].is_full() {
            self.pass_on(owner);
        }
        self.hurry(take);
    }

    /// Every packet up to `seen_until_ns` was given: passes on what was gathered, and takes what is due of what others passed on.
    pub fn turn(&mut self, seen_until_ns: i64, take: &mut impl FnMut(&Segment<'_>, &Meta)) {
        if !self.is_shared() {
            return;
        }
        for owner in 0..self.peers.len() {
            self.pass_on(owner);
        }
        // Release and acquire: who sees the time finds all parcels up to it. It never goes back, though the clock may.
        self.seen_until_ns[self.place].fetch_max(seen_until_ns, Ordering::Release);
        let all_seen_ns = self.seen_until_ns.iter().map(|time_ns| time_ns.load(Ordering::Acquire)).min();
        self.take_in();
        self.held.release(all_seen_ns.unwrap_or(i64::MAX), take);
        self.hurry(take);
    }

    /// Nothing more is given: takes what still comes, until the others say the same.
    pub fn finish(mut self, take: &mut impl FnMut(&Segment<'_>, &Meta)) {
        self.turn(i64::MAX, take);
        self.peers.clear();
        while let Ok(parcel) = self.inbox.recv() {
            self.held.push(parcel);
        }
        self.held.release(i64::MAX, take);
    }

    /// Lets everything go where too much waits.
    #[inline]
    fn hurry(&mut self, take: &mut impl FnMut(&Segment<'_>, &Meta)) {
        if self.held.bytes() > HELD_BYTES_MAX {
            self.hurried += 1;
            self.held.release(i64::MAX, take);
        }
    }

    fn take_in(&mut self) {
        while let Ok(parcel) = self.inbox.try_recv() {
            self.held.push(parcel);
        }
    }

    /// Waits for room, and meanwhile takes in its own parcels, so that no two members wait for each other. The ring fills up meanwhile.
    fn pass_on(&mut self, owner: usize) {
        if self.filling[owner].is_empty() {
            return;
        }
        let mut parcel = std::mem::take(&mut self.filling[owner]);
        let Some(sender) = self.peers[owner].clone() else { return self.held.push(parcel) };
        while let Err(TrySendError::Full(back)) = sender.try_send(parcel) {
            parcel = back;
            self.take_in();
            std::thread::sleep(ROOM_LOOKED_FOR);
        }
    }
}

#[cfg(test)]
#[path = "mesh_tests.rs"]
mod tests;
