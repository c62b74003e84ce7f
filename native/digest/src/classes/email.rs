//! E-mail addresses, bare or in angle brackets behind a display name (RFC 5322 §3.4, without comments).

/// Whether the text is one address. Call only where it holds an `@`.
pub(super) fn is_email(text: &[u8]) -> bool {
    let text = address_of(text);
    let Some(at) = memchr::memrchr(b'@', text) else { return false };
    let (local, host) = (&text[..at], &text[at + 1..]);
    text.len() <= 254 && is_local_part(local) && is_host(host)
}

/// The part in angle brackets, or the whole, without `mailto:`.
fn address_of(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(b"mailto:").unwrap_or(text);
    match text.strip_suffix(b">").and_then(|rest| memchr::memrchr(b'<', rest).map(|open| (rest, open))) {
        // A display name stands before the bracket: letters, not another address.
        Some((rest, open)) if !rest[..open].iter().any(|byte| *byte < 0x20) => rest[open + 1..].trim_ascii(),
        _ => text,
    }
}

/// Dot-atom, or a quoted string without quotes inside.
fn is_local_part(local: &[u8]) -> bool {
    if let Some(quoted) = local.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")) {
        return !quoted.is_empty() && local.len() <= 66 && quoted.iter().all(|byte| *byte >= 0x20 && !matches!(byte, b'"' | b'\\'));
    }
    // Plus-addresses of mail gateways run longer than the 64 bytes of RFC 5321.
    (1..=128).contains(&local.len())
        && local.first() != Some(&b'.')
        && local.last() != Some(&b'.')
        && !local.windows(2).any(|pair| pair == b"..")
        && local.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte >= 128 || b"!#$%&'*+-/=?^_`{|}~.".contains(byte))
}

/// Two labels or more, the last one of letters (or punycode, or not ASCII).
fn is_host(host: &[u8]) -> bool {
    let host = host.strip_suffix(b".").unwrap_or(host);
    let mut labels = 0;
    let mut top: &[u8] = b"";
    for label in host.split(|byte| *byte == b'.') {
        let fits = (1..=63).contains(&label.len())
            && label.first() != Some(&b'-')
            && label.last() != Some(&b'-')
            && label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_') || *byte >= 128);
        if !fits {
            return false;
        }
        labels += 1;
        top = label;
    }
    labels >= 2
        && (2..=24).contains(&top.len())
        && (top.iter().all(u8::is_ascii_alphabetic) || top.starts_with(b"xn--") || top.iter().all(|byte| *byte >= 128))
        && !is_blank_beyond_ascii(host)
}

/// Spaces and other marks that Unicode has and host names do not (U+00A0, U+2000-U+206F, U+3000), and full-width letters.
fn is_blank_beyond_ascii(host: &[u8]) -> bool {
    host.windows(2).any(|pair| matches!(pair, [0xc2, 0x80..=0xa0] | [0xe2, 0x80 | 0x81] | [0xe3, 0x80] | [0xef, 0xbc | 0xbd]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        for text in ["a@b.co", "x+y@mail.example.org", "Jo Doe <jo@example.com>", "a@xn--d1acufc.xn--p1ai", "\" a b \"@example.com", "hans@m\u{fc}ller.de"] {
            assert!(is_email(text.as_bytes()), "{text}");
        }
        for text in [
            "git@github.com:owner/repo.git",
            "user@host",
            "@example.com",
            "a@b.c",
            "a..b@example.com",
            ".a@example.com",
            "a@1.2.3.4",
            "a@exa mple.com",
            "pkg@1.2.0",
            "a b@example.com",
            "a@te\u{a0}st.com",
            "https://user@example.com/x",
        ] {
            assert!(!is_email(text.as_bytes()), "{text}");
        }
    }
}
