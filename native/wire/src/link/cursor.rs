//! A packet on its way through the layers: what is left of it, and what its outer headers said.

use crate::address::{Network, Tags};
use crate::link::{Drop, LayerSet};

/// The unread rest of a packet and the facts that inner layers need. Reading past the end is an outcome, never a panic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cursor<'a> {
    /// Captured bytes not read yet.
    pub rest: &'a [u8],
    /// Bytes behind `rest` that were on the wire but not captured.
    pub missing: u32,
    pub tags: Tags,
    /// Of the innermost IP header so far.
    pub network: Network,
    /// Identification in that header; 0 in IPv6, which has none.
    pub id: u16,
    /// Whether that one is inside another.
    pub is_tunnelled: bool,
    /// What was passed so far.
    pub layers: LayerSet,
}

impl<'a> Cursor<'a> {
    /// At the beginning of a record.
    pub fn new(data: &'a [u8], original_length: u32) -> Self {
        let captured = u32::try_from(data.len()).unwrap_or(u32::MAX);
        Cursor {
            rest: data,
            missing: original_length.saturating_sub(captured),
            tags: Tags::default(),
            network: Network::default(),
            id: 0,
            is_tunnelled: false,
            layers: LayerSet::default(),
        }
    }

    /// The next `N` bytes, as a header of `layer`.
    pub fn take<const N: usize>(&mut self, layer: &'static str) -> Result<&'a [u8; N], Drop> {
        match self.rest.split_first_chunk::<N>() {
            Some((head, rest)) => {
                self.rest = rest;
                Ok(head)
            }
            None => Err(self.cut(layer)),
        }
    }

    /// Enters an IP packet.
    pub fn enter(&mut self, network: Network, id: u16) {
        self.is_tunnelled |= self.network != Network::default();
        self.network = network;
        self.id = id;
    }

    /// Passes over `count` bytes of `layer`.
    pub fn skip(&mut self, count: usize, layer: &'static str) -> Result<(), Drop> {
        self.rest = self.rest.get(count..).ok_or_else(|| self.cut(layer))?;
        Ok(())
    }

    /// Cuts what follows to `length` bytes as a header announced: padding goes, and what the capture lacks is known.
    pub fn keep(&mut self, length: usize) {
        match self.rest.get(..length) {
            Some(kept) => {
                self.rest = kept;
                self.missing = 0;
            }
            None => self.missing = u32::try_from(length - self.rest.len()).unwrap_or(u32::MAX),
        }
    }

    /// Why a header of `layer` could not be read: the capture cut it off, or it was never whole.
    pub fn cut(&self, layer: &'static str) -> Drop {
        if self.missing > 0 { Drop::TruncatedRecord } else { Drop::Malformed(layer) }
    }
}
