//! The one capability that capturing needs, and how to be rid of all others (capabilities(7)).

use std::os::unix::fs::MetadataExt;

use caps::{CapSet, Capability, CapsHashSet};

use crate::live::LiveError;

/// Refuses to start where this thread, and with it every thread that it makes, lacks CAP_NET_RAW. A program whose file has it (setcap(8)) may hold it
/// without using it: then it is used from here on.
pub fn require() -> Result<(), LiveError> {
    let has = |set| caps::has_cap(None, set, Capability::CAP_NET_RAW).unwrap_or(false);
    let is_used = has(CapSet::Effective) || has(CapSet::Permitted) && caps::raise(None, CapSet::Effective, Capability::CAP_NET_RAW).is_ok();
    if is_used { Ok(()) } else { Err(LiveError::Capability) }
}

/// Takes every capability but CAP_NET_RAW from this thread and from what the process becomes by execve(2). Says whether there was any: then
/// the process must replace itself by execve, at once.
///
/// Capabilities belong to threads, and a runtime has made some before any code of ours runs. Theirs could be taken with a signal to each, which
/// a thread may block; execve ends them all, and the threads of the new image inherit what is left here. `Err` where that would be more:
/// root gets all of its bounding set back, and making that smaller takes CAP_SETPCAP.
pub fn keep_net_raw() -> Result<bool, String> {
    let told = |error: caps::errors::CapsError| format!("capabilities cannot be dropped: {error}");
    let permitted = caps::read(None, CapSet::Permitted).map_err(told)?;
    let kept: CapsHashSet = permitted.iter().copied().filter(|capability| *capability == Capability::CAP_NET_RAW).collect();
    if kept.len() == permitted.len() {
        return Ok(false);
    }
    for capability in caps::read(None, CapSet::Bounding).map_err(told)? {
        if capability != Capability::CAP_NET_RAW
            && let Err(error) = caps::drop(None, CapSet::Bounding, capability)
            && is_root()
        {
            return Err(format!("root cannot drop its capabilities without CAP_SETPCAP: run as another user with CAP_NET_RAW ({error})"));
        }
    }
    caps::set(None, CapSet::Inheritable, &kept).map_err(told)?;
    // Only what is ambient stays with a program that is not root's.
    caps::set(None, CapSet::Ambient, &kept).map_err(told)?;
    caps::set(None, CapSet::Effective, &kept).map_err(told)?;
    caps::set(None, CapSet::Permitted, &kept).map_err(told)?;
    Ok(true)
}

/// Whether execve(2) treats the process as root, as it does by default.
fn is_root() -> bool {
    std::fs::metadata("/proc/self").map_or(true, |process| process.uid() == 0)
}
