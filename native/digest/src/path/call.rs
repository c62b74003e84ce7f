//! Paths of calls of gRPC.

use crate::classes::{KeyHint, classify_text};

/// Longer names nobody writes.
const NAME_BYTES_MAX: usize = 64;
/// Names have a version at most: `P4Runtime`, `v1beta1`.
const DIGITS_MAX: usize = 4;

/// Whether a raw path is `/package.Service/Method` (gRPC over HTTP/2, "Path"): names as protocol buffers have them, none of which looks like data.
pub fn is_call(raw_path: &[u8]) -> bool {
    let Some(path) = raw_path.strip_prefix(b"/") else { return false };
    let mut segments = path.split(|byte| *byte == b'/');
    let (Some(service), Some(method), None) = (segments.next(), segments.next(), segments.next()) else { return false };
    service.split(|byte| *byte == b'.').chain([method]).all(is_name)
        && [service, method].iter().all(|segment| classify_text(segment, &KeyHint::default()).is_none())
}

fn is_name(name: &[u8]) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    name.first().is_some_and(|first| is_letter(*first))
        && name.len() <= NAME_BYTES_MAX
        && name.iter().all(|byte| is_letter(*byte) || byte.is_ascii_digit())
        && name.iter().filter(|byte| byte.is_ascii_digit()).count() <= DIGITS_MAX
}

#[cfg(test)]
mod tests {
    use super::is_call;

    #[test]
    fn names_of_a_service_and_a_method() {
        for (path, expected) in [
            ("/opentelemetry.proto.collector.trace.v1.TraceService/Export", true),
            ("/etcdserverpb.KV/Range", true),
            ("/p4.v1.P4Runtime/Read", true),
            ("/gnmi.gNMI/Get", true),
            ("/alpha1.Svc/Get", true),
            ("/Greeter/say_hello", true),
            ("/api/shop.v1.Shop/Put", false),
            ("/shop.v1.Shop", false),
            ("/shop..Shop/Put", false),
            ("/shop.Shop/", false),
            ("/users/42", false),
            ("/shop.Shop/id123456", false),
            ("/shop.Shop/Put?x=1", false),
            ("/ghp_16C7e42F292c6912E7710c838347Ae178B4a/Get", false),
            ("shop.Shop/Put", false),
        ] {
            assert_eq!(is_call(path.as_bytes()), expected, "{path}");
        }
    }
}
