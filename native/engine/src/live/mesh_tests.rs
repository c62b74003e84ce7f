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
fn segments_of_a_tunnel_leave_by_time_though_two_members_got_them() {
    let packets: Vec<_> = connections().concat().iter().map(|packet| tunnelled(packet)).collect();
    let mut taken = [Vec::new(), Vec::new()];
    let mut meshes = all(2);
    // One member gets odd times up to 159, the other even ones up to 160.
    for (place, mesh) in meshes.iter_mut().enumerate() {
        let mut time_ns = place as i64 - 1;
        each(&packets, |segment| {
            time_ns += 2;
            mesh.give(segment, &Meta { time_ns, ..META }, &mut |_, _| panic!("too early"));
        });
        mesh.turn(time_ns, &mut |_, meta| taken[place].push(meta.time_ns));
    }
    assert!(taken[0].is_empty(), "how far the other one had seen was not known");
    meshes[0].turn(i64::MIN, &mut |_, meta| taken[0].push(meta.time_ns));
    assert!(taken.iter().all(|times| times.is_sorted() && [0, 1].iter().all(|odd| times.iter().any(|time| time % 2 == *odd))), "{taken:?}");
    let mut times = taken.concat();
    times.sort_unstable();
    assert_eq!(times, (1..160).collect::<Vec<_>>(), "159 was seen by both, 160 by one");
}

#[test]
fn a_flow_outside_a_tunnel_stays_where_the_kernel_puts_it() {
    let flows = taken(connections(), 1);
    assert_eq!((flows[0].len(), flows[1].len()), (40, 40));
    assert!(flows[0].iter().all(|flow| flows[1].contains(flow)));
}
