//! Members that get packets of each other's flows.

use super::*;
use crate::live::test_packets::{Connection, each, tunnelled};

const META: Meta = Meta { time_ns: 1, packet: 1, input: 0, muted: false };

/// Both directions of some connections.
fn connections() -> [Vec<Vec<u8>>; 2] {
    let both = (1000..1040).map(|port| Connection::open(port).1);
    let (out, back) = both.map(|handshake| (handshake[0].clone(), handshake[1].clone())).unzip();
    [out, back]
}

/// What each member took: its flows by hash. The first member is given `packets[0]`, the second `packets[1]`, `times` times.
fn taken(packets: [Vec<Vec<u8>>; 2], times: usize) -> Vec<Vec<u64>> {
    let threads: Vec<_> = all(2)
        .into_iter()
        .zip(packets)
        .map(|(mut mesh, packets)| {
            std::thread::spawn(move || {
                let mut flows = Vec::new();
                for _ in 0..times {
                    each(&packets, |segment| mesh.give(segment, &META, &mut |segment, _| flows.push(segment.header.flow_hash())));
                }
                mesh.finish(&mut |segment, _| flows.push(segment.header.flow_hash()));
                flows
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[test]
fn a_flow_in_a_tunnel_has_one_member_whoever_gets_its_packets() {
    let times = 2000;
    let flows = taken(connections().map(|packets| packets.iter().map(|packet| tunnelled(packet)).collect()), times);
    assert!(flows[0].iter().all(|flow| !flows[1].contains(flow)));
    assert_eq!(flows.concat().len(), 2 * 40 * times, "nothing is lost, and nobody waits for ever");
    assert!(flows.iter().all(|flows| !flows.is_empty()));
}

#[test]
fn a_flow_outside_a_tunnel_stays_where_the_kernel_puts_it() {
    let flows = taken(connections(), 1);
    assert_eq!((flows[0].len(), flows[1].len()), (40, 40));
    assert!(flows[0].iter().all(|flow| flows[1].contains(flow)));
}
