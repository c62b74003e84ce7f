//! The ring of a packet socket: memory that the kernel writes packets to, block by block (TPACKET_V3, packet_mmap.rst).
#![allow(unsafe_code, reason = "the memory is shared with the kernel, which hands each block over and takes it back by its status")]

use std::io;
use std::mem::offset_of;
use std::ptr::{NonNull, null_mut};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::live::frame::{self, Frame, HEADROOM_BYTES};
use crate::live::socket::PacketSocket;

/// Bytes of a block: a multiple of every page size, and above the largest frame that segmentation offload makes (64 KiB by default), so that no
/// frame is cut. Small enough that a quiet link, which fills no block before its time, does not use the ring up.
pub const BLOCK_BYTES: usize = 256 << 10;
/// Milliseconds after which the kernel hands over a block that is not full: how late a packet of a quiet link comes.
pub const BLOCK_TIMEOUT_MS: u32 = 20;
/// Says nothing of frames in version 3, but must fit into a block.
const FRAME_BYTES: usize = 2048;

/// Where the status of a block is, for which there is no name: descriptor, union, first field.
const STATUS: usize = offset_of!(libc::tpacket_block_desc, hdr) + offset_of!(libc::tpacket_hdr_v1, block_status);

/// The blocks of one socket, read in turn.
#[derive(Debug)]
pub struct Ring {
    base: NonNull<u8>,
    blocks: usize,
    /// The block that is next.
    at: usize,
}

// SAFETY: the mapping is of the process, not of a thread, and nothing else refers to it.
unsafe impl Send for Ring {}

impl Ring {
    /// Makes the ring of a socket that is not bound yet, and maps it.
    pub fn new(socket: &PacketSocket, blocks: usize) -> io::Result<Self> {
        let request = libc::tpacket_req3 {
            tp_block_size: BLOCK_BYTES as u32,
            tp_block_nr: blocks as u32,
            tp_frame_size: FRAME_BYTES as u32,
            tp_frame_nr: (BLOCK_BYTES / FRAME_BYTES * blocks) as u32,
            tp_retire_blk_tov: BLOCK_TIMEOUT_MS,
            tp_sizeof_priv: 0,
            tp_feature_req_word: 0,
        };
        socket.make_ring(&request, HEADROOM_BYTES as u32)?;
        // SAFETY: a new mapping at a place that the kernel chooses; no memory that exists is touched.
        let base = unsafe { libc::mmap(null_mut(), BLOCK_BYTES * blocks, libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED, socket.fd(), 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self { base, blocks, at: 0 })
    }

    /// Hands over every frame of the blocks that are ready, at most one round of the ring, in the order that they came. Returns how many blocks
    /// there were, and how many records made no sense. Nothing is copied; a frame lives until `take` returns.
    pub fn walk(&mut self, mut take: impl FnMut(Frame<'_>)) -> (usize, u64) {
        let mut malformed = 0;
        for walked in 0..self.blocks {
            // SAFETY: `at` is below `blocks`, so the block lies inside the mapping.
            let block = unsafe { self.base.add(self.at * BLOCK_BYTES) };
            // SAFETY: inside the block and aligned, since blocks begin at pages; the kernel writes it as one word.
            let status = unsafe { AtomicU32::from_ptr(block.add(STATUS).cast().as_ptr()) };
            // Acquire: what the kernel wrote to the block before its status is seen.
            if status.load(Ordering::Acquire) & libc::TP_STATUS_USER == 0 {
                return (walked, malformed);
            }
            // SAFETY: the block is ours until its status is given back, and `status` is not used while the slice lives.
            malformed += frame::each(unsafe { std::slice::from_raw_parts_mut(block.as_ptr(), BLOCK_BYTES) }, &mut take);
            // Release: the kernel takes it back after the last look at it.
            status.store(libc::TP_STATUS_KERNEL, Ordering::Release);
            self.at = (self.at + 1) % self.blocks;
        }
        (self.blocks, malformed)
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: mapped with this length in `new`, and no slice of it outlives a walk.
        unsafe { libc::munmap(self.base.as_ptr().cast(), BLOCK_BYTES * self.blocks) };
    }
}
