//! Which header fields belong to the protocol and its infrastructure, not to an API.

/// Whether a header (lower-case name) is standard or infrastructure, so that it is no parameter of an API.
pub fn is_standard_field(name: &[u8]) -> bool {
    matches!(name, b"host" | b"accept" | b"user-agent")
}
