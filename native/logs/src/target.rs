//! A request target to authority, path and query (RFC 9112 §3.2).

use std::borrow::Cow;

use crate::record::ExchangeRecord;
use crate::rejection::Rejection;

/// Bytes of a method that is believed; the longest registered one has 17.
const METHOD_BYTES_MAX: usize = 32;

/// Writes path and query of a target into the record, and scheme and authority where the target has them. A query that the record
/// has already stays where the target has none.
#[inline]
pub fn write<'a>(target: Cow<'a, [u8]>, record: &mut ExchangeRecord<'a>) -> Result<(), Rejection> {
    match target.first() {
        Some(b'/') => {}
        Some(b'*') if target.len() == 1 => {}
        Some(_) => return write_absolute(target, record),
        None => return Err(Rejection::PathMissing),
    }
    write_path(target, record);
    Ok(())
}

#[inline]
fn write_path<'a>(target: Cow<'a, [u8]>, record: &mut ExchangeRecord<'a>) {
    let mark = memchr::memchr(b'?', &target);
    match (target, mark) {
        (path, None) => record.path = path,
        (Cow::Borrowed(target), Some(mark)) => {
            record.path = Cow::Borrowed(&target[..mark]);
            record.query = Some(Cow::Borrowed(&target[mark + 1..]));
        }
        (Cow::Owned(mut target), Some(mark)) => {
            record.query = Some(Cow::Owned(target.split_off(mark + 1)));
            target.truncate(mark);
            record.path = Cow::Owned(target);
        }
    }
}

/// Absolute form, or the authority form of CONNECT.
#[cold]
fn write_absolute<'a>(target: Cow<'a, [u8]>, record: &mut ExchangeRecord<'a>) -> Result<(), Rejection> {
    let Some((scheme, at)) = scheme(&target) else {
        let is_authority = record.method.eq_ignore_ascii_case("CONNECT") && !target.contains(&b'/');
        record.path = if is_authority { target } else { return Err(Rejection::PathBad) };
        return Ok(());
    };
    record.scheme = Some(Cow::Borrowed(scheme));
    let rest = &target[at..];
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#')).unwrap_or(rest.len());
    // User information is never shown, and never part of a service's name.
    let authority = rest[..end].rsplit(|&byte| byte == b'@').next().unwrap_or_default();
    if let Some(authority) = std::str::from_utf8(authority).ok().filter(|authority| !authority.is_empty()) {
        record.host = Some(Cow::Owned(authority.to_owned()));
    }
    let path = &rest[end..];
    let owned = if path.first() == Some(&b'/') { path.to_vec() } else { [b"/", path].concat() };
    write_path(Cow::Owned(owned), record);
    Ok(())
}

fn scheme(target: &[u8]) -> Option<(&'static str, usize)> {
    [("http", "http://"), ("https", "https://"), ("http", "ws://"), ("https", "wss://")]
        .into_iter()
        .find(|(_, prefix)| target.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes())))
        .map(|(scheme, prefix)| (scheme, prefix.len()))
}

/// Whether `method` is a token of a sane length (RFC 9110 §5.6.2).
#[inline]
pub fn is_method(method: &[u8]) -> bool {
    let is_letters = !method.is_empty() && method.len() <= METHOD_BYTES_MAX && method.iter().all(u8::is_ascii_uppercase);
    is_letters
        || (!method.is_empty()
            && method.len() <= METHOD_BYTES_MAX
            && method.iter().all(|&byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)))
}

/// A method that most requests have.
#[inline]
fn common_method(method: &[u8]) -> Option<&'static str> {
    match method {
        b"GET" => Some("GET"),
        b"POST" => Some("POST"),
        b"PUT" => Some("PUT"),
        b"PATCH" => Some("PATCH"),
        b"DELETE" => Some("DELETE"),
        b"HEAD" => Some("HEAD"),
        b"OPTIONS" => Some("OPTIONS"),
        _ => None,
    }
}

/// The protocol of a version as logs write it: `HTTP/1.1`, `HTTP/2`, `h2`, `2.0`; empty for others.
pub fn protocol_of(version: &[u8]) -> &'static str {
    let number = match version {
        [b'h' | b'H', number @ (b'2' | b'3')] => std::slice::from_ref(number),
        [b'H' | b'h', b'T' | b't', b'T' | b't', b'P' | b'p', b'/', number @ ..] => number,
        number => number,
    };
    match number {
        b"0.9" => "http/0.9",
        b"1.0" | b"1" => "http/1.0",
        b"1.1" => "http/1.1",
        b"2.0" | b"2" => "h2",
        b"3.0" | b"3" => "h3",
        _ => "",
    }
}

/// A request line, `GET /path HTTP/1.1`, into method, path and query. Without a version it must start like a path.
#[inline]
pub fn write_request_line<'a>(line: Cow<'a, [u8]>, record: &mut ExchangeRecord<'a>) -> Result<(), Rejection> {
    // Methods and versions are short: loops beat searches.
    let space = line.iter().position(|&byte| byte == b' ').ok_or(Rejection::NotHttp)?;
    let common = common_method(&line[..space]);
    if common.is_none() && !is_method(&line[..space]) {
        return Err(Rejection::NotHttp);
    }
    let (target, has_version) = match line[space + 1..].iter().rposition(|&byte| byte == b' ') {
        Some(last) if line[space + 1 + last + 1..].starts_with(b"HTTP/") => (space + 1..space + 1 + last, true),
        _ => (space + 1..line.len(), false),
    };
    if has_version {
        record.protocol = protocol_of(&line[target.end + 1..]);
    } else if line.get(target.start) != Some(&b'/') {
        return Err(Rejection::NotHttp);
    }
    match line {
        Cow::Borrowed(line) => {
            record.method = Cow::Borrowed(common.map_or_else(|| str::from_utf8(&line[..space]).map_err(|_| Rejection::NotHttp), Ok)?);
            write(Cow::Borrowed(&line[target]), record)
        }
        Cow::Owned(line) => {
            record.method = Cow::Owned(String::from_utf8_lossy(&line[..space]).into_owned());
            write(Cow::Owned(line[target].to_vec()), record)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::protocol_of;

    #[test]
    fn protocols_of_versions() {
        let cases = [
            ("HTTP/1.1", "http/1.1"),
            ("HTTP/1.0", "http/1.0"),
            ("HTTP/2.0", "h2"),
            ("http/2", "h2"),
            ("h2", "h2"),
            ("H3", "h3"),
            ("1.1", "http/1.1"),
            ("HTTP/0.9", "http/0.9"),
            ("", ""),
            ("HTTPS", ""),
        ];
        for (version, protocol) in cases {
            assert_eq!(protocol_of(version.as_bytes()), protocol, "{version}");
        }
    }
}
