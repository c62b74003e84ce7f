//! The registered request methods.

macro_rules! methods {
    ($($name:literal),+ $(,)?) => {
        /// Whether `method` is in the IANA registry of HTTP methods (RFC 9110 §16.1.1); methods are case-sensitive.
        pub fn is_registered(method: &[u8]) -> bool {
            matches!(method, $($name)|+)
        }

        const REGISTERED: &[&[u8]] = &[$($name),+];
        const NAMES: &[&str] = &[$(match str::from_utf8($name) { Ok(name) => name, Err(_) => "" }),+];
    };
}

methods! {
    b"GET",
    b"POST",
    b"PUT",
    b"DELETE",
    b"PATCH",
    b"HEAD",
    b"OPTIONS",
    b"CONNECT",
    b"TRACE",
    b"QUERY",
    b"ACL",
    b"BASELINE-CONTROL",
    b"BIND",
    b"CHECKIN",
    b"CHECKOUT",
    b"COPY",
    b"LABEL",
    b"LINK",
    b"LOCK",
    b"MERGE",
    b"MKACTIVITY",
    b"MKCALENDAR",
    b"MKCOL",
    b"MKREDIRECTREF",
    b"MKWORKSPACE",
    b"MOVE",
    b"ORDERPATCH",
    b"PRI",
    b"PROPFIND",
    b"PROPPATCH",
    b"REBIND",
    b"REPORT",
    b"SEARCH",
    b"UNBIND",
    b"UNCHECKOUT",
    b"UNLINK",
    b"UNLOCK",
    b"UPDATE",
    b"UPDATEREDIRECTREF",
    b"VERSION-CONTROL",
}

/// The name of a registered method; the common ones are found first.
pub fn registered_name(method: &[u8]) -> Option<&'static str> {
    NAMES.iter().find(|name| name.as_bytes() == method).copied()
}

/// Bytes of the longest one.
const BYTES_MAX: usize = 17;

/// Whether a registered method begins like this.
pub(crate) fn begins_registered(beginning: &[u8]) -> bool {
    REGISTERED.iter().any(|method| method.starts_with(beginning))
}

/// Length of the longest registered method with which `bytes` end.
pub(crate) fn registered_at_end(bytes: &[u8]) -> Option<usize> {
    let is_letter = bytes.last().is_some_and(u8::is_ascii_uppercase);
    (1..=bytes.len().min(BYTES_MAX)).rev().find(|length| is_letter && is_registered(&bytes[bytes.len() - length..]))
}

/// Where at the end of `bytes` a registered method may begin.
pub(crate) fn begun_at_end(bytes: &[u8]) -> Option<usize> {
    (bytes.len().saturating_sub(BYTES_MAX)..bytes.len()).find(|start| begins_registered(&bytes[*start..]))
}

#[cfg(test)]
mod tests {
    use super::{BYTES_MAX, REGISTERED, begun_at_end, registered_at_end};

    #[test]
    fn the_longest_method_at_an_end_is_found() {
        assert_eq!(REGISTERED.iter().map(|method| method.len()).max(), Some(BYTES_MAX));
        assert_eq!(registered_at_end(b"cdefghGET"), Some(3));
        assert_eq!(registered_at_end(b"xMKCOL"), Some(5));
        assert_eq!(registered_at_end(b"UNBIND"), Some(6));
        assert_eq!(registered_at_end(b"get"), None);
        assert_eq!(begun_at_end(b"xyPROPPA"), Some(2));
        assert_eq!(begun_at_end(b"xyPROPx"), None);
    }
}
