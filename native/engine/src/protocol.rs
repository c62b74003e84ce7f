//! The seam between a flow and what is spoken on it: each protocol is a file of its own, and one case of `Connection`'s dispatch.

use crate::worker::Worker;
use tapistry_wire::stream::{At, Direction, End, FlowInfo};
use tapistry_wire::weird::Weird;

/// A protocol over one flow, fed in stream order for each direction, as [`tapistry_wire::stream::Application`] is.
pub trait Protocol: std::fmt::Debug + Send {
    /// The next bytes of a direction.
    fn data(&mut self, worker: &mut Worker, direction: Direction, bytes: &[u8], at: &At);

    /// Bytes of a direction that will never come. One that turns now leaves the gap to its successor.
    fn gap(&mut self, worker: &mut Worker, direction: Direction, length: u64, at: &At);

    /// Something odd about the flow.
    fn weird(&mut self, weird: Weird);

    /// Nothing more comes of a direction.
    fn end(&mut self, worker: &mut Worker, direction: Direction, how: End, at: &At);

    /// What the flow goes over to, where it does; asked after each call.
    fn turn(&mut self, worker: &mut Worker, flow: &Flow) -> Option<Turn>;

    /// Bytes that it keeps of what is not whole yet, but for what has a budget of its own.
    fn held_bytes(&self) -> usize {
        0
    }

    /// The service that is talked to; `None` where the protocol is not known.
    fn service(&self) -> Option<String>;

    /// Nothing comes any more: what is open goes out as it is.
    fn close(self: Box<Self>, worker: &mut Worker);
}

/// What is constant over a flow, or over a stream inside one.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Who talks to whom.
    pub info: FlowInfo,
    /// Protocols that carry this one.
    pub depth: u8,
    /// `s` inside of TLS, 0 where nothing is known.
    pub scheme: u8,
    /// What is shown of the TLS around it, as JSON.
    pub tls: Option<std::sync::Arc<str>>,
}

/// A change of protocol in the middle of a flow.
#[derive(Debug)]
pub struct Turn {
    /// What is spoken from here on.
    pub next: Box<dyn Protocol>,
    /// What came of it already, in the order in which it is fed.
    pub held: Vec<(Direction, Vec<u8>, At)>,
    /// Whether it is carried by what was spoken before, and not the same flow understood.
    pub is_deeper: bool,
}
