//! What stands for live capture where there is no AF_PACKET: nothing can be opened.

use std::time::Duration;

use crate::Packet;
use crate::live::{Interface, LiveError, Status};

/// Never there.
#[derive(Debug)]
pub enum Member {}

impl Member {
    /// Says that this system cannot.
    pub fn all(interface: &Interface) -> Result<Vec<Self>, LiveError> {
        interface.check()?;
        Err(LiveError::Unsupported)
    }

    /// Never called.
    pub fn poll(&mut self, _timeout: Duration, _take: &mut dyn FnMut(&Packet<'_>, bool)) -> bool {
        match *self {}
    }

    /// Never called.
    pub fn count_drops(&mut self) {
        match *self {}
    }

    /// Never called.
    pub fn finish(&mut self, _take: &mut dyn FnMut(&Packet<'_>, bool)) {
        match *self {}
    }

    /// Never called.
    pub fn status(&self) -> &Status {
        match *self {}
    }
}

/// As on Linux.
pub mod privileges {
    use crate::live::LiveError;

    /// Says that this system cannot.
    pub fn require() -> Result<(), LiveError> {
        Err(LiveError::Unsupported)
    }

    /// Says that this system cannot.
    pub fn keep_net_raw() -> Result<bool, String> {
        Err(LiveError::Unsupported.to_string())
    }
}
