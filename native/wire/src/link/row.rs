//! The table: which function reads which layer. A new encapsulation is a function, a line of `layers!`, and a line where its number stands.

use crate::link::cursor::Cursor;
use crate::link::{Drop, Next, arcnet, ethernet, gre, ip, l2tp, loopback, mpls, nflog, ppp, sll, tzsp, udp, wlan};

/// Reads a layer's header from the cursor and says what follows.
type Read = for<'a> fn(&mut Cursor<'a>) -> Result<Next, Drop>;

macro_rules! layers {
    ($($layer:ident = $name:literal, $read:expr, $is_tunnel:literal;)+) => {
        /// A kind of layer, by the header that it begins with.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub(crate) enum Layer { $($layer),+ }

        const ROWS: &[(&str, Read, bool)] = &[$(($name, $read, $is_tunnel)),+];
    };
}

layers! {
    Arcnet = "arcnet", arcnet::bsd, false;
    ArcnetLinux = "arcnet-linux", arcnet::linux, false;
    Authentication = "ah", ip::authentication, false;
    Backbone = "pbb", ethernet::backbone, true;
    CiscoHdlc = "c-hdlc", ppp::cisco_hdlc, false;
    CiscoMetadata = "cisco-metadata", ethernet::cisco_metadata, false;
    Erspan1 = "erspan-1", gre::erspan_1, true;
    Erspan2 = "erspan-2", gre::erspan_2, true;
    Erspan3 = "erspan-3", gre::erspan_3, true;
    Ethernet = "ethernet", ethernet::frame, false;
    EtherIp = "etherip", ethernet::over_ip, true;
    Extension = "ipv6-extension", ip::extension, false;
    Geneve = "geneve", udp::geneve, true;
    Gre = "gre", gre::packet, true;
    Gtp = "gtp-u", udp::gtp, true;
    Hep = "hep", |_| Err(Drop::Unread("hep")), true;
    Ip4 = "ipv4", ip::v4, false;
    Ip6 = "ipv6", ip::v6, false;
    IpCompressed = "ipcomp", ip::compressed, false;
    Ip6Fragment = "ipv6-fragment", ip::fragment, false;
    L2tp2 = "l2tp-2", l2tp::version_2, true;
    L2tp3 = "l2tp-3", l2tp::version_3, true;
    Llc = "llc", ethernet::llc, false;
    Loopback = "loopback", loopback::family, false;
    Mpls = "mpls", mpls::label, true;
    Nflog = "nflog", nflog::packet, false;
    NetworkService = "nsh", udp::network_service, true;
    Ppi = "ppi", wlan::ppi, false;
    Ppp = "ppp", ppp::frame, false;
    PppoE = "pppoe", ppp::over_ethernet, true;
    Radiotap = "radiotap", wlan::radiotap, false;
    RawIp = "raw-ip", ip::either, false;
    Sll = "sll", sll::version_1, false;
    Sll2 = "sll2", sll::version_2, false;
    Teredo = "teredo", udp::teredo, true;
    Tzsp = "tzsp", tzsp::packet, true;
    Udp = "udp", udp::datagram, false;
    Vlan = "vlan", ethernet::vlan, false;
    VnTag = "vn-tag", ethernet::vn_tag, false;
    Vxlan = "vxlan", udp::vxlan, true;
    VxlanGpe = "vxlan-gpe", udp::vxlan_gpe, true;
    Wccp = "wccp", gre::wccp, true;
    Wlan = "802.11", wlan::frame, false;
    WlanAggregate = "802.11-a-msdu", wlan::aggregate, false;
    WlanPadded = "802.11-padded", wlan::padded_frame, false;
}

impl Layer {
    /// The function that reads it.
    pub fn read(self) -> Read {
        ROWS[self as usize].1
    }
}

/// Kinds of layers around a packet, each once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct LayerSet(u64);

const _: () = assert!(ROWS.len() <= 64, "a set of layers is 64 bits");

impl LayerSet {
    /// Adds one kind.
    pub(crate) fn insert(&mut self, layer: Layer) {
        self.0 |= 1 << layer as u8;
    }

    /// Their names, in the order of the table.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        self.rows().map(|row| row.0)
    }

    /// The names of those that carry a packet inside another one, or a frame of another network.
    pub fn tunnels(self) -> impl Iterator<Item = &'static str> {
        self.rows().filter(|row| row.2).map(|row| row.0)
    }

    fn rows(self) -> impl Iterator<Item = &'static (&'static str, Read, bool)> {
        ROWS.iter().enumerate().filter(move |(at, _)| self.0 >> at & 1 == 1).map(|(_, row)| row)
    }
}

/// The link type is 16 bits wide; capture headers keep FCS length and flags above it.
pub(crate) const LINK_TYPE_MASK: u32 = 0xffff;

/// Rows by link type (tcpdump.org/linktypes.html).
pub(crate) fn of_link_type(number: u32) -> Option<Layer> {
    Some(match number & LINK_TYPE_MASK {
        0 | 108 => Layer::Loopback,
        1 => Layer::Ethernet,
        7 => Layer::Arcnet,
        9 | 50 => Layer::Ppp,
        12 | 14 | 101 => Layer::RawIp,
        51 => Layer::PppoE,
        104 => Layer::CiscoHdlc,
        105 => Layer::Wlan,
        113 => Layer::Sll,
        127 => Layer::Radiotap,
        129 => Layer::ArcnetLinux,
        192 => Layer::Ppi,
        228 => Layer::Ip4,
        229 => Layer::Ip6,
        239 => Layer::Nflog,
        276 => Layer::Sll2,
        _ => return None,
    })
}

/// Rows by EtherType (IEEE registration authority); values below 0x0600 are the length of an 802.3 frame.
pub(crate) fn of_ether_type(number: u16) -> Option<Layer> {
    Some(match number {
        0x0800 => Layer::Ip4,
        0x2452 => Layer::Wlan,
        0x86dd => Layer::Ip6,
        0x8100 | 0x88a8 | 0x9100 | 0x9200 => Layer::Vlan,
        0x6558 => Layer::Ethernet,
        0x8847 | 0x8848 => Layer::Mpls,
        0x8864 => Layer::PppoE,
        0x88e7 => Layer::Backbone,
        0x8909 => Layer::CiscoMetadata,
        0x8926 => Layer::VnTag,
        0x894f => Layer::NetworkService,
        _ => return None,
    })
}

/// Rows by IP protocol number (IANA protocol-numbers). TCP has none: it is what all of them lead to.
pub(crate) fn of_ip_protocol(number: u8) -> Option<Layer> {
    Some(match number {
        0 | 43 | 60 | 135 | 139 | 140 => Layer::Extension,
        4 => Layer::Ip4,
        17 => Layer::Udp,
        41 => Layer::Ip6,
        44 => Layer::Ip6Fragment,
        47 => Layer::Gre,
        51 => Layer::Authentication,
        97 => Layer::EtherIp,
        108 => Layer::IpCompressed,
        115 => Layer::L2tp3,
        137 => Layer::Mpls,
        143 => Layer::Ethernet,
        _ => return None,
    })
}

/// Rows by UDP port (IANA; 8472 is Linux's old one for VXLAN). A port is a hint: a row that finds something else says so.
pub(crate) fn of_udp_port(number: u16) -> Option<Layer> {
    Some(match number {
        1701 => Layer::L2tp2,
        2152 => Layer::Gtp,
        3544 => Layer::Teredo,
        4754 => Layer::Gre,
        4789 | 8472 => Layer::Vxlan,
        4790 => Layer::VxlanGpe,
        6081 => Layer::Geneve,
        6635 => Layer::Mpls,
        37008 => Layer::Tzsp,
        _ => return None,
    })
}
