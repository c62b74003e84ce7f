//! Memory that the engine is done with goes back to the system: what it held for a batch the control plane can use.

/// A batch of this size leaves a table behind whose memory is worth it.
const BATCH_BYTES: usize = 1 << 20;

/// Called when a batch of so many bytes has left the engine.
pub fn give_back_after(batch_bytes: usize) {
    if batch_bytes >= BATCH_BYTES {
        trim();
    }
}

/// Lets all threads share few arenas: feeds are read on any thread of libuv's pool, and each arena would keep what a table has ever needed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn share_arenas() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    // SAFETY: mallopt takes two numbers and no pointer (mallopt(3)); it is called once.
    ONCE.call_once(|| unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
    });
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub const fn share_arenas() {}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn trim() {
    // SAFETY: malloc_trim takes no pointer, locks each arena itself and may be called at any time (malloc_trim(3)).
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
const fn trim() {}
