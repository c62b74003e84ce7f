//! How it stands with the interfaces of a run, as JSON for the control plane.

use crate::line::string;
use tapistry_capture::live::{LiveCounters, State, Status};

/// Writes `{"interfaces":[...]}`: an interface is up when all of its members are, else it stands as the first that is not. Counts are sums, but
/// for `opened`.
pub fn write_status<'a>(interfaces: impl Iterator<Item = (&'a str, Vec<Status>)>) -> String {
    let mut out = b"{\"interfaces\":[".to_vec();
    for (at, (name, members)) in interfaces.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_interface(name, &members, &mut out);
    }
    out.extend_from_slice(b"]}");
    String::from_utf8(out).unwrap_or_default()
}

fn write_interface(name: &str, members: &[Status], out: &mut Vec<u8>) {
    let mut sum = LiveCounters::default();
    members.iter().for_each(|member| sum.add(&member.counters));
    let worst = members.iter().find(|member| member.state != State::Up);
    out.extend_from_slice(b"{\"name\":");
    string(name, out);
    out.extend_from_slice(b",\"state\":");
    string(worst.map_or(State::Up, |member| member.state).name(), out);
    out.extend_from_slice(b",\"reason\":");
    match worst.and_then(|member| member.reason.as_deref()) {
        Some(reason) => string(reason, out),
        None => out.extend_from_slice(b"null"),
    }
    for (name, count) in [
        ("workers", members.len() as u64),
        ("packets", sum.packets),
        ("packetBytes", sum.packet_bytes),
        ("packetsTruncated", sum.packets_truncated),
        ("kernelReceived", sum.kernel_received),
        ("kernelDropped", sum.kernel_dropped),
        ("kernelFreezes", sum.kernel_freezes),
        ("opened", members.iter().map(|member| member.counters.opened).max().unwrap_or(0)),
    ] {
        out.extend_from_slice(format!(",\"{name}\":{count}").as_bytes());
    }
    out.push(b'}');
}
