//! Packet filters in tcpdump syntax: compiled by libpcap for each link type that comes, run here.

use std::ffi::CString;
use std::fmt;

mod libpcap;
mod program;
mod step;
#[cfg(test)]
mod tests;

use libpcap::CompileError;
pub(crate) use program::Program;
pub(crate) use step::Instruction;

/// Link types of all inputs for which a filter is compiled; packets of further ones are refused.
const LINK_TYPES_MAX: usize = 64;
/// Link types for one of which a filter must compile: Ethernet, then raw IP and Linux cooked, which have words that Ethernet lacks.
const COMMON_LINK_TYPES: [u32; 3] = [1, 101, 113];
/// Bits of the number of a link type; captures keep the length of a frame check sequence above them.
const LINK_TYPE_MASK: u32 = 0xffff;
/// Loopback of BSD, which has the address family in the byte order of a host, and of OpenBSD, which has it big-endian.
const NULL: u32 = 0;
const LOOP: u32 = 108;

/// A filter for packets of any link type. Compiles when the first packet of one comes, and once; for a common one at once, as a check.
pub struct Filter {
    expression: CString,
    compile: Compile,
    /// By link type; why there is none, in words.
    programs: Vec<(u32, Result<Program, String>)>,
    /// Place of the link type of the packet before.
    last: usize,
}

type Compile = Box<dyn FnMut(&CString, u32) -> Result<Vec<Instruction>, CompileError> + Send>;

/// Why there is no filter for an expression, one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterError {
    /// libpcap is not installed.
    Missing,
    /// The expression is wrong for every common link type.
    Refused {
        /// As it was given.
        expression: String,
        /// What libpcap says of it for Ethernet.
        reason: String,
    },
}

impl Filter {
    /// Checks the expression; loads libpcap where it was not yet.
    pub fn new(expression: &str) -> Result<Self, FilterError> {
        Self::with(expression, Box::new(|expression, link_type| libpcap::compile(expression, link_type)))
    }

    fn with(expression: &str, mut compile: Compile) -> Result<Self, FilterError> {
        let refused = |reason: String| FilterError::Refused { expression: expression.to_owned(), reason };
        let text = CString::new(expression).map_err(|_| refused("it has a zero byte in it".to_owned()))?;
        let mut reason = None;
        for link_type in COMMON_LINK_TYPES {
            match compile(&text, link_type).map(|instructions| Program::new(&instructions)) {
                Ok(Ok(program)) => return Ok(Self { expression: text, compile, programs: vec![(link_type, Ok(program))], last: 0 }),
                Ok(Err(fault)) => reason = reason.or(Some(fault.to_string())),
                Err(CompileError::Refused(message)) => reason = reason.or(Some(message)),
                Err(CompileError::Missing) => return Err(FilterError::Missing),
            }
        }
        Err(refused(reason.unwrap_or_default()))
    }

    /// Whether a packet passes: `link_type` as its file has it, `data` what was captured, `original_length` its bytes on the wire. `Err`
    /// says why the filter does not compile for this link type; it is the same for each of its packets.
    #[inline]
    pub fn passes(&mut self, link_type: u32, data: &[u8], original_length: u32) -> Result<bool, &str> {
        let link_type = match link_type & LINK_TYPE_MASK {
            // The address family is in the byte order of the host that captured, and libpcap expects that of this one.
            NULL if data.starts_with(&[0, 0]) => LOOP,
            number => number,
        };
        if self.programs.get(self.last).is_none_or(|program| program.0 != link_type) {
            self.last = self.place_of(link_type).ok_or("there are packets of too many link types")?;
        }
        match &self.programs[self.last].1 {
            Ok(program) => Ok(program.passes(data, original_length)),
            Err(reason) => Err(reason),
        }
    }

    /// Where the program for a link type is, compiled where there was none; none where there are too many.
    #[cold]
    fn place_of(&mut self, link_type: u32) -> Option<usize> {
        if let Some(place) = self.programs.iter().position(|program| program.0 == link_type) {
            return Some(place);
        }
        if self.programs.len() == LINK_TYPES_MAX {
            return None;
        }
        let program = self.program(link_type).map(|(_, program)| program);
        self.programs.push((link_type, program));
        Some(self.programs.len() - 1)
    }

    /// The program for packets of a link type, as libpcap gives it and checked; `Err` says why there is none.
    pub(crate) fn program(&mut self, link_type: u32) -> Result<(Vec<Instruction>, Program), String> {
        match (self.compile)(&self.expression, link_type) {
            Ok(instructions) => match Program::new(&instructions) {
                Ok(program) => Ok((instructions, program)),
                Err(fault) => Err(fault.to_string()),
            },
            Err(CompileError::Refused(message)) => Err(message),
            Err(CompileError::Missing) => Err(FilterError::Missing.to_string()),
        }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => write!(
                out,
                "packet filters need libpcap, which is not on this system: install it with apt-get install libpcap0.8, dnf install libpcap or apk add libpcap"
            ),
            Self::Refused { expression, reason } => write!(out, "packet filter {expression:?}: {reason}; man pcap-filter has the syntax"),
        }
    }
}

impl std::error::Error for FilterError {}
