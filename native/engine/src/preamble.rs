//! What stands before the first byte of a protocol: of a proxy that passes it on, or that asks for TLS.

/// What a stream begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preamble {
    /// So many bytes, 0 for none.
    Length(usize),
    /// It may be one; more bytes are needed.
    Unsure,
}

const V1: &[u8] = b"PROXY ";
/// The longest header of version 1, with its CR LF.
const V1_BYTES_MAX: usize = 107;
const V2: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// SSLRequest of PostgreSQL's protocol (its "Message Formats"), which TLS follows once the server has said `S`.
const SSL_REQUEST: &[u8] = &[0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f];
/// The answer of a SOCKS 4 server: a zero, what became of it, a port and an address.
const SOCKS4_BYTES: usize = 8;

/// What a direction begins with, before what is spoken.
pub fn preamble(bytes: &[u8]) -> Preamble {
    if begins(bytes, SSL_REQUEST) {
        return if bytes.len() < SSL_REQUEST.len() { Preamble::Unsure } else { Preamble::Length(SSL_REQUEST.len()) };
    }
    match bytes {
        [0, 0x5a..=0x5d, ..] if bytes.len() < SOCKS4_BYTES => Preamble::Unsure,
        [0, 0x5a..=0x5d, ..] => Preamble::Length(SOCKS4_BYTES),
        _ => proxy_header(bytes),
    }
}

/// The header of the PROXY protocol (haproxy.org, proxy-protocol.txt), versions 1 and 2, that connections of load balancers begin with.
fn proxy_header(bytes: &[u8]) -> Preamble {
    if begins(bytes, V1) {
        return match memchr::memmem::find(&bytes[..bytes.len().min(V1_BYTES_MAX)], b"\r\n") {
            Some(end) => Preamble::Length(end + 2),
            None if bytes.len() < V1_BYTES_MAX => Preamble::Unsure,
            None => Preamble::Length(0),
        };
    }
    if bytes.len() > 4 && begins(bytes, V2) {
        let Some(length) = bytes.get(14..16) else { return Preamble::Unsure };
        let length = 16 + usize::from(u16::from_be_bytes([length[0], length[1]]));
        return if bytes.len() < length { Preamble::Unsure } else { Preamble::Length(length) };
    }
    Preamble::Length(0)
}

/// Whether `bytes` begins with `start`, or is a beginning of it.
fn begins(bytes: &[u8], start: &[u8]) -> bool {
    let length = bytes.len().min(start.len());
    length > 0 && bytes[..length] == start[..length]
}

#[cfg(test)]
mod tests {
    use super::{Preamble, preamble, proxy_header};

    #[test]
    fn what_stands_before_tls_and_behind_socks() {
        let request = [0, 0, 0, 8, 4, 0xd2, 0x16, 0x2f, 0x16, 3];
        let answer = [0, 0x5a, 0, 80, 10, 0, 0, 1, b'H', b'T'];
        for bytes in [request, answer] {
            assert!((2..8).all(|length| preamble(&bytes[..length]) == Preamble::Unsure), "{bytes:?}");
            assert_eq!((preamble(&bytes[..8]), preamble(&bytes)), (Preamble::Length(8), Preamble::Length(8)), "{bytes:?}");
        }
        assert_eq!(preamble(&[0, 0, 0, 8, 4, 0xd2, 0x16, 0x30]), Preamble::Length(0), "another request of PostgreSQL");
        assert_eq!(preamble(&[0, 0, 6, 4, 0, 0, 0, 0, 0]), Preamble::Length(0), "SETTINGS of HTTP/2");
    }

    #[test]
    fn both_versions_and_what_is_none() {
        assert_eq!(proxy_header(b"GET / HTTP/1.1\r\n"), Preamble::Length(0));
        assert_eq!(proxy_header(b"PROPFIND / HTTP/1.1\r\n"), Preamble::Length(0));
        assert_eq!(proxy_header(b"\r\n\r\nGET / HTTP/1.1\r\n"), Preamble::Length(0));
        assert_eq!(proxy_header(b"PROXY TCP4 10.0.0.1 10.0.0.2 50000 80"), Preamble::Unsure);
        assert_eq!(proxy_header(b"PROXY TCP4 10.0.0.1 10.0.0.2 50000 80\r\nGET /"), Preamble::Length(39));
        assert_eq!(proxy_header(&[b"PROXY ".as_slice(), &[b'x'; 200]].concat()), Preamble::Length(0));
        let second = [b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c".as_slice(), &[7; 12], b"GET /"].concat();
        assert_eq!(proxy_header(&second), Preamble::Length(28));
        for cut in 5..28 {
            assert_eq!(proxy_header(&second[..cut]), Preamble::Unsure);
        }
    }
}
