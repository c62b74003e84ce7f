//! Request targets in their parts (RFC 9112 §3.2).

/// A request target in its parts, as sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Target<'a> {
    /// `http` of an absolute-form target.
    pub scheme: Option<&'a [u8]>,
    /// Host and port of an absolute-form or authority-form target; user information is cut off.
    pub authority: Option<&'a [u8]>,
    /// Path, empty or `*` as sent.
    pub path: &'a [u8],
    /// What follows the first `?`, without a fragment.
    pub query: Option<&'a [u8]>,
}

/// Splits origin-form, absolute-form, authority-form and `*` targets. Any bytes give a target: what is none of the forms is a path.
pub fn split_target(target: &[u8]) -> Target<'_> {
    let target = &target[..memchr::memchr(b'#', target).unwrap_or(target.len())];
    let (front, query) = match memchr::memchr(b'?', target) {
        Some(at) => (&target[..at], Some(&target[at + 1..])),
        None => (target, None),
    };
    if matches!(front.first(), Some(b'/') | None) {
        return Target { path: front, query, ..Target::default() };
    }
    let scheme = front.iter().take(SCHEME_BYTES_MAX).take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.')).count();
    if scheme > 0 && front[scheme..].starts_with(b"://") {
        let rest = &front[scheme + 3..];
        let end = memchr::memchr(b'/', rest).unwrap_or(rest.len());
        return Target { scheme: Some(&front[..scheme]), authority: Some(without_user(&rest[..end])), path: &rest[end..], query };
    }
    if is_authority(front) {
        return Target { authority: Some(without_user(front)), path: b"", query, scheme: None };
    }
    Target { path: front, query, ..Target::default() }
}

const SCHEME_BYTES_MAX: usize = 16;

fn without_user(authority: &[u8]) -> &[u8] {
    memchr::memrchr(b'@', authority).map_or(authority, |at| &authority[at + 1..])
}

/// `host:port` and nothing else, as CONNECT sends it.
fn is_authority(text: &[u8]) -> bool {
    let Some(colon) = memchr::memrchr(b':', text) else { return false };
    let port = &text[colon + 1..];
    colon > 0 && (1..=5).contains(&port.len()) && port.iter().all(u8::is_ascii_digit) && !text.contains(&b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        type Case = (&'static str, Option<&'static str>, Option<&'static str>, &'static str, Option<&'static str>);
        let cases: &[Case] = &[
            ("/a/b?x=1", None, None, "/a/b", Some("x=1")),
            ("/a?", None, None, "/a", Some("")),
            ("/a#frag?x", None, None, "/a", None),
            ("http://h.example:80/a?x", Some("http"), Some("h.example:80"), "/a", Some("x")),
            ("https://user:pw@h.example", Some("https"), Some("h.example"), "", None),
            ("http://h?x=/y", Some("http"), Some("h"), "", Some("x=/y")),
            ("h.example:443", None, Some("h.example:443"), "", None),
            ("*", None, None, "*", None),
            ("", None, None, "", None),
            ("?x", None, None, "", Some("x")),
            ("relative/path", None, None, "relative/path", None),
            ("/a?u=http://b/c", None, None, "/a", Some("u=http://b/c")),
        ];
        for (target, scheme, authority, path, query) in cases {
            let got = split_target(target.as_bytes());
            let text = |part: Option<&[u8]>| part.map(|part| String::from_utf8_lossy(part).into_owned());
            assert_eq!(text(got.scheme).as_deref(), *scheme, "{target}");
            assert_eq!(text(got.authority).as_deref(), *authority, "{target}");
            assert_eq!(got.path, path.as_bytes(), "{target}");
            assert_eq!(text(got.query).as_deref(), *query, "{target}");
        }
    }
}
