//! A ServerHello (RFC 8446 §4.1.3, RFC 5246 §7.4.1.3) or HelloRetryRequest.

use super::extension::{ALPN, EARLY_DATA, ENCRYPT_THEN_MAC, EXTENDED_MASTER_SECRET, PRE_SHARED_KEY, SUPPORTED_VERSIONS};
use super::plain_version;
use crate::cursor::Cursor;

/// What the server chose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerHello {
    /// The version spoken.
    pub version: u16,
    /// Goes into the keys.
    pub random: [u8; 32],
    /// As the server names the session, or an echo.
    pub session_id: Vec<u8>,
    /// The cipher suite.
    pub suite: u16,
    /// 0 for none.
    pub compression: u8,
    /// The protocol inside, where it is said in clear.
    pub alpn: Option<Vec<u8>>,
    /// What is encrypted is authenticated (RFC 7366).
    pub encrypt_then_mac: bool,
    /// The master secret is bound to the handshake (RFC 7627).
    pub extends_master: bool,
    /// It goes on from a key of an earlier connection (TLS 1.3).
    pub resumes: bool,
    /// A HelloRetryRequest: the client says hello again.
    pub is_retry: bool,
}

/// SHA-256 of "HelloRetryRequest" (RFC 8446 §4.1.3).
const RETRY: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91, 0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e,
    0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

impl ServerHello {
    /// Reads the body of the message; none where it ends before the suite.
    pub fn read(body: &[u8]) -> Option<Self> {
        let mut cursor = Cursor(body);
        let mut hello = ServerHello { version: plain_version(cursor.short()?), ..ServerHello::default() };
        hello.random.copy_from_slice(cursor.take(32)?);
        hello.is_retry = hello.random == RETRY;
        // Drafts of TLS 1.3 up to 21 have neither session nor compression.
        let is_old_draft = body[0] == 0x7f;
        if !is_old_draft {
            hello.session_id = cursor.block(1)?.to_vec();
        }
        hello.suite = cursor.short()?;
        if !is_old_draft {
            hello.compression = cursor.number(1)? as u8;
        }
        let _ = extensions(&mut cursor, |kind, content| hello.extension(kind, content));
        Some(hello)
    }

    fn extension(&mut self, kind: u16, content: &[u8]) {
        match kind {
            SUPPORTED_VERSIONS => self.version = Cursor(content).short().map_or(self.version, plain_version),
            ALPN => self.alpn = chosen_alpn(content),
            ENCRYPT_THEN_MAC => self.encrypt_then_mac = true,
            EXTENDED_MASTER_SECRET => self.extends_master = true,
            PRE_SHARED_KEY => self.resumes = true,
            _ => {}
        }
    }
}

/// What EncryptedExtensions (RFC 8446 §4.3.1) say: the protocol inside, and whether early data was taken.
pub fn encrypted_extensions(body: &[u8]) -> (Option<Vec<u8>>, bool) {
    let (mut alpn, mut takes_early_data) = (None, false);
    let _ = extensions(&mut Cursor(body), |kind, content| match kind {
        ALPN => alpn = chosen_alpn(content),
        EARLY_DATA => takes_early_data = true,
        _ => {}
    });
    (alpn, takes_early_data)
}

fn extensions(cursor: &mut Cursor<'_>, mut each: impl FnMut(u16, &[u8])) -> Option<()> {
    let mut extensions = Cursor(cursor.cut_block(2)?);
    while !extensions.0.is_empty() {
        let kind = extensions.short()?;
        each(kind, extensions.block(2)?);
    }
    Some(())
}

fn chosen_alpn(content: &[u8]) -> Option<Vec<u8>> {
    Some(Cursor(Cursor(content).block(2)?).block(1)?.to_vec())
}
