//! The filter of an interface, in the kernel where it can run there.

use crate::filter::{Filter, Instruction, Program};
use crate::live::frame::Frame;
use crate::live::socket::PacketSocket;

/// Lets nothing pass.
const REJECT: Instruction = Instruction { code: 0x06, jt: 0, jf: 0, k: 0 };
/// Jumps where a number is equal to a constant.
const JUMP_IF_EQUAL: u16 = 0x15;
/// Types of VLAN tags that libpcap asks for.
const ETHER_TYPES_VLAN: [u32; 3] = [0x8100, 0x88a8, 0x9100];

/// What becomes of each frame.
#[derive(Debug)]
pub enum Sieve {
    /// The kernel lets through what is to be had: all of it, or what its filter lets pass.
    Kernel,
    /// The program runs here.
    Here {
        program: Program,
        /// Whether it asks for VLAN tags, which the kernel takes out before a filter of its own runs.
        sees_tags: bool,
    },
}

/// Lets nothing come until [`Sieve::open`], so that no packet comes unfiltered, or twice before a group is joined.
pub fn close(socket: &PacketSocket) -> std::io::Result<()> {
    socket.attach(&[REJECT])
}

impl Sieve {
    /// Lets packets come, through the filter where there is one; `Err` says why it cannot be used.
    pub fn open(socket: &PacketSocket, filter: Option<&mut Filter>, link_type: u32) -> Result<Self, String> {
        let here = match filter {
            None => None,
            Some(filter) => {
                let (instructions, program) = filter.program(link_type)?;
                let sees_tags = instructions.iter().any(|step| step.code == JUMP_IF_EQUAL && ETHER_TYPES_VLAN.contains(&step.k));
                // The kernel takes at most 4,096 instructions, and fewer where net.core.optmem_max is small.
                if !sees_tags && socket.attach(&instructions).is_ok() {
                    return Ok(Self::Kernel);
                }
                Some(Self::Here { program, sees_tags })
            }
        };
        socket.detach().map_err(|error| error.to_string())?;
        Ok(here.unwrap_or(Self::Kernel))
    }

    /// Whether a frame is to be had where its tag does not matter; none where it does, and [`Sieve::passes_whole`] tells.
    #[inline]
    pub fn passes(&self, frame: &Frame<'_>) -> Option<bool> {
        match self {
            Self::Kernel => Some(true),
            Self::Here { sees_tags: true, .. } => None,
            Self::Here { program, .. } => {
                let (data, original_length) = frame.bare();
                Some(program.passes(data, original_length))
            }
        }
    }

    /// Whether a frame with its tag put back is to be had.
    pub fn passes_whole(&self, data: &[u8], original_length: u32) -> bool {
        match self {
            Self::Kernel => true,
            Self::Here { program, .. } => program.passes(data, original_length),
        }
    }
}
