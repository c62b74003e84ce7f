//! The table: which function reads which layer. A new encapsulation is a function and a line here.

use crate::link::{Next, Row, ethernet, gre, ip, loopback, mpls, nflog, ppp, sll, udp};

/// The link type is 16 bits wide; capture headers keep FCS length and flags above it.
pub(crate) const LINK_TYPE_MASK: u32 = 0xffff;

/// Rows by link type (tcpdump.org/linktypes.html).
pub(crate) fn of_link_type(number: u32) -> Option<Row> {
    Some(match number & LINK_TYPE_MASK {
        0 | 108 => loopback::family,
        1 => ethernet::frame,
        9 | 50 => ppp::frame,
        12 | 14 | 101 => ip::either,
        104 => ppp::cisco_hdlc,
        113 => sll::version_1,
        228 => ip::v4,
        229 => ip::v6,
        239 => nflog::packet,
        276 => sll::version_2,
        _ => return None,
    })
}

/// Rows by EtherType (IEEE registration authority); values below 0x0600 are the length of an 802.3 frame.
pub(crate) fn of_ether_type(number: u16) -> Option<Row> {
    Some(match number {
        0x0800 => ip::v4,
        0x86dd => ip::v6,
        0x8100 | 0x88a8 | 0x9100 | 0x9200 => ethernet::vlan,
        0x6558 => ethernet::frame,
        0x8847 | 0x8848 => mpls::label,
        0x8864 => ppp::over_ethernet,
        0x88e7 => ethernet::backbone,
        0x8909 => ethernet::cisco_metadata,
        0x8926 => ethernet::vn_tag,
        0x894f => udp::network_service,
        _ => return None,
    })
}

/// Rows by IP protocol number (IANA protocol-numbers).
pub(crate) fn of_ip_protocol(number: u8) -> Option<Row> {
    Some(match number {
        0 | 43 | 60 | 135 | 139 | 140 => ip::extension,
        4 => ip::v4,
        6 => |_| Ok(Next::Tcp),
        17 => udp::datagram,
        41 => ip::v6,
        44 => ip::fragment,
        47 => gre::packet,
        51 => ip::authentication,
        137 => mpls::label,
        _ => return None,
    })
}
