//! Live capture from virtual interfaces, each test in a network namespace of its own. Where namespaces or `ip` are not to be had the tests say
//! so and pass.
#![cfg(target_os = "linux")]

mod namespace;
mod privileges;
mod wire;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use namespace::{has, in_namespace, ip};
use tapistry_capture::live::{Interface, LiveCounters, LiveError, Member, State};
use wire::{Sender, ethernet, tagged, udp};

const PATIENCE: Duration = Duration::from_secs(20);
const RING_BYTES: usize = 1 << 20;

fn interface(name: &str, members: usize, filter: Option<&str>) -> Interface {
    Interface { name: name.into(), filter: filter.map(Into::into), members, ring_bytes: RING_BYTES }
}

fn member(name: &str, filter: Option<&str>) -> Member {
    Member::all(&interface(name, 1, filter)).ok().and_then(|mut all| all.pop()).unwrap()
}

/// A pair of virtual interfaces that are up; what is sent to `far0` comes to `tap0`.
fn pair() -> Sender {
    ip("link add tap0 type veth peer name far0");
    ip("link set tap0 up");
    ip("link set far0 up");
    Sender::new("far0")
}

/// What came, in bytes, with the time; without the noise of the system itself.
type Came = Vec<(Vec<u8>, i64, bool)>;

/// Polls until `done`, or fails when patience is over.
fn poll_until(members: &mut [Member], came: &mut [Came], mut done: impl FnMut(&[Member], &[Came]) -> bool) {
    let until = Instant::now() + PATIENCE;
    while !done(members, came) {
        assert!(Instant::now() < until, "waited in vain: {:?}", members.iter().map(|member| member.status().clone()).collect::<Vec<_>>());
        for (member, came) in members.iter_mut().zip(came.iter_mut()) {
            member.poll(Duration::from_millis(5), &mut |packet, passes| {
                if wire::is_ours(packet.data) {
                    assert_eq!(packet.data.len(), packet.original_length as usize);
                    came.push((packet.data.to_vec(), packet.time_ns, passes));
                }
            });
        }
    }
}

fn is(state: State) -> impl Fn(&[Member], &[Came]) -> bool {
    move |members, _| members.iter().all(|member| member.status().state == state)
}

/// What was counted when everything that the kernel took was read or dropped.
fn counted(members: &mut [Member]) -> LiveCounters {
    let until = Instant::now() + PATIENCE;
    loop {
        let mut sum = LiveCounters::default();
        for member in &mut *members {
            member.count_drops();
            sum.add(&member.status().counters);
        }
        if sum.has_read_all() {
            return sum;
        }
        assert!(Instant::now() < until, "{sum:?}");
        for member in &mut *members {
            member.poll(Duration::from_millis(5), &mut |_, _| {});
        }
    }
}

#[test]
fn frames_come_as_they_were_sent() {
    in_namespace(|| {
        let sender = pair();
        let (mut members, mut came) = ([member("tap0", None)], [Came::new()]);
        poll_until(&mut members, &mut came, is(State::Up));
        let frames = [ethernet(&udp(1, 2)), tagged(0x8100, 5, &udp(3, 4)), tagged(0x88a8, 7, &udp(5, 6))];
        frames.iter().for_each(|frame| sender.send(frame));
        poll_until(&mut members, &mut came, |_, came| came[0].len() >= frames.len());
        assert_eq!(came[0].iter().map(|frame| frame.0.clone()).collect::<Vec<_>>(), frames, "tags and all");
        let now_ns = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64;
        assert!(came[0].iter().all(|frame| (0..60_000_000_000).contains(&(now_ns - frame.1))), "the kernel's clock");
        let counters = counted(&mut members);
        assert_eq!((counters.kernel_dropped, counters.packets_truncated, counters.malformed_records, counters.opened), (0, 0, 0, 1));
    });
}

#[test]
fn a_filter_means_what_it_means_to_tcpdump() {
    in_namespace(|| {
        let sender = pair();
        let frames = [ethernet(&udp(1, 9)), tagged(0x8100, 5, &udp(1, 9)), ethernet(&udp(1, 8)), tagged(0x8100, 6, &udp(1, 9))];
        for (filter, expected) in [("udp port 9", &[0, 1, 3][..]), ("vlan 5 and udp port 9", &[1])] {
            let mut members = match Member::all(&interface("tap0", 1, Some(filter))) {
                Ok(members) => members,
                Err(LiveError::Filter(error)) => return eprintln!("skipped: {error}"),
                Err(error) => panic!("{error}"),
            };
            let mut came = [Came::new()];
            poll_until(&mut members, &mut came, is(State::Up));
            frames.iter().for_each(|frame| sender.send(frame));
            sender.send(&ethernet(&udp(9, 9)));
            poll_until(&mut members, &mut came, |_, came| came[0].iter().any(|frame| frame.0 == ethernet(&udp(9, 9))));
            let passed: Vec<_> = came[0].iter().filter(|frame| frame.2).map(|frame| frame.0.clone()).collect();
            let mut expected: Vec<_> = expected.iter().map(|at| frames[*at].clone()).collect();
            if !filter.starts_with("vlan") {
                expected.push(ethernet(&udp(9, 9)));
            }
            assert_eq!(passed, expected, "{:.40}", filter);
        }
    });
}

#[test]
fn both_directions_of_a_flow_come_to_one_member() {
    in_namespace(|| {
        let sender = pair();
        let mut members = Member::all(&interface("tap0", 3, None)).ok().unwrap();
        let mut came = [Came::new(), Came::new(), Came::new()];
        poll_until(&mut members, &mut came, is(State::Up));
        for port in 1000..1100 {
            sender.send(&ethernet(&udp(port, 80)));
            sender.send(&ethernet(&wire::reversed(&udp(port, 80))));
        }
        poll_until(&mut members, &mut came, |_, came| came.iter().map(Vec::len).sum::<usize>() >= 200);
        let mut owners = BTreeMap::<u16, BTreeSet<usize>>::new();
        for (at, came) in came.iter().enumerate() {
            came.iter().for_each(|frame| {
                owners.entry(wire::client_port(&frame.0)).or_default().insert(at);
            });
        }
        assert!(owners.values().all(|owners| owners.len() == 1), "{owners:?}");
        assert_eq!(owners.values().flatten().collect::<BTreeSet<_>>().len(), 3, "each has its share");
        assert_eq!(counted(&mut members).kernel_dropped, 0);
    });
}

#[test]
fn an_interface_may_go_down_and_away_and_come_again() {
    in_namespace(|| {
        let mut members = Member::all(&interface("tap0", 2, None)).ok().unwrap();
        let mut came = [Came::new(), Came::new()];
        let count = |came: &[Came]| came.iter().map(Vec::len).sum::<usize>();
        poll_until(&mut members, &mut came, is(State::Missing));
        let sender = pair();
        poll_until(&mut members, &mut came, is(State::Up));
        sender.send(&ethernet(&udp(1, 2)));
        poll_until(&mut members, &mut came, |_, came| count(came) == 1);
        ip("link set tap0 down");
        poll_until(&mut members, &mut came, is(State::Down));
        ip("link set tap0 up");
        poll_until(&mut members, &mut came, is(State::Up));
        sender.send(&ethernet(&udp(3, 4)));
        poll_until(&mut members, &mut came, |_, came| count(came) == 2);
        sender.send(&ethernet(&udp(5, 6)));
        ip("link del tap0");
        poll_until(&mut members, &mut came, is(State::Missing));
        assert_eq!(count(&came), 3, "what came last before it went is not lost");
        let sender = pair();
        poll_until(&mut members, &mut came, is(State::Up));
        sender.send(&ethernet(&udp(7, 8)));
        poll_until(&mut members, &mut came, |_, came| count(came) == 4);
        assert_eq!(counted(&mut members).opened, 4, "twice for each member");
        ip("link del tap0");
        let sender = pair();
        poll_until(&mut members, &mut came, |members, _| members.iter().all(|member| member.status().counters.opened == 3));
        sender.send(&ethernet(&udp(9, 10)));
        poll_until(&mut members, &mut came, |_, came| count(came) == 5);
    });
}

#[test]
fn what_the_ring_cannot_hold_is_counted() {
    in_namespace(|| {
        let sender = pair();
        let (mut members, mut came) = ([member("tap0", None)], [Came::new()]);
        poll_until(&mut members, &mut came, is(State::Up));
        let large = ethernet(&[&udp(1, 2)[..], &[7; 1400]].concat());
        let sent = 4 * RING_BYTES / large.len();
        (0..sent).for_each(|_| sender.send(&large));
        poll_until(&mut members, &mut came, |_, came| {
            // Sent again and again: while there is no room it is dropped too.
            sender.send(&ethernet(&udp(3, 4)));
            came[0].iter().any(|frame| frame.0 == ethernet(&udp(3, 4)))
        });
        let counters = counted(&mut members);
        assert!(counters.kernel_dropped > 0 && counters.kernel_freezes > 0, "{counters:?}");
    });
}

#[test]
fn what_the_kernel_took_is_read_to_the_end() {
    in_namespace(|| {
        let sender = pair();
        for sent in 1..20 {
            let mut members = [member("tap0", None)];
            poll_until(&mut members, &mut [Came::new()], is(State::Up));
            (0..sent).for_each(|_| sender.send(&ethernet(&udp(1, 2))));
            let until = Instant::now() + PATIENCE;
            while members[0].status().counters.kernel_received < sent && Instant::now() < until {
                members[0].count_drops();
            }
            members[0].finish(&mut |_, _| {});
            sender.send(&ethernet(&udp(1, 2)));
            let counters = members[0].status().counters;
            assert!(counters.has_read_all() && counters.packets >= sent, "{counters:?}");
        }
    });
}

#[test]
fn loopback_shows_each_packet_once() {
    in_namespace(|| {
        ip("link set lo up");
        let (mut members, mut packets) = ([member("lo", None)], 0);
        poll_until(&mut members, &mut [Came::new()], is(State::Up));
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = socket.local_addr().unwrap().port();
        for _ in 0..10 {
            socket.send_to(b"tapistry", ("127.0.0.1", port)).unwrap();
        }
        // A last one to another port says that all before it have come.
        socket.send_to(b"tapistry", ("127.0.0.1", 9)).unwrap();
        let (until, mut is_over) = (Instant::now() + PATIENCE, false);
        while !is_over && Instant::now() < until {
            members[0].poll(Duration::from_millis(5), &mut |packet, _| {
                let to = packet.data.get(36..38).map(|port| u16::from_be_bytes([port[0], port[1]]));
                is_over |= to == Some(9) && packet.data[23] == 17;
                packets += u32::from(to == Some(port) && packet.data[23] == 17);
            });
        }
        assert!(is_over);
        assert_eq!(packets, 10);
    });
}

#[test]
fn nonsense_is_refused_by_name() {
    for name in ["", "a-name-of-16-byte", "a/b", "a\0b"] {
        assert!(matches!(Member::all(&interface(name, 1, None)), Err(LiveError::Options(message)) if message.contains("name")), "{name:?}");
    }
    assert!(matches!(Member::all(&interface("lo", 0, None)), Err(LiveError::Options(message)) if message.contains("workers")));
    if has("tcpdump") {
        assert!(matches!(Member::all(&interface("lo", 1, Some("tcp prot 80"))), Err(LiveError::Filter(_))));
    }
}
