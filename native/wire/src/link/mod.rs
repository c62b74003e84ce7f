//! From a captured record to the TCP segment inside: one loop over layers, one row (a small function) per layer.

mod arcnet;
pub(crate) mod cursor;
mod ethernet;
mod gre;
mod ip;
mod l2tp;
mod loopback;
mod mpls;
mod nflog;
mod ppp;
mod row;
mod sll;
mod tzsp;
mod udp;
mod wlan;

use crate::fragment::{Fragment, FragmentHead};
use crate::segment::Segment;
use cursor::Cursor;
use row::Layer;

pub use row::LayerSet;

/// The most layers around a segment, a UDP header and its tunnel being two; what is nested deeper is dropped as malformed.
pub const LAYERS_MAX: u8 = 20;

/// What a record holds.
#[derive(Clone, Copy, Debug)]
pub enum Decoded<'a> {
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// A fragment of an IP datagram, for the defragmenter.
    Fragment(Fragment<'a>),
    /// Nothing that reassembly can use.
    Drop(Drop),
}

/// Why a record holds no segment; each is a packet outcome of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Drop {
    /// No row for this link type.
    UnknownLinkType(u32),
    /// Something other than IP, by EtherType (or the length of an 802.3 frame that is not SNAP).
    NotIp(u16),
    /// IP with another protocol inside, by protocol number.
    NotTcp(u8),
    /// A packet of a known layer that holds nothing to read, or nothing that can be read; counted as not IP.
    Unread(&'static str),
    /// The capture ends inside a header.
    TruncatedRecord,
    /// A header contradicts itself; the name of the layer.
    Malformed(&'static str),
}

/// What follows a layer.
pub(crate) enum Next {
    LinkType(u32),
    EtherType(u16),
    IpProtocol(u8),
    Layer(Layer),
    Fragment(FragmentHead),
    /// What lies behind is compressed; the protocol inside.
    Compressed(u8),
}

/// UDP that is no tunnel.
pub(crate) const UDP: Drop = Drop::NotTcp(17);
const TCP: u8 = 6;

/// Decapsulates one record. `link_type` is the number of the capture's header, FCS bits and all; `original_length` the
/// packet's length on the wire, in bytes, which tells what the capture cut off. Constant time but for IPv6 extension chains.
pub fn decode(link_type: u32, data: &[u8], original_length: u32) -> Decoded<'_> {
    let mut cursor = Cursor::new(data, original_length);
    match follow(&mut cursor, Next::LinkType(link_type)) {
        Followed::Tcp => Segment::read(&cursor).map_or_else(Decoded::Drop, Decoded::Tcp),
        Followed::Fragment(head) => Decoded::Fragment(Fragment { head, cursor }),
        Followed::Compressed(_) => Decoded::Drop(Drop::Unread("ipcomp")),
        Followed::Drop(drop) => Decoded::Drop(drop),
    }
}

/// Where following the layers ended; the cursor is there.
pub(crate) enum Followed {
    Tcp,
    Fragment(FragmentHead),
    /// What lies behind is compressed; the protocol inside.
    Compressed(u8),
    Drop(Drop),
}

/// The loop over the table, also entered again with a datagram put together from its fragments.
pub(crate) fn follow(cursor: &mut Cursor<'_>, mut next: Next) -> Followed {
    for _ in 0..LAYERS_MAX {
        let layer = match next {
            Next::LinkType(number) => row::of_link_type(number).ok_or(Drop::UnknownLinkType(number & row::LINK_TYPE_MASK)),
            Next::EtherType(number) => row::of_ether_type(number).ok_or(Drop::NotIp(number)),
            Next::IpProtocol(TCP) => return Followed::Tcp,
            Next::IpProtocol(number) => row::of_ip_protocol(number).ok_or(Drop::NotTcp(number)),
            Next::Layer(layer) => Ok(layer),
            Next::Fragment(head) => return Followed::Fragment(head),
            Next::Compressed(protocol) => return Followed::Compressed(protocol),
        };
        let followed = layer.and_then(|layer| {
            cursor.layers.insert(layer);
            layer.read()(cursor)
        });
        match followed {
            Ok(following) => next = following,
            Err(drop) => return Followed::Drop(drop),
        }
    }
    Followed::Drop(Drop::Malformed("layers"))
}

/// Whether fragments of this protocol are worth putting together.
pub(crate) fn is_followed(ip_protocol: u8) -> bool {
    ip_protocol == TCP || row::of_ip_protocol(ip_protocol).is_some()
}
