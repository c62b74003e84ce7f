//! Path literals of registered specs, which may be others while a run lasts.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tapistry_digest::path::KnownLiterals;

/// The literals of now, shared by all workers of a run.
#[derive(Debug, Default)]
pub struct Known {
    round: AtomicU32,
    literals: RwLock<Arc<KnownLiterals>>,
}

/// What one reader has seen of them last: asking whether that is still so costs one load.
#[derive(Debug, Default)]
pub struct KnownView {
    round: u32,
    /// As they were seen last.
    pub literals: Arc<KnownLiterals>,
}

impl Known {
    /// From now on these.
    pub fn set(&self, literals: &[String]) {
        let literals = literals.iter().map(|literal| literal.as_bytes().into()).collect();
        *self.literals.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(literals);
        self.round.fetch_add(1, Ordering::Release);
    }
}

impl KnownView {
    /// Looks whether there are others, and takes them; whether there were.
    #[inline]
    pub fn renew(&mut self, known: &Known) -> bool {
        let round = known.round.load(Ordering::Acquire);
        if round == self.round {
            return false;
        }
        self.round = round;
        self.literals = known.literals.read().unwrap_or_else(PoisonError::into_inner).clone();
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_view_takes_what_is_set_once() {
        let (known, mut view) = (Known::default(), KnownView::default());
        assert!(!view.renew(&known));
        known.set(&["2024".into()]);
        assert!(view.literals.is_empty(), "until it looks");
        assert!(view.renew(&known) && view.literals.contains(&b"2024"[..]));
        assert!(!view.renew(&known));
        known.set(&[]);
        assert!(view.renew(&known) && view.literals.is_empty());
    }
}
