//! The packet filter of a run, over its captures.

use tapistry_capture::{Filter, Packet};

/// Lets packets pass, all of them where there is no filter.
pub struct Sieve {
    filter: Option<Filter>,
    /// For each capture: why packets of it were left out though nobody asked for that.
    problems: Vec<Option<String>>,
}

impl Sieve {
    /// For so many captures.
    pub fn new(filter: Option<Filter>, captures: usize) -> Self {
        Sieve { filter, problems: vec![None; captures] }
    }

    /// Whether a packet of `capture` passes. Where the filter does not compile for its link type it does not, and that is a problem of the
    /// capture.
    #[inline]
    pub fn passes(&mut self, capture: usize, packet: &Packet<'_>) -> bool {
        let Some(filter) = &mut self.filter else { return true };
        match filter.passes(packet.link_type, packet.data, packet.original_length) {
            Ok(passes) => passes,
            Err(reason) => {
                let problem = &mut self.problems[capture];
                if problem.is_none() {
                    *problem = Some(format!("packets of link type {} are left out, the filter does not compile for them: {reason}", packet.link_type));
                }
                false
            }
        }
    }

    /// The problem of each capture that has one.
    pub fn finish(self) -> Vec<Option<String>> {
        self.problems
    }
}
