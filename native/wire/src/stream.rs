//! What reassembly hands to a protocol: bytes in order, gaps, ends, each with where and when it was seen.

use std::net::IpAddr;

use crate::link::LayerSet;
use crate::weird::Weird;

/// Which way bytes go. `Forward` is from the endpoint that the flow table lists first (the sender of the SYN where one was
/// seen, else the sender of the first packet); protocols decide by content who is the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From `FlowInfo::endpoints[0]` to `FlowInfo::endpoints[1]`.
    Forward,
    /// The other way.
    Backward,
}

impl Direction {
    /// 0 for `Forward`, 1 for `Backward`.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The other direction.
    pub const fn reverse(self) -> Self {
        match self {
            Direction::Forward => Direction::Backward,
            Direction::Backward => Direction::Forward,
        }
    }
}

/// Who talks to whom; constant over a flow.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FlowInfo {
    /// Address and port; index 0 sends `Direction::Forward`.
    pub endpoints: [(IpAddr, u16); 2],
    /// VLAN identifiers from the outside in.
    pub vlans: Vec<u16>,
    /// Identifiers of virtual networks (VXLAN, Geneve) from the outside in.
    pub networks: Vec<u32>,
    /// The kinds of layers around its first packet.
    pub layers: LayerSet,
    /// No SYN was seen: the flow was joined in its middle.
    pub midstream: bool,
}

/// Where and when bytes were seen: facts of the segment that carried their first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// Event time in nanoseconds since the epoch; 0 where the capture has none (a simple packet block).
    pub time_ns: i64,
    /// Ordinal of the packet over the whole input, from 0.
    pub packet: u64,
    /// Offset of the first byte in its stream; the byte after the SYN (or the first byte seen) is 0.
    pub offset: u64,
    /// How much of the other direction's stream the sender had acknowledged, as an offset there.
    pub peer_acked: u64,
    /// Whether any packet of the other direction was seen by then: where none was, nobody can wait for its bytes.
    pub peer_seen: bool,
    /// Which input of the call the packet is from.
    pub input: u32,
}

impl At {
    /// Event time in nanoseconds since the epoch, where it is known.
    pub fn time(&self) -> Option<i64> {
        (self.time_ns != 0).then_some(self.time_ns)
    }
}

/// Why a direction, or the flow, has no more bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// FIN: the sender said that this was all.
    Fin,
    /// RST of either side.
    Reset,
    /// No packet of the flow for the idle time, in the flow's own event time.
    Idle,
    /// Shed under memory pressure.
    Evicted,
    /// A new connection reused the ports.
    Reused,
    /// The input ended.
    Input,
}

/// The length of a gap in what is carried by another protocol, where that does not tell it.
pub const UNKNOWN_LENGTH: u64 = u64::MAX;

/// A protocol over one flow. Reassembly calls it in stream order for each direction; calls of the two directions
/// interleave as their packets came. `Shared` is the worker's state (tables, pools, counters), one for all flows of a worker.
pub trait Application: Sized {
    /// What all flows of a worker share.
    type Shared;

    /// A flow with payload was found, or one whose payload the capture cut off. Flows without payload never open.
    fn open(shared: &mut Self::Shared, flow: &FlowInfo) -> Self;

    /// The next bytes of a direction, in order, each byte exactly once. `bytes` is never empty.
    fn data(&mut self, shared: &mut Self::Shared, direction: Direction, bytes: &[u8], at: &At);

    /// `length` bytes of a direction will never come; `at` is of the segment that follows the hole, its `offset` the hole's start.
    fn gap(&mut self, shared: &mut Self::Shared, direction: Direction, length: u64, at: &At);

    /// Something odd about the flow that only reassembly sees: `TcpOneWay` before `close`, `TcpOverlapConflict`, `TcpSynData`,
    /// `TcpDataAfterRst`, `TcpEvicted` when they happen. May come more than once.
    fn weird(&mut self, shared: &mut Self::Shared, weird: Weird) {
        let _ = (shared, weird);
    }

    /// A direction was never seen, though the other one acknowledged so many bytes of it. Comes before `close`.
    fn unseen(&mut self, shared: &mut Self::Shared, bytes: u64) {
        let _ = (shared, bytes);
    }

    /// A direction has ended; nothing more comes of it.
    fn end(&mut self, shared: &mut Self::Shared, direction: Direction, how: End, at: &At);

    /// Both directions are over; called once, last.
    fn close(self, shared: &mut Self::Shared, how: End);
}
