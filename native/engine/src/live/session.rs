//! What all threads of a live run share.

use crate::live::status::write_status;
use crate::tap::Tap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use tapistry_capture::live::{Interface, Status};
use tapistry_wire::SharedBudget;

/// One for a run.
#[derive(Debug)]
pub struct Session {
    /// Set when the run is to end.
    pub stopped: AtomicBool,
    /// Of reassembly.
    pub budget: SharedBudget,
    /// Key of the hash of flows, a new one for each run, so that nobody can aim packets at one place of a table.
    pub flow_key: [u64; 2],
    /// Times that the budget of bodies was too small, as far as they were counted.
    bodies_refused: AtomicU64,
    /// By interface.
    taps: Vec<Tap>,
    /// By interface and member.
    statuses: Vec<(Interface, Mutex<Vec<Status>>)>,
}

impl Session {
    /// Nothing read yet.
    pub fn new(interfaces: Vec<Interface>, taps: Vec<Tap>) -> Self {
        let random = || std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), 0);
        Self {
            stopped: AtomicBool::new(false),
            budget: SharedBudget::default(),
            flow_key: [random(), random()],
            bodies_refused: AtomicU64::new(0),
            taps,
            statuses: interfaces.into_iter().map(|interface| (interface.clone(), Mutex::new(vec![Status::default(); interface.members]))).collect(),
        }
    }

    /// The tap behind an interface.
    pub fn tap(&self, interface: usize) -> Tap {
        self.taps[interface]
    }

    /// Members of an interface.
    pub fn members(&self, interface: usize) -> usize {
        self.statuses[interface].0.members
    }

    /// Whether to go on.
    pub fn is_open(&self) -> bool {
        !self.stopped.load(Ordering::Relaxed)
    }

    /// How much `refused` is above what was counted by any thread.
    pub fn count_refused(&self, refused: u64) -> u64 {
        refused.saturating_sub(self.bodies_refused.fetch_max(refused, Ordering::Relaxed))
    }

    /// A member says how it stands with its interface.
    pub fn publish(&self, (interface, member): (usize, usize), status: &Status) {
        self.statuses[interface].1.lock().unwrap_or_else(PoisonError::into_inner)[member].clone_from(status);
    }

    /// How it stands with each interface, as JSON.
    pub fn status(&self) -> String {
        write_status(self.statuses.iter().map(|(interface, members)| (&*interface.name, members.lock().unwrap_or_else(PoisonError::into_inner).clone())))
    }
}
