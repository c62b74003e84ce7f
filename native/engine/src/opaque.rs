//! A flow that is not looked at any more.

use crate::protocol::{Flow, Protocol, Turn};
use crate::worker::Worker;
use tapistry_wire::stream::{At, Direction, End};
use tapistry_wire::weird::Weird;

/// Knows nothing and keeps nothing.
#[derive(Debug)]
pub struct Opaque;

impl Protocol for Opaque {
    fn data(&mut self, _worker: &mut Worker, _direction: Direction, _bytes: &[u8], _at: &At) {}

    fn gap(&mut self, _worker: &mut Worker, _direction: Direction, _length: u64, _at: &At) {}

    fn weird(&mut self, _weird: Weird) {}

    fn end(&mut self, _worker: &mut Worker, _direction: Direction, _how: End, _at: &At) {}

    fn turn(&mut self, _worker: &mut Worker, _flow: &Flow) -> Option<Turn> {
        None
    }

    fn service(&self) -> Option<String> {
        None
    }

    fn close(self: Box<Self>, _worker: &mut Worker) {}
}
