//! Memory that the engine is done with goes back to the system: what it held for a batch the control plane can use.

/// A batch of this size leaves a table behind whose memory is worth it.
const BATCH_BYTES: usize = 1 << 20;

/// A buffer of this size lies outside of the arenas.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const LARGE_BYTES: libc::c_int = 256 << 10;

/// Called when a batch of so many bytes has left the engine.
pub fn give_back_after(batch_bytes: usize) {
    if batch_bytes >= BATCH_BYTES {
        trim();
    }
}

/// Lets all threads share few arenas: feeds are read on any thread of libuv's pool, and each arena would keep what a table has ever needed. Large buffers lie
/// outside of them and go back at once; by itself glibc moves them in when the first one is given back, where what stays between them keeps them.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub fn share_arenas() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    // SAFETY: mallopt takes two numbers and no pointer (mallopt(3)); it is called once.
    ONCE.call_once(|| unsafe {
        libc::mallopt(libc::M_ARENA_MAX, 1);
        libc::mallopt(libc::M_MMAP_THRESHOLD, LARGE_BYTES);
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
