//! What TLS tells without keys (RFC 8446): that it is TLS, and the name that the client asks for.

/// What the first bytes of a client say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hello {
    /// Not a ClientHello.
    No,
    /// More bytes are needed.
    Unsure,
    /// A ClientHello with the server name it asks for (RFC 6066 §3), lower case, where it is a host name.
    Client(Option<String>),
}

/// Bytes of a hello that are looked at; longer ones are taken as having no name.
pub const HELLO_BYTES_MAX: usize = 16 << 10;

/// Whether bytes are the start of a TLS record of the handshake kind.
pub fn is_handshake_record(bytes: &[u8]) -> bool {
    matches!(bytes, [0x16, 3, 0..=4, ..])
}

/// Reads the ClientHello at the start of a stream; it may span records.
pub fn client_hello(bytes: &[u8]) -> Hello {
    match bytes {
        [] => return Hello::Unsure,
        [0x16, 3, 0..=4, ..] => {}
        [0x16] | [0x16, 3] => return Hello::Unsure,
        _ => return Hello::No,
    }
    let mut handshake = Vec::new();
    let mut rest = bytes;
    let mut whole = false;
    while let [0x16, 3, _, high, low, body @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        handshake.extend_from_slice(&body[..length.min(body.len())]);
        if handshake.len() >= 4 && handshake.len() - 4 >= message_length(&handshake) {
            whole = true;
            break;
        }
        let Some(next) = body.get(length..) else { break };
        rest = next;
    }
    if handshake.first().is_some_and(|kind| *kind != 1) {
        return Hello::No;
    }
    if !whole && bytes.len() < HELLO_BYTES_MAX {
        return Hello::Unsure;
    }
    Hello::Client(handshake.get(4..).and_then(server_name))
}

fn message_length(handshake: &[u8]) -> usize {
    usize::from(handshake[1]) << 16 | usize::from(handshake[2]) << 8 | usize::from(handshake[3])
}

/// `body` is a ClientHello without its four-byte header.
fn server_name(body: &[u8]) -> Option<String> {
    let rest = body.get(34..)?;
    let rest = skip(rest, 1)?;
    let rest = skip(rest, 2)?;
    let rest = skip(rest, 1)?;
    let mut extensions = block(rest, 2)?;
    while let [a, b, ..] = extensions {
        let kind = u16::from_be_bytes([*a, *b]);
        let content = block(&extensions[2..], 2)?;
        if kind == 0 {
            let [0, name @ ..] = block(content, 2)? else { return None };
            let name = std::str::from_utf8(block(name, 2)?).ok()?;
            let is_host = !name.is_empty() && name.len() <= 253 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
            return is_host.then(|| name.to_ascii_lowercase());
        }
        extensions = skip(&extensions[2..], 2)?;
    }
    None
}

/// The content of a block with a length of `width` bytes before it.
fn block(bytes: &[u8], width: usize) -> Option<&[u8]> {
    let length = bytes.get(..width)?.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    bytes.get(width..width + length)
}

fn skip(bytes: &[u8], width: usize) -> Option<&[u8]> {
    let length = block(bytes, width)?.len();
    bytes.get(width + length..)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(name: &str) -> Vec<u8> {
        let mut sni = vec![0, 0];
        sni.extend(((name.len() + 5) as u16).to_be_bytes());
        sni.extend(((name.len() + 3) as u16).to_be_bytes());
        sni.push(0);
        sni.extend((name.len() as u16).to_be_bytes());
        sni.extend(name.bytes());
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.extend([0, 0, 2, 0x13, 1, 1, 0]);
        body.extend((sni.len() as u16).to_be_bytes());
        body.extend(sni);
        let mut handshake = vec![1, 0];
        handshake.extend((body.len() as u16).to_be_bytes());
        handshake.extend(body);
        handshake
    }

    fn records(handshake: &[u8], size: usize) -> Vec<u8> {
        handshake.chunks(size).flat_map(|part| [&[0x16, 3, 1][..], &(part.len() as u16).to_be_bytes(), part].concat()).collect()
    }

    #[test]
    fn a_name_is_found_over_any_records_and_any_prefix_is_unsure() {
        for size in [1, 7, 4096] {
            let bytes = records(&hello("API.example.com"), size);
            assert_eq!(client_hello(&bytes), Hello::Client(Some("api.example.com".into())));
            for end in 0..bytes.len() {
                assert_eq!(client_hello(&bytes[..end]), Hello::Unsure, "{end} of {}", bytes.len());
            }
        }
        assert_eq!(client_hello(b"GET / HTTP/1.1\r\n"), Hello::No);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_give_an_answer(bytes: Vec<u8>) {
            client_hello(&[&[0x16, 3, 1], &bytes[..]].concat());
        }
    }
}
