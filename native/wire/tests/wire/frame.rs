//! Writes packets: the opposite of what is tested.

/// Ethernet addresses, then the EtherType.
pub fn ethernet(ether_type: u16, payload: &[u8]) -> Vec<u8> {
    [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2][..], &ether_type.to_be_bytes(), payload].concat()
}

/// An IPv4 packet from 10.0.0.1 to 10.0.0.2. `place` is the word of flags and fragment offset.
pub fn ipv4(protocol: u8, id: u16, place: u16, payload: &[u8]) -> Vec<u8> {
    ipv4_between([1, 2], protocol, id, place, payload)
}

/// An IPv4 packet between two hosts of 10.0.0.0/24.
pub fn ipv4_between(hosts: [u8; 2], protocol: u8, id: u16, place: u16, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x45, 0];
    packet.extend((20 + payload.len() as u16).to_be_bytes());
    packet.extend(id.to_be_bytes());
    packet.extend(place.to_be_bytes());
    packet.extend([64, protocol, 0, 0, 10, 0, 0, hosts[0], 10, 0, 0, hosts[1]]);
    packet.extend(payload);
    packet
}

/// An IPv6 packet from 2001:db8::1 to 2001:db8::2.
pub fn ipv6(next: u8, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x60, 0, 0, 0];
    packet.extend((payload.len() as u16).to_be_bytes());
    packet.extend([next, 64]);
    for host in [1, 2] {
        packet.extend([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, host]);
    }
    packet.extend(payload);
    packet
}

/// An IPv6 fragment header before `payload`; `place` is offset and flags.
pub fn ipv6_fragment(next: u8, id: u32, place: u16, payload: &[u8]) -> Vec<u8> {
    let mut fragment = vec![next, 0];
    fragment.extend(place.to_be_bytes());
    fragment.extend(id.to_be_bytes());
    fragment.extend(payload);
    fragment
}

/// A TCP segment without options.
pub fn tcp(ports: [u16; 2], flags: u8, sequence: u32, acknowledgement: u32, payload: &[u8]) -> Vec<u8> {
    let mut segment = Vec::new();
    segment.extend(ports[0].to_be_bytes());
    segment.extend(ports[1].to_be_bytes());
    segment.extend(sequence.to_be_bytes());
    segment.extend(acknowledgement.to_be_bytes());
    segment.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
    segment.extend(payload);
    segment
}
