//! Addresses: of mail, hosts, networks and resources.

use super::{LOOKED_AT_BYTES_MAX, SPACE};

/// `local@host.tld` without spaces, the host of letters, digits, dots and dashes.
pub(super) fn is_email(text: &[u8], kinds: u16) -> bool {
    if kinds & SPACE != 0 || text.len() > 254 {
        return false;
    }
    let Some(at) = text.iter().position(|byte| PLACES[usize::from(*byte)] & LOCAL == 0) else { return false };
    (1..=64).contains(&at) && text[at] == b'@' && is_name_with_tld(&text[at + 1..])
}

/// Two labels or more, the last one of two letters at least.
fn is_name_with_tld(host: &[u8]) -> bool {
    let (mut label, mut labels, mut letters) = (0, 0, 0);
    let mut before = b'.';
    for &byte in host {
        let place = PLACES[usize::from(byte)];
        if byte == b'.' {
            if before == b'-' || !(1..=63).contains(&label) {
                return false;
            }
            (label, letters, labels) = (0, 0, labels + 1);
        } else if place & HOST == 0 || (byte == b'-' && label == 0) {
            return false;
        } else {
            label += 1;
            letters += usize::from(place & LETTER != 0);
        }
        before = byte;
    }
    labels > 0 && letters == label && (2..=24).contains(&label)
}

/// Where a byte may stand: in the local part of an address, in a label of a host, in a top-level label.
const LOCAL: u8 = 1;
const HOST: u8 = 2;
const LETTER: u8 = 4;

static PLACES: [u8; 256] = {
    let mut places = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        places[at] = match byte {
            b'a'..=b'z' | b'A'..=b'Z' => LOCAL | HOST | LETTER,
            b'0'..=b'9' | b'-' => LOCAL | HOST,
            b'(' | b')' | b'<' | b'>' | b'[' | b']' | b',' | b';' | b':' | b'\\' | b'"' | b'/' | b'@' => 0,
            b'!'..=b'~' | 0x80.. => LOCAL,
            _ => 0,
        };
        at += 1;
    }
    places
};

/// Ends of names that are hosts; names of events, files and settings (`user.created`, `main.rs`) have dots too.
const TOP_LEVEL: [&[u8]; 44] = [
    b"ai",
    b"app",
    b"arpa",
    b"at",
    b"au",
    b"be",
    b"biz",
    b"br",
    b"ca",
    b"ch",
    b"cloud",
    b"cn",
    b"co",
    b"com",
    b"cz",
    b"de",
    b"dev",
    b"dk",
    b"edu",
    b"es",
    b"eu",
    b"example",
    b"fi",
    b"fr",
    b"gov",
    b"ie",
    b"in",
    b"info",
    b"int",
    b"internal",
    b"io",
    b"it",
    b"jp",
    b"kr",
    b"lan",
    b"local",
    b"localhost",
    b"net",
    b"nl",
    b"no",
    b"org",
    b"se",
    b"test",
    b"uk",
];

pub(super) fn is_hostname(text: &[u8]) -> bool {
    let Some(dot) = text.iter().rposition(|byte| *byte == b'.') else { return false };
    TOP_LEVEL.binary_search(&&text[dot + 1..]).is_ok() && is_name_with_tld(text) && !text.iter().any(u8::is_ascii_uppercase)
}

/// `scheme:` and something behind it (RFC 3986), with `//` unless the scheme is one that has none.
pub(super) fn is_uri(text: &[u8]) -> bool {
    let Some(colon) = text.iter().position(|byte| *byte == b':') else { return false };
    let (scheme, rest) = (&text[..colon], &text[colon + 1..]);
    let is_scheme =
        (2..=24).contains(&scheme.len()) && scheme[0].is_ascii_alphabetic() && scheme.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
    let has_authority = rest.len() > 2 && rest.starts_with(b"//");
    let is_known = matches!(scheme, b"mailto" | b"urn" | b"tel" | b"arn" | b"did" | b"spotify" | b"geo" | b"sms");
    is_scheme && (has_authority || is_known && !rest.is_empty()) && !rest.iter().take(LOOKED_AT_BYTES_MAX).any(|byte| *byte <= b' ')
}

pub(super) fn is_mac(text: &[u8]) -> bool {
    text.chunks(3).all(|chunk| chunk[0] != b':' && chunk[1] != b':' && (chunk.len() == 2 || chunk[2] == b':'))
}

pub(super) fn is_ipv4(text: &[u8]) -> bool {
    text.len() <= 15 && std::str::from_utf8(text).is_ok_and(|text| text.parse::<std::net::Ipv4Addr>().is_ok())
}

pub(super) fn is_ipv6(text: &[u8]) -> bool {
    text.len() <= 45 && std::str::from_utf8(text).is_ok_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok())
}

pub(super) fn is_cidr(text: &[u8]) -> bool {
    let Some(slash) = text.iter().position(|byte| *byte == b'/') else { return false };
    let (address, bits) = (&text[..slash], &text[slash + 1..]);
    let bits = std::str::from_utf8(bits).ok().and_then(|bits| bits.parse::<u8>().ok());
    (is_ipv4(address) && bits.is_some_and(|bits| bits <= 32)) || (is_ipv6(address) && bits.is_some_and(|bits| bits <= 128))
}
