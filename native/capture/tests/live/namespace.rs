//! A network namespace for one test, gone with its thread.
#![allow(unsafe_code, reason = "a thread enters a namespace by a system call")]

use std::process::Command;
use std::thread;

/// Runs a test in a thread with a network namespace of its own; says why where there is none to be had.
pub fn in_namespace(test: impl FnOnce() + Send + 'static) {
    if !has("ip") {
        return eprintln!("skipped: there is no `ip` (iproute2)");
    }
    let run = move || {
        // SAFETY: takes no pointer; the namespace is of this thread alone.
        if unsafe { libc::unshare(libc::CLONE_NEWNET) } != 0 {
            return eprintln!("skipped: no network namespace, {}", std::io::Error::last_os_error());
        }
        test();
    };
    if let Err(panic) = thread::spawn(run).join() {
        std::panic::resume_unwind(panic);
    }
}

/// `ip` with these words; a child has the namespace of the thread that starts it.
pub fn ip(words: &str) {
    let output = Command::new("ip").args(words.split(' ')).output().unwrap();
    assert!(output.status.success(), "ip {words}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Whether there is a program of this name.
pub fn has(program: &str) -> bool {
    Command::new(program).arg("-V").output().is_ok()
}
