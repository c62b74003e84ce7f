//! IP addresses, strictly read (RFC 4291 §2.2), with prefix length, port or zone.

use super::KeyHint;

/// Whether the text is an IPv4 or IPv6 address. A dotted quad under a key that says version is none.
pub(super) fn is_ip_address(text: &[u8], hint: &KeyHint) -> bool {
    // Times and names end here, at their first letter beyond hex.
    if !text.iter().take_while(|byte| **byte != b'%').all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.' | b'/' | b'[' | b']')) {
        return false;
    }
    let (address, prefix) = split_last(text, b'/');
    if text.contains(&b':') && !is_v4_with_port(address) {
        let (address, zone) = split_last(address.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]")).unwrap_or(address), b'%');
        return is_v6(address)
            && prefix.is_none_or(|prefix| is_number(prefix, 128))
            && zone.is_none_or(|zone| {
                (1..=32).contains(&zone.len()) && zone.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
            });
    }
    let (address, _port) = split_last(address, b':');
    if !is_v4(address) || !prefix.is_none_or(|prefix| is_number(prefix, 32)) {
        return false;
    }
    hint.says(KeyHint::IP) || !hint.says(KeyHint::VERSION)
}

fn split_last(text: &[u8], separator: u8) -> (&[u8], Option<&[u8]>) {
    match memchr::memrchr(separator, text) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    }
}

fn is_number(text: &[u8], max: u32) -> bool {
    (1..=5).contains(&text.len()) && text.iter().all(u8::is_ascii_digit) && text.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0')) <= max
}

fn is_v4_with_port(text: &[u8]) -> bool {
    matches!(split_last(text, b':'), (address, Some(port)) if is_v4(address) && is_number(port, 65_535))
}

/// Four octets without leading zeros.
fn is_v4(text: &[u8]) -> bool {
    let mut octets = 0;
    text.len() <= 15
        && text.split(|byte| *byte == b'.').all(|octet| {
            octets += 1;
            is_number(octet, 255) && (octet.len() == 1 || octet[0] != b'0')
        })
        && octets == 4
}

/// Eight groups of at most four hex digits, `::` once, the last 32 bits perhaps as a dotted quad.
fn is_v6(text: &[u8]) -> bool {
    if text.len() < 2 || text.len() > 45 {
        return false;
    }
    let (front, back) = match memchr::memmem::find(text, b"::") {
        Some(at) => (&text[..at], Some(&text[at + 2..])),
        None => (text, None),
    };
    let Some(first) = groups_of(front, back.is_none()) else { return false };
    match back {
        // `::` alone is also C++; what is left must be an address of one group or more, but for the unspecified address itself.
        Some(back) => groups_of(back, true).is_some_and(|last| first + last <= 7),
        None => first == 8,
    }
}

/// Number of 16-bit groups; `None` where one is malformed.
fn groups_of(text: &[u8], may_end_in_quad: bool) -> Option<usize> {
    if text.is_empty() {
        return Some(0);
    }
    let mut groups = 0;
    let mut parts = text.split(|byte| *byte == b':').peekable();
    while let Some(part) = parts.next() {
        if may_end_in_quad && parts.peek().is_none() && is_v4(part) {
            groups += 2;
        } else if (1..=4).contains(&part.len()) && part.iter().all(u8::is_ascii_hexdigit) {
            groups += 1;
        } else {
            return None;
        }
    }
    Some(groups)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        let none = KeyHint::default();
        for text in
            ["10.0.0.1", "192.168.1.1/32", "1.2.3.4:8080", "::1", "2001:db8::", "::ffff:10.0.0.1", "fe80::1%eth0", "1:2:3:4:5:6:7:8", "fe80::/10", "[::1]"]
        {
            assert!(is_ip_address(text.as_bytes(), &none), "{text}");
        }
        for text in [
            "1.2.3",
            "256.1.1.1",
            "01.2.3.4",
            "1.2.3.4.5",
            "1.2.3.4/33",
            ":::",
            "1::2::3",
            "12345::1",
            "std::cout",
            "10:30",
            "12:30:45",
            "::1banana",
            "1.2.3.4:99999",
            "aa:bb:cc:dd:ee:ff",
            "",
        ] {
            assert!(!is_ip_address(text.as_bytes(), &none), "{text}");
        }
        assert!(!is_ip_address(b"1.2.3.4", &KeyHint::of_name(b"version")));
        assert!(is_ip_address(b"1.2.3.4", &KeyHint::of_name(b"remote_addr")));
    }
}
