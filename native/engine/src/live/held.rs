//! Segments that wait until no earlier one can come from another thread.

use crate::parcel::{Meta, Parcel};
use tapistry_wire::Segment;

/// Parcels of several threads, each in the order of time, that leave as one.
#[derive(Debug, Default)]
pub struct Held {
    parcels: Vec<Parcel>,
    bytes: usize,
}

impl Held {
    /// Takes a parcel; those of one thread come in its order.
    pub fn push(&mut self, parcel: Parcel) {
        self.bytes += parcel.bytes();
        self.parcels.push(parcel);
    }

    /// Bytes that wait, of parcels that have not left whole.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Gives away every segment up to an event time, in the order of time; of one time, in the order that they were taken.
    pub fn release(&mut self, until_ns: i64, take: &mut impl FnMut(&Segment<'_>, &Meta)) {
        let mut due = Vec::new();
        for (number, parcel) in self.parcels.iter_mut().enumerate() {
            due.extend(parcel.due(until_ns).map(|(time_ns, place)| (time_ns, number, place)));
        }
        // Stable, and mostly sorted already.
        due.sort_by_key(|(time_ns, ..)| *time_ns);
        for (_, number, place) in due {
            let (segment, meta) = self.parcels[number].at(place);
            take(&segment, &meta);
        }
        self.parcels.retain(|parcel| !parcel.is_empty());
        self.bytes = self.parcels.iter().map(Parcel::bytes).sum();
    }
}
