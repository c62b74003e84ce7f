//! Whether a request names one host (RFC 9112 §3.2).

use super::sink::{Field, Version};
use super::token::starts_with_ignoring_case;
use tapistry_wire::weird::{Weird, WeirdSet};

/// Names a missing Host of an HTTP/1.1 request, and hosts that differ: several Host fields, or one and the authority of an absolute target.
pub(crate) fn check(target: &[u8], version: Version, fields: &[Field<'_>], weirds: &mut WeirdSet) {
    let mut known = authority(target);
    let mut has_host = false;
    for field in fields {
        if field.name.len() != 4 || !field.name.eq_ignore_ascii_case(b"host") {
            continue;
        }
        has_host = true;
        match known {
            Some(other) if !other.eq_ignore_ascii_case(field.value) => weirds.insert(Weird::Http1HostAmbiguous),
            _ => known = Some(field.value),
        }
    }
    if !has_host && version == Version::Http11 {
        weirds.insert(Weird::Http1HostMissing);
    }
}

/// The authority of an absolute-form target.
fn authority(target: &[u8]) -> Option<&[u8]> {
    let rest = [&b"http://"[..], b"https://"].into_iter().find(|scheme| starts_with_ignoring_case(target, scheme)).map(|scheme| &target[scheme.len()..])?;
    let end = rest.iter().position(|b| matches!(b, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    Some(&rest[..end])
}
