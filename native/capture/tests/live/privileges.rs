//! What a thread without CAP_NET_RAW is told, and what is left of its capabilities afterwards.

use std::process::Command;
use std::thread;

use caps::{CapSet, Capability};
use tapistry_capture::live::privileges::{keep_net_raw, require};

/// Capabilities are a thread's own, so a test changes those of a new one alone.
fn in_thread(test: fn()) {
    if !caps::has_cap(None, CapSet::Effective, Capability::CAP_NET_RAW).unwrap() || !caps::has_cap(None, CapSet::Effective, Capability::CAP_SETPCAP).unwrap() {
        return eprintln!("skipped: needs CAP_NET_RAW and CAP_SETPCAP");
    }
    if let Err(panic) = thread::spawn(test).join() {
        std::panic::resume_unwind(panic);
    }
}

#[test]
fn a_missing_capability_is_named_with_what_grants_it() {
    in_thread(|| {
        assert_eq!(require(), Ok(()));
        caps::drop(None, CapSet::Effective, Capability::CAP_NET_RAW).unwrap();
        assert_eq!(require(), Ok(()), "what is permitted is used");
        for set in [CapSet::Effective, CapSet::Permitted] {
            caps::drop(None, set, Capability::CAP_NET_RAW).unwrap();
        }
        let message = require().unwrap_err().to_string();
        for word in ["CAP_NET_RAW", "setpriv", "--ambient-caps +net_raw", "AmbientCapabilities=CAP_NET_RAW", "--cap-add NET_RAW"] {
            assert!(message.contains(word), "{message}");
        }
    });
}

#[test]
fn nothing_but_net_raw_outlives_an_exec() {
    in_thread(|| {
        assert_eq!(keep_net_raw(), Ok(true));
        assert_eq!(require(), Ok(()));
        assert_eq!(keep_net_raw(), Ok(false), "there is nothing left to drop");
        let status = Command::new("cat").arg("/proc/self/status").output().unwrap().stdout;
        let status = String::from_utf8(status).unwrap();
        for set in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
            assert!(status.contains(&format!("{set}:\t{:016x}\n", 1 << 13)), "{set} of {status}");
        }
    });
}
