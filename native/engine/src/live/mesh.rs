//! Segments that the kernel gave to one member and that belong to another.
//!
//! The kernel shares packets by their outermost addresses and ports. Inside a tunnel these do not tell a flow (the ports of VXLAN differ between its
//! directions), so a segment from a tunnel goes to the member that a hash of its own flow names, and all others stay where they came.

use crate::parcel::{Meta, Parcel};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tapistry_wire::Segment;

/// Parcels that wait for a member.
const PARCELS_MAX: usize = 8;
/// How long a member that finds no room at another one looks at its own parcels first.
const ROOM_LOOKED_FOR: Duration = Duration::from_micros(100);

/// One member's ends.
pub struct Mesh {
    /// What is on its way to each member; none to itself.
    peers: Vec<Option<(Parcel, SyncSender<Parcel>)>>,
    inbox: Receiver<Parcel>,
}

/// The meshes of all members of an interface.
pub fn all(members: usize) -> Vec<Mesh> {
    let (senders, inboxes): (Vec<_>, Vec<_>) = (0..members).map(|_| sync_channel(PARCELS_MAX)).unzip();
    let peers = |place: usize| senders.iter().enumerate().map(move |(at, sender)| (at != place).then(|| (Parcel::default(), sender.clone()))).collect();
    inboxes.into_iter().enumerate().map(|(place, inbox)| Mesh { peers: peers(place), inbox }).collect()
}

impl Mesh {
    /// Whether there are other members.
    pub fn is_shared(&self) -> bool {
        self.peers.len() > 1
    }

    /// Gives a segment to the member that has its flow: to `take` where that is this one.
    #[inline]
    pub fn give(&mut self, segment: &Segment<'_>, meta: &Meta, take: &mut impl FnMut(&Segment<'_>, &Meta)) {
        if !segment.header.is_tunnelled || !self.is_shared() {
            return take(segment, meta);
        }
        let owner = (segment.header.flow_hash() >> 32) as usize % self.peers.len();
        let Some((parcel, _)) = &mut self.peers[owner] else { return take(segment, meta) };
        parcel.push(segment, meta);
        if parcel.is_full() {
            self.pass_on(owner, take);
        }
    }

    /// Passes on what was gathered, and takes what others passed on.
    pub fn turn(&mut self, take: &mut impl FnMut(&Segment<'_>, &Meta)) {
        for owner in 0..self.peers.len() {
            if self.peers[owner].as_ref().is_some_and(|(parcel, _)| !parcel.is_empty()) {
                self.pass_on(owner, take);
            }
        }
        take_in(&self.inbox, take);
    }

    /// Nothing more is given: takes what still comes, until the others say the same.
    pub fn finish(mut self, take: &mut impl FnMut(&Segment<'_>, &Meta)) {
        self.turn(take);
        self.peers.clear();
        while let Ok(mut parcel) = self.inbox.recv() {
            parcel.empty(&mut *take);
        }
    }

    /// Waits for room, and meanwhile takes in its own parcels, so that no two members wait for each other. The ring fills up meanwhile.
    fn pass_on(&mut self, owner: usize, take: &mut impl FnMut(&Segment<'_>, &Meta)) {
        let Mesh { peers, inbox } = self;
        let Some((parcel, sender)) = &mut peers[owner] else { return };
        let mut parcel = std::mem::take(parcel);
        while let Err(TrySendError::Full(back)) = sender.try_send(parcel) {
            parcel = back;
            take_in(inbox, take);
            std::thread::sleep(ROOM_LOOKED_FOR);
        }
    }
}

fn take_in(inbox: &Receiver<Parcel>, take: &mut impl FnMut(&Segment<'_>, &Meta)) {
    while let Ok(mut parcel) = inbox.try_recv() {
        parcel.empty(&mut *take);
    }
}

#[cfg(test)]
#[path = "mesh_tests.rs"]
mod tests;
