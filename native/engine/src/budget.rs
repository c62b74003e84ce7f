//! One budget of bytes that all workers share, so that their number changes nothing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// A shared count of bytes in use, with its bound and how often it was refused.
#[derive(Clone, Debug)]
pub struct Budget {
    used: Arc<AtomicUsize>,
    refused: Arc<AtomicU64>,
    bytes_max: usize,
}

impl Budget {
    /// A budget of `bytes_max` bytes, to be cloned to every user.
    pub fn new(bytes_max: usize) -> Self {
        Budget { used: Arc::default(), refused: Arc::default(), bytes_max }
    }

    /// Takes `bytes` if they are there.
    pub fn take(&self, bytes: usize) -> bool {
        let fits = self.used.fetch_add(bytes, Ordering::Relaxed) + bytes <= self.bytes_max;
        if !fits {
            self.give_back(bytes);
            self.refused.fetch_add(1, Ordering::Relaxed);
        }
        fits
    }

    /// Gives `bytes` back.
    pub fn give_back(&self, bytes: usize) {
        if bytes > 0 {
            self.used.fetch_sub(bytes, Ordering::Relaxed);
        }
    }

    /// How often the budget was too small; above 0 the law of merging does not hold.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }
}
