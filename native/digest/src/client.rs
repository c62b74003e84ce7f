//! What kind of client sends a User-Agent.

/// The kind of a client by its own word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the name says it")]
pub enum ClientKind {
    #[default]
    Unknown,
    Browser,
    Service,
    Scanner,
}

impl ClientKind {
    /// The public name.
    pub fn name(self) -> &'static str {
        match self {
            ClientKind::Unknown => "unknown",
            ClientKind::Browser => "browser",
            ClientKind::Service => "service",
            ClientKind::Scanner => "scanner",
        }
    }
}

/// The kind of a client by its User-Agent value.
pub fn client_kind(user_agent: &[u8]) -> ClientKind {
    let _ = user_agent;
    ClientKind::Unknown
}
