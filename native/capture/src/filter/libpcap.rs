//! libpcap's compiler of filter expressions, opened when the first filter is compiled: the build needs no header, and a run without a
//! filter needs no library.
//!
//! Expressions are compiled for a file, as `tcpdump -r` does, not for a handle without one (`pcap_open_dead`): libpcap then knows what a file
//! cannot tell, takes every system's number of IPv6 in loopback frames, and turns the link type into its own number of it by itself.
#![allow(unsafe_code, reason = "the functions of a library are called by their C signatures, each call with its reason")]

use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::sync::{Mutex, PoisonError};

use libloading::Library;

use super::step::{INSTRUCTIONS_MAX, Instruction};

/// Names by which the library is looked for in the places of the system.
#[cfg(target_os = "macos")]
const NAMES: &[&str] = &["libpcap.A.dylib", "libpcap.dylib"];
#[cfg(not(target_os = "macos"))]
const NAMES: &[&str] = &["libpcap.so.1", "libpcap.so.0.8", "libpcap.so"];

/// A filter returns as many bytes where a packet passes; the largest that libpcap takes.
const SNAP_LENGTH: u32 = 262_144;
/// PCAP_NETMASK_UNKNOWN: a file does not say the mask of its network.
const NETMASK: c_uint = 0xffff_ffff;
/// PCAP_ERRBUF_SIZE.
const ERROR_BYTES: usize = 256;

/// Opened once and never closed; the lock also keeps compilations apart, since libpcap before 1.8 compiles in static memory.
static LIBPCAP: Mutex<Option<Libpcap>> = Mutex::new(None);

/// Why an expression was not compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CompileError {
    /// There is no libpcap in the places where the system looks.
    Missing,
    /// libpcap's message.
    Refused(String),
}

/// Compiles an expression in tcpdump syntax for packets of a link type, numbered as in files. Names of hosts in it are looked up, which may
/// take seconds.
pub fn compile(expression: &CStr, link_type: u32) -> Result<Vec<Instruction>, CompileError> {
    let mut libpcap = LIBPCAP.lock().unwrap_or_else(PoisonError::into_inner);
    if libpcap.is_none() {
        *libpcap = NAMES.iter().find_map(|name| Libpcap::open(name));
    }
    libpcap.as_ref().ok_or(CompileError::Missing)?.compile(expression, link_type).map_err(CompileError::Refused)
}

/// `pcap_t`, of which nothing is known here.
#[repr(C)]
struct Handle {
    opaque: [u8; 0],
}

/// `FILE`, the same.
#[repr(C)]
struct Stream {
    opaque: [u8; 0],
}

/// `struct bpf_program`.
#[repr(C)]
struct Compiled {
    length: c_uint,
    instructions: *mut Instruction,
}

/// The functions that are used: of the library (pcap.h since libpcap 0.9), and of the C library that it is linked with (POSIX.1-2008).
struct Libpcap {
    fmemopen: unsafe extern "C" fn(*mut c_void, usize, *const c_char) -> *mut Stream,
    fclose: unsafe extern "C" fn(*mut Stream) -> c_int,
    fopen_offline: unsafe extern "C" fn(*mut Stream, *mut c_char) -> *mut Handle,
    compile: unsafe extern "C" fn(*mut Handle, *mut Compiled, *const c_char, c_int, c_uint) -> c_int,
    geterr: unsafe extern "C" fn(*mut Handle) -> *const c_char,
    freecode: unsafe extern "C" fn(*mut Compiled),
    close: unsafe extern "C" fn(*mut Handle),
    /// The functions are valid as long as it is there.
    _library: Library,
}

impl Libpcap {
    /// None where there is no library of this name, or it lacks one of the functions.
    fn open(name: &str) -> Option<Self> {
        // SAFETY: loading runs the initialisers of libpcap and of what it is linked with, which ask nothing of their caller.
        let library = unsafe { Library::new(name) }.ok()?;
        // SAFETY: the names are those of pcap.h and stdio.h with the types they declare for them; those of pcap.h are unchanged since libpcap 0.9.
        unsafe {
            Some(Self {
                fmemopen: *library.get(b"fmemopen\0").ok()?,
                fclose: *library.get(b"fclose\0").ok()?,
                fopen_offline: *library.get(b"pcap_fopen_offline\0").ok()?,
                compile: *library.get(b"pcap_compile\0").ok()?,
                geterr: *library.get(b"pcap_geterr\0").ok()?,
                freecode: *library.get(b"pcap_freecode\0").ok()?,
                close: *library.get(b"pcap_close\0").ok()?,
                _library: library,
            })
        }
    }

    fn compile(&self, expression: &CStr, link_type: u32) -> Result<Vec<Instruction>, String> {
        let mut header = empty_capture(link_type);
        // SAFETY: the stream is for reading alone, from `header`, which lives until the stream is closed below.
        let stream = unsafe { (self.fmemopen)(header.as_mut_ptr().cast(), header.len(), c"rb".as_ptr()) };
        if stream.is_null() {
            return Err("there is no memory left to compile it".to_owned());
        }
        let mut error: [c_char; ERROR_BYTES] = [0; ERROR_BYTES];
        // SAFETY: the stream is open, and the buffer has the size that pcap.h asks for. A handle that is returned owns the stream.
        let handle = unsafe { (self.fopen_offline)(stream, error.as_mut_ptr()) };
        if handle.is_null() {
            // SAFETY: without a handle the stream stays ours; closed once.
            unsafe { (self.fclose)(stream) };
            return Err(text(&error));
        }
        let mut compiled = Compiled { length: 0, instructions: std::ptr::null_mut() };
        // SAFETY: the handle is open, `compiled` is ours and written to, the expression ends with a zero byte and is only read.
        let code = unsafe { (self.compile)(handle, &mut compiled, expression.as_ptr(), 1, NETMASK) };
        let result = if code == 0 {
            // SAFETY: pcap_compile has just returned 0.
            let instructions = unsafe { compiled.copied() };
            // SAFETY: freed once, and not used afterwards.
            unsafe { (self.freecode)(&mut compiled) };
            Ok(instructions)
        } else {
            // SAFETY: the handle is open; the message, which is never null, lives in it and is copied before it is closed.
            Err(unsafe { CStr::from_ptr((self.geterr)(handle)) }.to_string_lossy().into_owned())
        };
        // SAFETY: closed once, with its stream, and not used afterwards.
        unsafe { (self.close)(handle) };
        result
    }
}

impl Compiled {
    /// A copy of the instructions, one more than the bound at most: then the program is refused.
    ///
    /// # Safety
    ///
    /// A successful `pcap_compile` wrote it, and it was not freed: `instructions` points to `length` instructions.
    unsafe fn copied(&self) -> Vec<Instruction> {
        if self.instructions.is_null() {
            return Vec::new();
        }
        let length = (self.length as usize).min(INSTRUCTIONS_MAX + 1);
        // SAFETY: not null, and valid for `length` instructions by the contract above; `Instruction` has the layout of `struct bpf_insn`.
        unsafe { std::slice::from_raw_parts(self.instructions, length) }.to_vec()
    }
}

/// The header of a pcap file without packets, in the byte order of this machine.
fn empty_capture(link_type: u32) -> [u8; 24] {
    let mut header = [0; 24];
    for (at, word) in [(0, 0xa1b2_c3d4), (16, SNAP_LENGTH), (20, link_type)] {
        header[at..at + 4].copy_from_slice(&word.to_ne_bytes());
    }
    for (at, half) in [(4, 2u16), (6, 4)] {
        header[at..at + 2].copy_from_slice(&half.to_ne_bytes());
    }
    header
}

/// The text before the first zero byte.
fn text(buffer: &[c_char]) -> String {
    let bytes: Vec<u8> = buffer.iter().map(|byte| byte.to_ne_bytes()[0]).take_while(|byte| *byte != 0).collect();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_not_there_is_none() {
        assert!(Libpcap::open("libpcap-that-nobody-has.so.9").is_none());
    }
}
