//! Whether bytes at the start of a stream are HTTP/1, by content alone.

/// What the first bytes of a direction say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// It is.
    Yes,
    /// It is not, whatever follows.
    No,
    /// More bytes are needed.
    Unsure,
}

/// Whether `bytes` begin with an HTTP/1 request (blank lines before it allowed).
pub fn is_request_start(_bytes: &[u8]) -> Probe {
    Probe::Unsure
}

/// Whether `bytes` begin with an HTTP/1 status line.
pub fn is_response_start(_bytes: &[u8]) -> Probe {
    Probe::Unsure
}
