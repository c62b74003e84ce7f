//! What a digest needs beside the bytes, and what it finds beside the shape.

use crate::classes::ClassSet;
use crate::descriptors::Typed;
use crate::hash::KeyedHash;
use crate::limits::Limits;
use crate::shape::Node;
use std::cell::Cell;
use tapistry_wire::weird::WeirdSet;

/// Made once a message: inputs by reference, findings to be read afterwards.
#[derive(Debug)]
pub struct Cx<'a> {
    /// Hashes the values.
    pub hash: &'a KeyedHash,
    /// Bounds.
    pub limits: &'a Limits,
    /// Data classes that passed for at least one value of the message.
    pub classes: ClassSet,
    /// Oddities of the message.
    pub weirds: WeirdSet,
    /// What the messages of gRPC are, where that is known.
    pub message: Option<Typed<'a>>,
    /// Where texts with escapes are decoded; kept so that it is allocated once a message at most.
    pub(crate) scratch: Vec<u8>,
    /// Bytes that may be kept of items that may come again ([`crate::shape::Node::settle`]); where there is none, none are.
    pub(crate) room: Option<&'a Cell<usize>>,
    /// Nodes below the root that is being filled.
    pub(crate) nodes: u32,
}

impl<'a> Cx<'a> {
    /// Nothing found yet; allocates nothing.
    pub fn new(hash: &'a KeyedHash, limits: &'a Limits) -> Self {
        Self { hash, limits, classes: ClassSet::default(), weirds: WeirdSet::default(), message: None, scratch: Vec::new(), room: None, nodes: 0 }
    }

    /// The same for summaries that are settled before they are read: items that come again are counted then, while they take no more than `room`.
    pub fn with_room(self, room: &'a Cell<usize>) -> Self {
        Self { room: Some(room), ..self }
    }

    /// Takes over how many nodes a root has, before anything is counted below it; [`Cx::leave`] gives it back.
    pub(crate) fn enter(&mut self, root: &Node) {
        self.nodes = root.nodes_below;
    }

    /// Tells the root how many nodes it has now.
    pub(crate) fn leave(&mut self, root: &mut Node) {
        root.nodes_below = self.nodes;
    }
}
