//! The messages that begin a handshake.

pub mod client;
pub mod ja4;
pub mod server;

pub use client::ClientHello;
pub use server::ServerHello;

/// Numbers of extensions (IANA, TLS ExtensionType Values).
pub mod extension {
    pub const SERVER_NAME: u16 = 0;
    pub const GROUPS: u16 = 10;
    pub const SIGNATURE_ALGORITHMS: u16 = 13;
    pub const ALPN: u16 = 16;
    pub const ENCRYPT_THEN_MAC: u16 = 22;
    pub const EXTENDED_MASTER_SECRET: u16 = 23;
    pub const SESSION_TICKET: u16 = 35;
    pub const PRE_SHARED_KEY: u16 = 41;
    pub const EARLY_DATA: u16 = 42;
    pub const SUPPORTED_VERSIONS: u16 = 43;
    pub const ENCRYPTED_CLIENT_HELLO: u16 = 0xfe0d;
}

/// Whether a number is one of those that clients send to keep servers tolerant (RFC 8701).
pub fn is_grease(number: u16) -> bool {
    number & 0x0f0f == 0x0a0a && number >> 8 == number & 0xff
}

/// The version that a hello means, where it is known: drafts of TLS 1.3 count as it.
pub fn plain_version(version: u16) -> u16 {
    match version {
        0x7f00..=0x7fff | 0xfb17..=0xfb1a => 0x0304,
        version => version,
    }
}

/// How a version is shown.
pub fn version_name(version: u16) -> &'static str {
    match version {
        0x0304 => "1.3",
        0x0303 => "1.2",
        0x0302 => "1.1",
        0x0301 => "1.0",
        0x0300 => "SSL 3.0",
        0x0002 => "SSL 2.0",
        _ => "unknown",
    }
}
