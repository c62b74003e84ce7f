//! Why live capture cannot start; the text is one line that says what to do.

use std::fmt;

use crate::filter::FilterError;

/// A reason that waiting does not mend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LiveError {
    /// The process lacks CAP_NET_RAW.
    Capability,
    /// The filter of an interface cannot be used.
    Filter(FilterError),
    /// What was asked for makes no sense.
    Options(String),
    /// This system has no AF_PACKET.
    Unsupported,
}

impl fmt::Display for LiveError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Capability => write!(
                out,
                "capturing from an interface needs the capability CAP_NET_RAW, which this process does not have: start it as root with \
                 `setpriv --reuid USER --regid GROUP --clear-groups --inh-caps +net_raw --ambient-caps +net_raw tapistry ...`, with \
                 `AmbientCapabilities=CAP_NET_RAW` in its systemd unit, or with `docker run --cap-add NET_RAW ...`"
            ),
            Self::Filter(error) => error.fmt(out),
            Self::Options(message) => out.write_str(message),
            Self::Unsupported => write!(out, "capturing from an interface works on Linux alone; elsewhere write a file with tcpdump -w and read that"),
        }
    }
}

impl std::error::Error for LiveError {}

impl From<FilterError> for LiveError {
    fn from(error: FilterError) -> Self {
        Self::Filter(error)
    }
}
