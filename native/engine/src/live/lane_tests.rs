//! A lane whose batches are pulled late, or never.

use super::*;
use crate::live::test_packets::{Connection, each};
use crate::options::Options;
use std::sync::mpsc::{Receiver, sync_channel};

const SECOND_NS: i64 = 1_000_000_000;

fn lane(observations_max: usize) -> (Lane, Receiver<Vec<u8>>) {
    let mut settings = Settings::new(&Options::default());
    settings.limits.observations_max = observations_max;
    let (queue, pulled) = sync_channel(1);
    (Lane::new(&Arc::new(settings), &Arc::new(Session::new(Vec::new(), Vec::new())), queue), pulled)
}

fn take(lane: &mut Lane, packets: &[Vec<u8>], time_ns: i64) {
    each(packets, |segment| lane.take(segment, &Meta { time_ns, packet: 1, input: 0, muted: false }));
}

fn count(lane: &Lane, name: &str) -> u64 {
    lane.worker.counters.iter().find(|(counter, _)| *counter == name).map_or(0, |(_, count)| count)
}

#[test]
fn capture_waits_for_nobody_and_counts_what_it_cannot_keep() {
    let (mut lane, pulled) = lane(3);
    let (mut connection, handshake) = Connection::open(1000);
    take(&mut lane, &handshake, 1);
    let paths = ["/users", "/orders", "/carts", "/items", "/reports", "/invoices", "/login", "/logout", "/search", "/status", "/help"];
    for path in paths {
        let exchange = [connection.request(path), connection.response()];
        take(&mut lane, &exchange, 1);
    }
    // A batch of three in the queue, one that waits, three in the table.
    assert_eq!((count(&lane, "limits.exchangesShed"), lane.worker.observations()), (2, 3));
    let known = [connection.request("/search"), connection.response()];
    take(&mut lane, &known, 1);
    assert_eq!(count(&lane, "limits.exchangesShed"), 2, "what is known goes on merging");
    assert!(count(&lane, "limits.lawLost") > 0);
    assert!(!lane.flush(&Counters::default()));
    let first = pulled.recv().unwrap();
    assert!(lane.flush(&Counters::default()) && !lane.worker.is_shedding);
    assert_eq!((count(&lane, "limits.exchangesShed"), lane.worker.observations()), (0, 0));
    let next = [connection.request("/help"), connection.response()];
    take(&mut lane, &next, 1);
    let rest = std::thread::spawn(move || pulled.iter().collect::<Vec<_>>());
    lane.finish(&Counters::default(), 2);
    let batches = [vec![first], rest.join().unwrap()].concat();
    let in_a_batch = |path: &str| batches.iter().filter(|batch| batch.windows(path.len()).any(|bytes| bytes == path.as_bytes())).count();
    assert_eq!(paths.map(in_a_batch), [1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 1], "but for /status, and once /help, nothing was lost");
}

#[test]
fn a_quiet_link_lets_go_of_flows_whose_time_is_over() {
    let (mut lane, _pulled) = lane(100);
    let (mut connection, handshake) = Connection::open(1000);
    take(&mut lane, &handshake, SECOND_NS);
    let request = [connection.request("/users")];
    take(&mut lane, &request, SECOND_NS);
    lane.advance(590 * SECOND_NS);
    assert_eq!(lane.worker.observations(), 0, "a late packet may still come");
    lane.advance(610 * SECOND_NS);
    assert_eq!((lane.worker.observations(), count(&lane, "http.unpairedRequests")), (1, 1));
}

#[test]
fn a_lane_that_saw_nothing_sends_nothing() {
    let (mut lane, pulled) = lane(100);
    assert!(lane.flush(&Counters::default()));
    assert!(pulled.try_recv().is_ok(), "the names of its counters");
    assert!(lane.flush(&Counters::default()));
    assert!(pulled.try_recv().is_err());
}
