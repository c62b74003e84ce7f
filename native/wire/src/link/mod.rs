//! From a captured record to the TCP segment inside: one loop over layers, one row (a small function) per layer.

pub(crate) mod cursor;
mod ethernet;
mod gre;
mod ip;
mod loopback;
mod mpls;
mod nflog;
mod ppp;
mod row;
mod sll;
mod udp;

use crate::address::{Network, Tags};
use crate::fragment::Fragment;
use crate::segment::Segment;
use cursor::Cursor;

/// The most layers around a segment; what is nested deeper is dropped as malformed (Suricata's limit too).
pub const LAYERS_MAX: u8 = 16;

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
    /// The capture ends inside a header.
    TruncatedRecord,
    /// A header contradicts itself; the name of the layer.
    Malformed(&'static str),
}

/// What follows a layer.
pub(crate) enum Next {
    EtherType(u16),
    IpProtocol(u8),
    /// IPv4 or IPv6, as the first nibble says.
    Ip,
    /// A whole Ethernet frame.
    Ethernet,
    /// IEEE 802.2 LLC.
    Llc,
    Fragment(crate::fragment::FragmentHead),
    Tcp,
}

/// A layer: reads its header from the cursor and says what follows.
pub(crate) type Row = for<'a> fn(&mut Cursor<'a>) -> Result<Next, Drop>;

/// Decapsulates one record. `link_type` is the number of the capture's header, FCS bits and all; `original_length` the
/// packet's length on the wire, in bytes, which tells what the capture cut off. Constant time but for IPv6 extension chains.
pub fn decode(link_type: u32, data: &[u8], original_length: u32) -> Decoded<'_> {
    let captured = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let missing = original_length.saturating_sub(captured);
    let mut cursor = Cursor { rest: data, missing, tags: Tags::default(), network: Network::default(), is_tunnelled: false };
    let Some(row) = row::of_link_type(link_type) else {
        return Decoded::Drop(Drop::UnknownLinkType(link_type & row::LINK_TYPE_MASK));
    };
    match row(&mut cursor) {
        Ok(next) => follow(cursor, next),
        Err(drop) => Decoded::Drop(drop),
    }
}

/// Goes on with a layer: the loop over the table, also entered again with a datagram put together from its fragments.
pub(crate) fn follow(mut cursor: Cursor<'_>, mut next: Next) -> Decoded<'_> {
    for _ in 0..LAYERS_MAX {
        let row = match next {
            Next::EtherType(number) => row::of_ether_type(number).ok_or(Drop::NotIp(number)),
            Next::IpProtocol(number) => row::of_ip_protocol(number).ok_or(Drop::NotTcp(number)),
            Next::Ip => Ok(ip::either as Row),
            Next::Ethernet => Ok(ethernet::frame as Row),
            Next::Llc => Ok(ethernet::llc as Row),
            Next::Fragment(head) => return Decoded::Fragment(Fragment { head, cursor }),
            Next::Tcp => {
                return match Segment::read(&cursor) {
                    Ok(segment) => Decoded::Tcp(segment),
                    Err(drop) => Decoded::Drop(drop),
                };
            }
        };
        match row.and_then(|row| row(&mut cursor)) {
            Ok(following) => next = following,
            Err(drop) => return Decoded::Drop(drop),
        }
    }
    Decoded::Drop(Drop::Malformed("layers"))
}

/// Whether fragments of this protocol are worth putting together.
pub(crate) fn is_followed(ip_protocol: u8) -> bool {
    row::of_ip_protocol(ip_protocol).is_some()
}
