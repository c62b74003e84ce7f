//! What a connection says of itself without keys, and how far it was read.

use crate::certificate::Certificate;
use tapistry_wire::weird::WeirdSet;

/// Facts of one connection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The name asked for, where it is a host name.
    pub server_name: Option<String>,
    /// Of the client's first hello.
    pub ja4: Option<String>,
    /// The version spoken; before the server's hello, the newest one offered; 0 for none.
    pub version: u16,
    /// The suite spoken.
    pub suite: Option<u16>,
    /// The protocol inside, as far as it was seen in clear or decrypted.
    pub alpn: Option<Vec<u8>>,
    /// The first of the server's certificates.
    pub certificate: Option<Certificate>,
    /// The true name may be hidden.
    pub has_ech: bool,
    /// The connection went on from an earlier one.
    pub is_resumed: bool,
    /// The server asked for another hello.
    pub is_retried: bool,
    /// The client sent data before the server had answered.
    pub has_early_data: bool,
    /// Changes of keys after the first.
    pub key_updates: u64,
    /// Handshakes after the first.
    pub renegotiations: u64,
    /// Bytes of content that were decrypted.
    pub decrypted_bytes: u64,
    /// Bytes of encrypted records that were not.
    pub blind_bytes: u64,
    /// What was odd.
    pub weirds: WeirdSet,
}
