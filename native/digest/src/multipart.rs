//! Multipart bodies (RFC 2046 §5.1, RFC 7578).

use crate::Cx;
use crate::classes::KeyHint;
use crate::json::digest_json;
use crate::media_type::parameter;
use crate::pairs::{Pair, digest_pairs};
use crate::place::observe_untyped;
use crate::shape::Node;
use std::borrow::Cow;
use tapistry_wire::weird::Weird;

struct Part<'b> {
    content: Content,
    bytes: &'b [u8],
}

enum Content {
    Text,
    Json,
    /// A file or another media type: only its size is counted, never its name.
    Binary,
}

/// Counts the parts as members of one object by their `name`. JSON parts are digested, files count as `binary` with their size in bytes
/// as length. At most `parameters_max` parts; a part that did not end is left out, and then the object is not counted.
pub(crate) fn digest_multipart(content_type: &[u8], bytes: &[u8], whole: bool, node: &mut Node, cx: &mut Cx) {
    let Some(boundary) = parameter(content_type, b"boundary").filter(|boundary| (1..=200).contains(&boundary.len())) else {
        cx.weirds.insert(Weird::DigestInvalid);
        return;
    };
    let delimiter = [b"--", &*boundary].concat();
    let (pairs, end) = parts(bytes, &delimiter, cx.limits.parameters_max);
    digest_pairs(&pairs, node, cx, observe_part);
    match end {
        End::Complete => node.observe_object(),
        End::TooMany => cx.weirds.insert(Weird::DigestLimit),
        End::Cut if whole => cx.weirds.insert(Weird::DigestInvalid),
        End::Cut => cx.weirds.insert(Weird::DigestTruncated),
    }
}

/// The bytes of the first part, where it has this name and its end was seen.
pub(crate) fn first_part<'b>(content_type: &[u8], bytes: &'b [u8], name: &[u8]) -> Option<&'b [u8]> {
    let boundary = parameter(content_type, b"boundary").filter(|boundary| (1..=200).contains(&boundary.len()))?;
    let (pairs, _) = parts(bytes, &[b"--", &*boundary].concat(), 1);
    pairs.first().filter(|pair| &*pair.name == name).map(|pair| pair.value.bytes)
}

enum End {
    Complete,
    TooMany,
    Cut,
}

fn parts<'b>(bytes: &'b [u8], delimiter: &[u8], parts_max: usize) -> (Vec<Pair<'b, Part<'b>>>, End) {
    let mut pairs = Vec::new();
    let finder = memchr::memmem::Finder::new(delimiter);
    let Some(first) = finder.find(bytes) else { return (pairs, End::Cut) };
    let mut rest = &bytes[first + delimiter.len()..];
    loop {
        if rest.starts_with(b"--") {
            return (pairs, End::Complete);
        }
        // Padding may stand between the boundary and its line end.
        let Some(line_end) = memchr::memchr(b'\n', rest) else { return (pairs, End::Cut) };
        let part = &rest[line_end + 1..];
        let Some(end) = finder.find_iter(part).find(|at| *at == 0 || part[at - 1] == b'\n') else { return (pairs, End::Cut) };
        if pairs.len() == parts_max {
            return (pairs, End::TooMany);
        }
        pairs.push(pair(without_line_end(&part[..end])));
        rest = &part[end + delimiter.len()..];
    }
}

fn without_line_end(part: &[u8]) -> &[u8] {
    let part = part.strip_suffix(b"\n").unwrap_or(part);
    part.strip_suffix(b"\r").unwrap_or(part)
}

/// Reads the header fields of a part up to the empty line.
fn pair(part: &[u8]) -> Pair<'_, Part<'_>> {
    let mut name = Cow::Borrowed(&b""[..]);
    let mut content = Content::Text;
    let mut rest = part;
    while !rest.is_empty() {
        let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
        let line = without_line_end(&rest[..end]);
        rest = &rest[end..];
        if line.is_empty() {
            break;
        }
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (field, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        if field.eq_ignore_ascii_case(b"content-disposition") {
            name = parameter(value, b"name").unwrap_or(name);
            if parameter(value, b"filename").is_some() || parameter(value, b"filename*").is_some() {
                content = Content::Binary;
            }
        } else if field.eq_ignore_ascii_case(b"content-type") && matches!(content, Content::Text) {
            content = content_of(value);
        }
    }
    Pair::new(name, Part { content, bytes: rest })
}

fn content_of(content_type: &[u8]) -> Content {
    let essence = crate::media_type::essence(content_type);
    match &*essence {
        "application/json" => Content::Json,
        essence if essence.ends_with("+json") => Content::Json,
        essence if essence.starts_with("text/") => Content::Text,
        _ => Content::Binary,
    }
}

fn observe_part(part: &Part, node: &mut Node, hint: &KeyHint, cx: &mut Cx) {
    match part.content {
        Content::Text => observe_untyped(node, part.bytes, hint, cx),
        Content::Json => digest_json(part.bytes, true, node, hint, cx),
        Content::Binary => node.observe_binary(part.bytes.len()),
    }
}
