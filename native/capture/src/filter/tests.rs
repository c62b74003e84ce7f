//! Filters over a compiler of their own, and over libpcap where it is installed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use super::libpcap::CompileError;
use super::step::Instruction;
use super::{Filter, FilterError, LINK_TYPES_MAX};

const PACKET: [u8; 8] = [0; 8];

/// The program that returns a constant.
fn returning(bytes: u32) -> Vec<Instruction> {
    vec![Instruction { code: 0x06, jt: 0, jf: 0, k: bytes }]
}

#[test]
fn a_filter_compiles_once_for_each_link_type_that_comes() {
    let compiled = Arc::new(AtomicU32::new(0));
    let count = compiled.clone();
    let mut filter = Filter::with(
        "x",
        Box::new(move |_, link_type| {
            count.fetch_add(1, Ordering::Relaxed);
            if link_type == 9 { Err(CompileError::Refused("not for 9".into())) } else { Ok(returning(u32::from(link_type == 108))) }
        }),
    )
    .ok()
    .unwrap();
    assert_eq!(compiled.load(Ordering::Relaxed), 1, "for Ethernet, as a check");
    for _ in 0..3 {
        assert_eq!(filter.passes(1, &PACKET, 8), Ok(false));
        assert_eq!(filter.passes(108, &PACKET, 8), Ok(true));
        assert_eq!(filter.passes(108 | 0x0100_0000, &PACKET, 8), Ok(true), "flags above the number");
        assert_eq!(filter.passes(0, &PACKET, 8), Ok(true), "a big-endian address family");
        assert_eq!(filter.passes(0, &[30, 0, 0, 0], 8), Ok(false), "a little-endian one");
        assert_eq!(filter.passes(9, &PACKET, 8), Err("not for 9"));
    }
    assert_eq!(compiled.load(Ordering::Relaxed), 4);
    let refused = (0..2 * LINK_TYPES_MAX as u32).filter(|number| filter.passes(1000 + number, &PACKET, 8).is_err()).count();
    assert_eq!(refused, LINK_TYPES_MAX + 4, "four link types came before");
}

#[test]
fn an_expression_that_is_wrong_everywhere_is_refused_by_name() {
    let refuse = |expression: &str, error: CompileError| Filter::with(expression, Box::new(move |_, _| Err(error.clone()))).err();
    let wrong = refuse("tcp prot\n80", CompileError::Refused("syntax error".into()));
    assert_eq!(wrong, Some(FilterError::Refused { expression: "tcp prot\n80".into(), reason: "syntax error".into() }));
    assert_eq!(wrong.unwrap().to_string(), "packet filter \"tcp prot\\n80\": syntax error; man pcap-filter has the syntax");
    assert_eq!(refuse("tcp", CompileError::Missing), Some(FilterError::Missing));
    assert!(matches!(refuse("t\0cp", CompileError::Missing), Some(FilterError::Refused { .. })));
    let only_cooked = |link_type| if link_type == 113 { Ok(returning(1)) } else { Err(CompileError::Refused("not here".into())) };
    assert!(Filter::with("inbound", Box::new(move |_, link_type| only_cooked(link_type))).is_ok());
}

/// IPv4 in Ethernet, with the tag of a VLAN or without.
fn tcp_frame(vlan: Option<u16>, ports: [u16; 2]) -> Vec<u8> {
    let mut frame = vec![0; 12];
    if let Some(id) = vlan {
        frame.extend([0x81, 0x00]);
        frame.extend(id.to_be_bytes());
    }
    frame.extend([0x08, 0x00]);
    frame.extend([0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, 1, 192, 0, 2, 7]);
    frame.extend(ports.iter().flat_map(|port| port.to_be_bytes()));
    frame.extend([0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x02, 0xff, 0xff, 0, 0, 0, 0]);
    frame
}

#[test]
#[allow(clippy::print_stdout, reason = "a skip is shown")]
fn libpcap_compiles_what_runs_here() {
    let frame = tcp_frame(None, [50_000, 80]);
    let tagged = tcp_frame(Some(7), [80, 50_000]);
    let raw = &frame[14..];
    if Filter::new("tcp").err() == Some(FilterError::Missing) {
        println!("skipped: no libpcap on this system");
        return;
    }
    // Expression, then whether the plain frame, the tagged one and the packet without a frame pass.
    for (expression, expected) in [
        ("", [true, true, true]),
        ("tcp port 80", [true, false, true]),
        ("not tcp port 80", [false, true, false]),
        ("vlan", [false, true, false]),
        ("vlan 7 and src port 80", [false, true, false]),
        ("host 192.0.2.7 and tcp[tcpflags] & tcp-syn != 0", [true, false, true]),
        ("net 10.0.0.0/8 and portrange 70-90", [true, false, true]),
        ("ip6", [false, false, false]),
        ("udp or (ip and ip[2:2] - ((ip[0] & 0xf) << 2) = 20)", [true, false, true]),
        ("greater 55", [false, true, false]),
    ] {
        let mut filter = Filter::new(expression).unwrap_or_else(|error| panic!("{error}"));
        let mut passes = |link_type, data: &[u8]| filter.passes(link_type, data, data.len() as u32).unwrap_or(false);
        assert_eq!([passes(1, &frame), passes(1, &tagged), passes(101, raw)], expected, "{expression}");
    }
    let reason = |expression: &str| Filter::new(expression).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(reason("tcp prot 80").contains("syntax error"), "{}", reason("tcp prot 80"));
    assert!(reason("ip and ip6").contains("rejects all packets"), "{}", reason("ip and ip6"));
    // Linux cooked packets say their direction; of others only the kernel knows it.
    let mut inbound = Filter::new("inbound").ok().unwrap();
    assert!(inbound.passes(1, &frame, 54).is_err());
    assert_eq!(inbound.passes(113, &[0; 16], 16), Ok(true));
    // IPv6 has a number of its own on each BSD and on Linux.
    let mut ip6 = Filter::new("ip6").ok().unwrap();
    for family in [[24, 0, 0, 0], [28, 0, 0, 0], [30, 0, 0, 0], [0, 0, 0, 30]] {
        assert_eq!(ip6.passes(0, &family, 4), Ok(true), "{family:?}");
    }
    assert_eq!(ip6.passes(0, &[2, 0, 0, 0], 4), Ok(false));
    assert!(reason("ip protochain 6").contains("protochain"), "{}", reason("ip protochain 6"));
    let mut vlan = Filter::new("vlan").ok().unwrap();
    assert!(vlan.passes(9, &frame, 54).is_err());
}
