//! Link layers and IP: each row is a way to wrap one segment.

use tapistry_wire::link::{Decoded, Drop, decode};
use tapistry_wire::{DecodeOptions, Outcome, PacketDecoder};

use crate::frame::{ethernet, ipv4, ipv6, tcp};

fn segment() -> Vec<u8> {
    tcp([4000, 80], 0x10, 100, 500, b"hello")
}

fn check(name: &str, link_type: u32, data: &[u8]) {
    match decode(link_type, data, data.len() as u32) {
        Decoded::Tcp(found) => {
            assert_eq!(found.payload, b"hello", "{name}");
            assert_eq!((found.header.sequence, found.header.source().1, found.header.destination().1), (100, 4000, 80), "{name}");
            assert_eq!(found.header.missing, 0, "{name}");
        }
        other => panic!("{name}: {other:?}"),
    }
}

fn check_drop(name: &str, link_type: u32, data: &[u8], original_length: u32, drop: Drop) {
    match decode(link_type, data, original_length) {
        Decoded::Drop(found) => assert_eq!(found, drop, "{name}"),
        other => panic!("{name}: {other:?}"),
    }
}

fn tagged(tags: &[(u16, u16)], packet: &[u8]) -> Vec<u8> {
    let mut inner = [&0x0800u16.to_be_bytes()[..], packet].concat();
    for (protocol, id) in tags.iter().rev() {
        inner = [&protocol.to_be_bytes()[..], &id.to_be_bytes(), &inner].concat();
    }
    [&[0; 12][..], &inner].concat()
}

#[test]
fn link_layers() {
    let v4 = ipv4(6, 1, 0, &segment());
    let v6 = ipv6(6, &segment());
    check("W7 Ethernet, IPv4", 1, &ethernet(0x0800, &v4));
    check("W7 Ethernet, IPv6", 1, &ethernet(0x86dd, &v6));
    check("W7 padding after the total length", 1, &ethernet(0x0800, &[&v4[..], &[0xee; 40]].concat()));
    check("W7 padding after the payload length", 1, &ethernet(0x86dd, &[&v6[..], &[0xee; 40]].concat()));
    check("W1 FCS bits in the link type", 0x2400_0001, &ethernet(0x0800, &v4));
    let snap = [&[0xaa, 0xaa, 3, 0, 0, 0, 8, 0][..], &v4].concat();
    check("W7 802.3, LLC, SNAP", 1, &ethernet(snap.len() as u16, &snap));
    check("W7 VLAN", 1, &tagged(&[(0x8100, 7)], &v4));
    check("W7 QinQinQ", 1, &tagged(&[(0x9100, 7), (0x88a8, 8), (0x9200, 9), (0x8100, 10)], &v4));
    check("W7 priority tag", 1, &tagged(&[(0x8100, 0xe000)], &v4));
    for family in [2u32, 10, 23, 24, 26, 28, 30] {
        let packet = if family == 2 { &v4 } else { &v6 };
        check("W8 NULL", 0, &[&family.to_le_bytes()[..], packet].concat());
        check("W8 LOOP", 108, &[&family.to_be_bytes()[..], packet].concat());
    }
    for link_type in [12, 14, 101, 228] {
        check("W8 raw IPv4", link_type, &v4);
    }
    check("W8 raw IPv6", 229, &v6);
    check("W8 raw, either", 101, &v6);
    check("W8 SLL", 113, &[&[0; 14][..], &[8, 0], &v4].concat());
    check("W8 SLL2", 276, &[&[0x86, 0xdd][..], &[0; 18], &v6].concat());
}

#[test]
fn ip() {
    let mut offloaded = ipv4(6, 1, 0, &segment());
    offloaded[2..4].fill(0);
    check("W14 total length 0", 101, &offloaded);
    let mut jumbo = ipv6(6, &segment());
    jumbo[4..6].fill(0);
    check("W13 payload length 0", 101, &jumbo);
    let mut options = ipv4(6, 1, 0, &segment());
    options[0] = 0x46;
    options[3] += 4;
    options.splice(20..20, [1; 4]);
    check("IPv4 options", 101, &options);
    let chain = [&[43, 0, 0, 0, 0, 0, 0, 0][..], &[60, 1], &[0; 14], &[51, 0, 0, 0, 0, 0, 0, 0], &[6, 4], &[0; 22], &segment()].concat();
    check("W13 hop-by-hop, routing, options, authentication", 101, &ipv6(0, &chain));
    check("W12 atomic fragment", 101, &ipv6(44, &[&[6, 0, 0, 0, 0, 0, 0, 9][..], &segment()].concat()));
}

#[test]
fn tunnels() {
    let v4 = ipv4(6, 1, 0, &segment());
    let frame = ethernet(0x0800, &v4);
    let gre = |flags: u16, protocol: u16, rest: &[u8]| ipv4(47, 1, 0, &[&flags.to_be_bytes()[..], &protocol.to_be_bytes(), rest].concat());
    let udp = |port: u16, rest: &[u8]| {
        let length = (8 + rest.len() as u16).to_be_bytes();
        ipv4(17, 1, 0, &[&[0xc0, 0][..], &port.to_be_bytes(), &length, &[0, 0], rest].concat())
    };
    let joined = |head: &[u8], rest: &[u8]| [head, rest].concat();
    check("W7 MPLS, two labels", 1, &ethernet(0x8847, &joined(&[0, 1, 0, 64, 0, 2, 1, 64], &v4)));
    check("W7 MPLS, control word", 1, &ethernet(0x8847, &joined(&[0, 2, 1, 64, 0, 0, 0, 0], &frame)));
    check("W7 MPLS, Ethernet", 1, &ethernet(0x8848, &joined(&[0, 2, 1, 64], &[&[2][..], &frame[1..]].concat())));
    let length = (2 + v4.len() as u16).to_be_bytes();
    check("W7 PPPoE", 1, &ethernet(0x8864, &joined(&[0x11, 0, 0, 7, length[0], length[1], 0, 0x21], &v4)));
    check("W7 VN-tag", 1, &ethernet(0x8926, &joined(&[0, 0, 0, 1, 8, 0], &v4)));
    check("W7 Cisco metadata", 1, &ethernet(0x8909, &joined(&[1, 1, 0, 1, 0, 5, 8, 0], &v4)));
    check("W7 backbone", 1, &ethernet(0x88e7, &joined(&[0, 0, 0, 9], &frame)));
    check("W8 PPP, HDLC framing", 50, &joined(&[0xff, 3, 0, 0x21], &v4));
    check("W8 PPP, short protocol", 9, &joined(&[0x21], &v4));
    check("W8 Cisco HDLC", 104, &joined(&[0x0f, 0, 8, 0], &v4));
    let length = (4 + v4.len() as u16).to_le_bytes();
    check("W8 NFLOG", 239, &joined(&[2, 0, 0, 0, 6, 0, 10, 0, b'p', 0, 0, 0, length[0], length[1], 9, 0], &v4));
    check("W9 GRE", 101, &gre(0, 0x0800, &v4));
    check("W9 GRE with checksum, key and sequence", 101, &gre(0xb000, 0x0800, &joined(&[0; 12], &v4)));
    check("W9 GRE version 1", 101, &gre(0x3081, 0x880b, &joined(&[0; 12], &joined(&[0xff, 3, 0, 0x21], &v4))));
    check("W9 Ethernet over GRE", 101, &gre(0x2000, 0x6558, &joined(&[0; 4], &frame)));
    check("W9 ERSPAN I", 101, &gre(0, 0x88be, &frame));
    check("W9 ERSPAN II", 101, &gre(0x1000, 0x88be, &joined(&[0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0], &frame)));
    check("W9 ERSPAN III with a subheader", 101, &gre(0x1000, 0x22eb, &joined(&[&[0, 0, 0, 0, 0x20][..], &[0; 10], &[1], &[0; 8]].concat(), &frame)));
    check("W9 VXLAN", 101, &udp(4789, &joined(&[8, 0, 0, 0, 0, 0, 5, 0], &frame)));
    check("W9 VXLAN on any port", 101, &udp(5555, &joined(&[8, 0, 0, 0, 0, 0, 5, 0], &frame)));
    check("W9 VXLAN without its flag", 101, &udp(4789, &joined(&[0, 1, 2, 3, 0, 0, 5, 9], &frame)));
    check("W9 VXLAN-GPE, NSH", 101, &udp(4790, &joined(&[0x0c, 0, 0, 4, 0, 0, 5, 0, 0, 2, 1, 3, 0, 0, 0, 0], &frame)));
    check("W9 Geneve with options", 101, &udp(6081, &joined(&[2, 0, 0x65, 0x58, 0, 0, 5, 0, 1, 1, 1, 1, 2, 2, 2, 2], &frame)));
    check("W9 GTP with an extension header", 101, &udp(2152, &joined(&[0x34, 0xff, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 0, 0], &v4)));
    check("W9 GRE in UDP", 101, &udp(4754, &joined(&[0, 0, 8, 0], &v4)));
    check("W9 L2TP", 101, &udp(1701, &joined(&[0x40, 2, 0, 9, 0, 1, 0, 1, 0xff, 3, 0, 0x21], &v4)));
    let v6 = ipv6(6, &segment());
    check("W9 Teredo with an origin", 101, &udp(3544, &joined(&[0, 0, 1, 2, 3, 4, 5, 6], &v6)));
    let sessions = |cookie: &[u8], rest: &[u8]| [&[0, 0, 0, 9][..], cookie, rest].concat();
    check("W9 L2TP version 3 over IP, cookie and sublayer, Ethernet", 101, &ipv4(115, 1, 0, &sessions(&[7; 12], &frame)));
    check("W9 L2TP version 3 over IP, PPP", 101, &ipv4(115, 1, 0, &sessions(&[], &joined(&[0xff, 3, 0, 0x21], &v4))));
    check("W9 L2TP version 3 over IP, HDLC", 101, &ipv4(115, 1, 0, &sessions(&[1; 8], &joined(&[0x0f, 0, 8, 0], &v4))));
    check("W9 L2TP version 3 over UDP", 101, &udp(1701, &joined(&[0, 3, 0, 0], &sessions(&[7; 4], &frame))));
    check("W9 TZSP", 101, &udp(37008, &joined(&[1, 0, 0, 1, 0, 10, 2, 5, 6, 1], &frame)));
    check("W9 TZSP, 802.11", 101, &udp(37008, &joined(&[1, 0, 0, 18, 1], &wlan(0x08, 1, &[], &v4))));
    check("W9 MPLS in UDP", 101, &udp(6635, &joined(&[0, 2, 1, 64], &v4)));
    check("W9 EtherIP", 101, &ipv4(97, 1, 0, &joined(&[0x30, 0], &frame)));
    check("W9 Ethernet over IPv6", 101, &ipv6(143, &frame));
    check("W9 WCCP", 101, &gre(0, 0x883e, &joined(&[0, 1, 2, 3], &v4)));
    check("W9 IP in IP", 101, &ipv4(4, 1, 0, &v4));
    check("W9 6in4", 101, &ipv4(41, 1, 0, &v6));
    check("W9 4in6", 101, &ipv6(4, &v4));
    let false_positive = udp(2152, &[0x30, 0xff, 0, 0, 0, 0, 0, 1, 0x99, 0x99]);
    check_drop("W9 what only looks like GTP", 101, &false_positive, false_positive.len() as u32, Drop::NotTcp(17));
}

/// An 802.11 frame with LLC and SNAP: control, flags, what stands between the three addresses and LLC.
fn wlan(control: u8, flags: u8, between: &[u8], packet: &[u8]) -> Vec<u8> {
    [&[control, flags][..], &[0; 22], between, &[0xaa, 0xaa, 3, 0, 0, 0, 8, 0], packet].concat()
}

#[test]
fn wireless_and_old_links() {
    let v4 = ipv4(6, 1, 0, &segment());
    check("W8 802.11", 105, &wlan(0x08, 1, &[], &v4));
    check("W8 802.11, four addresses, quality of service", 105, &wlan(0x88, 3, &[0; 8], &v4));
    check("W8 802.11, high throughput", 105, &wlan(0x88, 0x82, &[0; 6], &v4));
    let length = (8 + v4.len() as u16).to_be_bytes();
    let aggregate = [&[0x80, 0][..], &[0; 12], &length].concat();
    check("W8 802.11, aggregate", 105, &[&wlan(0x88, 1, &aggregate, &v4)[..], &[9; 40]].concat());
    check("W8 radiotap", 127, &[&[0, 0, 8, 0, 0, 0, 0, 0][..], &wlan(0x08, 2, &[], &v4)].concat());
    let flags = [&[0, 0, 25, 0, 3, 0, 0, 0x80, 0, 0, 0, 0][..], &[0; 12], &[0x20]].concat();
    check("W8 radiotap, two words, padded header", 127, &[&flags[..], &wlan(0x88, 2, &[0; 4], &v4)].concat());
    check("W8 PPI", 192, &[&[0, 0, 12, 0, 105, 0, 0, 0, 1, 2, 3, 4][..], &wlan(0x08, 2, &[], &v4)].concat());
    check("W8 802.11 in Ethernet, as Centrino cards capture it", 1, &ethernet(0x2452, &wlan(0x08, 1, &[], &v4)));
    check("W8 802.11 that the card has decrypted", 105, &wlan(0x08, 0x41, &[1, 2, 3, 0], &v4));
    check("W8 802.11 that the card has decrypted, long vector", 105, &wlan(0x08, 0x41, &[1, 2, 3, 0x20, 4, 5, 6, 7], &v4));
    check("W8 PPPoE alone", 51, &[&[0x11, 0, 0, 7][..], &(2 + v4.len() as u16).to_be_bytes(), &[0, 0x21], &v4].concat());
    check("W8 ARCNET, RFC 1051", 7, &[&[1, 2, 240][..], &v4].concat());
    check("W8 ARCNET, RFC 1201", 7, &[&[1, 2, 212, 0, 0, 1][..], &v4].concat());
    check("W8 ARCNET, exception", 129, &[&[1, 2, 0, 0, 212, 0xff, 0xff, 0xff, 0xff, 0, 0, 1][..], &v4].concat());
    for (name, frame) in [
        ("802.11-management", wlan(0x80, 0, &[], &v4)),
        ("802.11-control", vec![0xd4, 0, 0, 0, 1, 2, 3, 4, 5, 6]),
        ("802.11-encrypted", wlan(0x08, 0x41, &[], &v4)),
        ("802.11-null", wlan(0x48, 1, &[], &v4)),
    ] {
        check_drop(name, 105, &frame, frame.len() as u32, Drop::Unread(name));
    }
    let mut fragment = wlan(0x08, 1, &[], &v4);
    fragment[22] = 3;
    check_drop("a later fragment", 105, &fragment, fragment.len() as u32, Drop::Unread("802.11-fragment"));
    check_drop("a middle fragment", 7, &[1, 2, 212, 2, 0, 1, 0x45], 7, Drop::Unread("arcnet-fragment"));
}

#[test]
fn layers_are_counted() {
    let mut decoder = PacketDecoder::new(DecodeOptions::default());
    let inner = ipv4(6, 1, 0, &segment());
    let hep = ipv4(17, 1, 0, &[&[0, 9, 0, 9, 0, 12, 0, 0][..], b"HEP3"].concat());
    for packet in [tagged(&[(0x8100, 7), (0x8100, 8)], &ipv4(4, 1, 0, &inner)), ethernet(0x0800, &inner), ethernet(0x0800, &inner), ethernet(0x0800, &hep)] {
        decoder.decode(1, &packet, packet.len() as u32, 0);
    }
    let counters = decoder.counters();
    let layers: Vec<_> = counters.layers.by_name().into_iter().collect();
    assert_eq!(layers, [("ethernet", 4), ("hep", 1), ("ipv4", 4), ("udp", 1), ("vlan", 1)]);
    assert_eq!((counters.not_ip, counters.unread_layers.get("hep"), counters.outcomes()), (1, Some(&1), 4));
}

#[test]
fn drops_are_named() {
    let v4 = ipv4(6, 1, 0, &segment());
    check_drop("W6", 147, &v4, 45, Drop::UnknownLinkType(147));
    check_drop("ARP", 1, &ethernet(0x0806, &[0; 28]), 42, Drop::NotIp(0x0806));
    check_drop("UDP", 101, &ipv4(17, 1, 0, &[0; 8]), 28, Drop::NotTcp(17));
    check_drop("cut inside a header", 101, &v4[..30], 45, Drop::TruncatedRecord);
    check_drop("header without end", 1, &[0; 9], 9, Drop::Malformed("ethernet"));
    check_drop("W9 too many layers", 1, &tagged(&[(0x8100, 1); 40], &v4), 500, Drop::Malformed("layers"));
    check_drop("version 5", 101, &[0x55; 40], 40, Drop::Malformed("ip"));
    check_drop("empty", 1, &[], 0, Drop::Malformed("ethernet"));
    check_drop("W4 nothing captured", 1, &[], 60, Drop::TruncatedRecord);
}

#[test]
fn w22_cut_by_the_capture() {
    let packet = ethernet(0x0800, &ipv4(6, 1, 0, &segment()));
    for cut in 54..packet.len() {
        let Decoded::Tcp(found) = decode(1, &packet[..cut], packet.len() as u32) else { panic!("cut at {cut}") };
        assert_eq!((found.payload, found.header.missing as usize), (&b"hello"[..cut - 54], packet.len() - cut));
    }
}

#[test]
fn w10_networks_tell_flows_apart() {
    let v4 = ipv4(6, 1, 0, &segment());
    let hash = |options: DecodeOptions, id: u16| {
        let packet = tagged(&[(0x8100, id)], &v4);
        match PacketDecoder::new(options).decode(1, &packet, packet.len() as u32, 0) {
            Outcome::Segment(segment) => (segment.header.flow_hash(), segment.header.key),
            other => panic!("{other:?}"),
        }
    };
    let of_nvgre = |key: [u8; 4]| {
        let packet = ipv4(47, 1, 0, &[&[0x20, 0, 0x65, 0x58][..], &key, &ethernet(0x0800, &v4)].concat());
        match PacketDecoder::new(DecodeOptions::default()).decode(101, &packet, packet.len() as u32, 0) {
            Outcome::Segment(segment) => segment.header.flow_hash(),
            other => panic!("{other:?}"),
        }
    };
    assert_ne!(of_nvgre([0, 0x20, 0, 1]), of_nvgre([0, 0x20, 1, 1]), "the tenant of NVGRE");
    assert_eq!(of_nvgre([0, 0x20, 0, 1]), of_nvgre([0, 0x20, 0, 9]), "but not its flow number");
    assert_eq!(of_nvgre([0, 0, 0, 1]), of_nvgre([0, 0, 9, 9]), "nor a key that may differ by direction");
    let of = |ether_type: u16, head: &[u8], packet: &[u8]| {
        let frame = ethernet(ether_type, &[head, packet].concat());
        match PacketDecoder::new(DecodeOptions::default()).decode(1, &frame, frame.len() as u32, 0) {
            Outcome::Segment(segment) => segment.header.flow_hash(),
            other => panic!("{other:?}"),
        }
    };
    let of_pppoe = |session: u8| of(0x8864, &[0x11, 0, 0, session, 0, v4.len() as u8 + 2, 0, 0x21], &v4);
    assert_ne!(of_pppoe(1), of_pppoe(2), "the session of PPPoE, RFC 2516 §4");
    // The direction bit says which of both numbers is that of the interface that the tag is for.
    let of_vn_tag = |[destination, source]: [u8; 2], direction: u8| of(0x8926, &[direction, destination, 0, source, 8, 0], &v4);
    assert_ne!(of_vn_tag([0, 1], 0), of_vn_tag([0, 2], 0), "the interface of VN-tag");
    assert_eq!(of_vn_tag([0, 1], 0), of_vn_tag([1, 0], 0x80), "that is the source of what it sends, and the destination of what it gets");
    assert_eq!(of_vn_tag([9, 1], 0), of_vn_tag([1, 9], 0x80), "whoever the other one is");
    let of_erspan = |protocol: u16, head: &[u8]| {
        let [high, low] = protocol.to_be_bytes();
        let gre = [&[0x10, 0, high, low, 0, 0, 0, 1][..], head, &ethernet(0x0800, &v4)].concat();
        of(0x0800, &[], &ipv4(47, 1, 0, &gre))
    };
    let version_2 = |vlan: u8, keeps_tag: u8| of_erspan(0x88be, &[0x10, vlan, keeps_tag << 3, 5, 0, 0, 0, 0]);
    assert_ne!(version_2(1, 0), version_2(2, 0), "the VLAN that ERSPAN took the frame from");
    assert_eq!(version_2(1, 3), version_2(2, 3), "but not where the frame still has its tag");
    let version_3 = |vlan: u8| of_erspan(0x22eb, &[0x20, vlan, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert_ne!(version_3(1), version_3(2), "also in its version 3");
    // RFC 1701: one entry with an address, and the last one.
    let routed = [&[0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 4, 10, 0, 0, 1, 0, 0, 0, 0][..], &v4].concat();
    assert_eq!(of(0x0800, &[], &ipv4(47, 1, 0, &routed)), of(0x0800, &[], &v4), "routes of GRE are passed over");
    let of_mpls = |label: u8| of(0x8847, &[0, label, 1, 64], &v4);
    assert_eq!(of_mpls(1), of_mpls(2), "a label is another one in each direction");
    let merged = DecodeOptions { tags_in_key: false, ..DecodeOptions::default() };
    assert_ne!(hash(DecodeOptions::default(), 7), hash(DecodeOptions::default(), 8));
    assert_eq!(hash(merged, 7), hash(merged, 8));
    assert_eq!(hash(DecodeOptions::default(), 0), hash(merged, 9), "identifier 0 names no network");
}

#[test]
fn what_a_filter_leaves_out_is_an_outcome_of_its_own() {
    let mut decoder = PacketDecoder::new(DecodeOptions::default());
    let packet = ipv4(6, 1, 0, &segment());
    decoder.leave_out();
    assert!(matches!(decoder.decode(101, &packet, packet.len() as u32, 0), Outcome::Segment(_)));
    let counters = decoder.counters();
    assert_eq!((counters.read, counters.decoded, counters.filtered, counters.outcomes()), (2, 1, 1, 2));
}
