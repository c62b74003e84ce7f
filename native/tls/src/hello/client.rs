//! A ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2), and the one of SSL 2.0 that later versions may begin with (RFC 5246 §E.2).

use super::extension::{ALPN, EARLY_DATA, ENCRYPT_THEN_MAC, ENCRYPTED_CLIENT_HELLO, GROUPS, PRE_SHARED_KEY, SERVER_NAME, SESSION_TICKET};
use super::extension::{SIGNATURE_ALGORITHMS, SUPPORTED_VERSIONS};
use super::{is_grease, plain_version};
use crate::cursor::{Cursor, shorts};

/// What a client offers; lists in its order, GREASE included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientHello {
    /// The version field, which TLS 1.3 leaves at 1.2.
    pub legacy_version: u16,
    /// Names the secrets of the connection in a key log.
    pub random: [u8; 32],
    /// What may be resumed, where it is not a ticket.
    pub session_id: Vec<u8>,
    /// Cipher suites.
    pub suites: Vec<u16>,
    /// Extensions by number.
    pub extensions: Vec<u16>,
    /// The name asked for in lower case, where it is a host name.
    pub server_name: Option<String>,
    /// Protocols offered inside, as sent.
    pub alpn: Vec<Vec<u8>>,
    /// Of supported_versions; empty before TLS 1.3.
    pub versions: Vec<u16>,
    /// Signature algorithms.
    pub signature_algorithms: Vec<u16>,
    /// Groups for key exchange.
    pub groups: Vec<u16>,
    /// A ticket of an earlier connection is sent.
    pub has_ticket: bool,
    /// Data follows at once under the key of an earlier connection.
    pub has_early_data: bool,
    /// In the form of SSL 2.0.
    pub is_sslv2: bool,
    /// It ends before its own lengths say so.
    pub is_cut: bool,
}

impl ClientHello {
    /// Reads the body of the message: what there is of it.
    pub fn read(body: &[u8]) -> Self {
        let mut hello = ClientHello::default();
        hello.is_cut = hello.fill(&mut Cursor(body)).is_none();
        hello
    }

    /// Reads the message of SSL 2.0 behind its record header.
    pub fn read_sslv2(message: &[u8]) -> Option<Self> {
        let mut cursor = Cursor(message);
        if cursor.number(1)? != 1 {
            return None;
        }
        let mut hello = ClientHello { is_sslv2: true, legacy_version: cursor.short()?, ..ClientHello::default() };
        let [suites, session_id, challenge] = [cursor.number(2)?, cursor.number(2)?, cursor.number(2)?];
        let suites = cursor.take(suites)?;
        hello.suites = suites.chunks_exact(3).filter(|suite| suite[0] == 0).map(|suite| u16::from_be_bytes([suite[1], suite[2]])).collect();
        hello.session_id = cursor.take(session_id)?.to_vec();
        let challenge = cursor.take(challenge)?;
        let length = challenge.len().min(32);
        hello.random[32 - length..].copy_from_slice(&challenge[challenge.len() - length..]);
        Some(hello)
    }

    /// The newest version offered.
    pub fn version(&self) -> u16 {
        let offered = self.versions.iter().filter(|version| !is_grease(**version)).map(|version| plain_version(*version));
        offered.max().unwrap_or(self.legacy_version)
    }

    /// Whether an extension is there.
    pub fn has(&self, extension: u16) -> bool {
        self.extensions.contains(&extension)
    }

    /// Whether the true name may be hidden (RFC 9849); clients send the extension as GREASE too.
    pub fn has_ech(&self) -> bool {
        self.has(ENCRYPTED_CLIENT_HELLO)
    }

    /// Whether it asks to go on from an earlier connection.
    pub fn resumes(&self) -> bool {
        self.has_ticket || self.has(PRE_SHARED_KEY)
    }

    /// Whether it offers to authenticate what is encrypted (RFC 7366).
    pub fn has_encrypt_then_mac(&self) -> bool {
        self.has(ENCRYPT_THEN_MAC)
    }

    fn fill(&mut self, cursor: &mut Cursor<'_>) -> Option<()> {
        self.legacy_version = cursor.short()?;
        self.random.copy_from_slice(cursor.take(32)?);
        self.session_id = cursor.block(1)?.to_vec();
        self.suites = shorts(cursor.cut_block(2)?).collect();
        cursor.block(1)?;
        if cursor.0.is_empty() {
            return Some(());
        }
        let length = cursor.number(2)?;
        let is_cut = length > cursor.0.len();
        let mut extensions = Cursor(cursor.take(length.min(cursor.0.len()))?);
        while !extensions.0.is_empty() {
            let kind = extensions.short()?;
            self.extensions.push(kind);
            let content = extensions.block(2)?;
            // What is odd in one extension leaves the others as they are.
            let _ = self.extension(kind, content);
        }
        (!is_cut).then_some(())
    }

    fn extension(&mut self, kind: u16, content: &[u8]) -> Option<()> {
        let mut cursor = Cursor(content);
        match kind {
            SERVER_NAME => {
                let mut names = Cursor(cursor.block(2)?);
                while !names.0.is_empty() && self.server_name.is_none() {
                    let kind = names.number(1)?;
                    let name = names.block(2)?;
                    self.server_name = (kind == 0).then(|| host_name(name)).flatten();
                }
            }
            ALPN => {
                let mut protocols = Cursor(cursor.block(2)?);
                while !protocols.0.is_empty() {
                    self.alpn.push(protocols.block(1)?.to_vec());
                }
            }
            SUPPORTED_VERSIONS => self.versions = shorts(cursor.block(1)?).collect(),
            SIGNATURE_ALGORITHMS => self.signature_algorithms = shorts(cursor.block(2)?).collect(),
            GROUPS => self.groups = shorts(cursor.block(2)?).collect(),
            SESSION_TICKET => self.has_ticket = !content.is_empty(),
            EARLY_DATA => self.has_early_data = true,
            _ => {}
        }
        Some(())
    }
}

/// A host name as services are named: in lower case, without the port that some clients add. Addresses are none (RFC 6066 §3).
fn host_name(name: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(name).ok()?.trim_end_matches('.');
    let text = match text.rsplit_once(':') {
        Some((host, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => text,
    };
    let is_host = (1..=253).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    (is_host && text.parse::<std::net::IpAddr>().is_err()).then(|| text.to_ascii_lowercase())
}
