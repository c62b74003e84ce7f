//! Whether a server's answer proves that it speaks WebSocket.

use sha1::{Digest as _, Sha1};

const GUID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Whether `Sec-WebSocket-Accept` answers `Sec-WebSocket-Key` (RFC 6455 §4.2.2).
pub fn accepts(key: &[u8], accept: &[u8]) -> bool {
    let hash = Sha1::new().chain_update(key.trim_ascii()).chain_update(GUID).finalize();
    let mut text = Vec::with_capacity(28);
    for group in hash.chunks(3) {
        let bits = group.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - group.len()));
        text.extend((0..4).map(|at| ALPHABET[(bits >> (18 - 6 * at)) as usize & 63]));
    }
    text.truncate(27);
    text.push(b'=');
    accept.trim_ascii() == text
}
