//! A packet of which the capture cut off the end: its copy may come whole.

use super::Half;
use crate::reassembly::delivery::Delivery;
use crate::stream::{Application, At};

impl Half {
    /// Whether a packet was cut that may still come whole.
    pub fn is_cut(&self) -> bool {
        self.cut.is_some()
    }

    /// The next packet comes: one that has the bytes which were cut off, captured or not, is a copy, and where these end is told. Before any other they are a
    /// gap.
    pub fn settle_cut<A: Application>(&mut self, copy: Option<(i64, u64)>, out: &mut Delivery<'_, A>) -> u64 {
        let Some((missing, at)) = self.cut.take() else { return 0 };
        let end = self.next + u64::from(missing);
        if copy.is_some_and(|(start, length)| start <= self.next as i64 && start + length as i64 > self.next as i64) {
            return end;
        }
        self.skip(end, &at, out);
        self.drain(out);
        0
    }

    /// What was cut off up to `end` is still missing.
    pub fn cut_to(&mut self, end: u64, at: &At) {
        if end > self.next && self.pending.is_none() {
            self.cut = Some(((end - self.next) as u32, *at));
        }
    }
}
