//! Flows by how long ago they were heard of, without a walk over all of them.

/// No flow.
pub(super) const NONE: u32 = u32::MAX;

/// Ends of one list: `front` is the flow heard of longest ago.
#[derive(Clone, Copy, Debug)]
pub(super) struct List {
    pub front: u32,
    back: u32,
}

/// A flow's place in its list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    before: u32,
    after: u32,
    /// Event time at which the flow was put at the back, in nanoseconds.
    pub listed_ns: i64,
}

impl Link {
    pub const fn new() -> Self {
        Link { before: NONE, after: NONE, listed_ns: 0 }
    }
}

impl List {
    pub const fn new() -> Self {
        List { front: NONE, back: NONE }
    }

    /// Puts a flow that is in no list at the back.
    pub fn push(&mut self, links: &mut [Link], index: u32, listed_ns: i64) {
        links[index as usize] = Link { before: self.back, after: NONE, listed_ns };
        match self.back {
            NONE => self.front = index,
            back => links[back as usize].after = index,
        }
        self.back = index;
    }

    /// Takes a flow that is in this list out of it.
    pub fn remove(&mut self, links: &mut [Link], index: u32) {
        let Link { before, after, .. } = links[index as usize];
        match before {
            NONE => self.front = after,
            before => links[before as usize].after = after,
        }
        match after {
            NONE => self.back = before,
            after => links[after as usize].before = before,
        }
    }
}
