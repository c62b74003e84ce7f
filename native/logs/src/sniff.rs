//! How a sample of lines tells which format they are in.

use crate::access;
use crate::columns;
use crate::exchange;
use crate::format::{Format, Reader};
use crate::json::Json;
use crate::parse::{Scratch, parse_line};
use crate::records::records;
use crate::rejection::Rejection;

/// Lines of a sample that are looked at.
const LINES_MAX: usize = 64;

/// The format that most lines of `sample` are in; none where it is less than a quarter of them. A last line that is cut does no
/// harm, nor do blank lines, comments and lines of other programs in between. Where no line is in any, a head that names columns tells.
pub fn sniff(sample: &[u8]) -> Option<Format> {
    let sample = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample);
    if is_har(sample) {
        return Some(Format::Har);
    }
    let mut scratch = Scratch::default();
    let mut votes = [0usize; Format::ALL.len()];
    let mut head = None;
    let mut seen = 0;
    for line in sample.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !matches!(line.first(), None | Some(0))) {
        if line.first() == Some(&b'#') {
            head = columns::format_of(line).or(head);
            if let Some(format) = head {
                columns::read_head(format, line, &mut scratch);
            }
            continue;
        }
        seen += 1;
        if let Some(format) = tell(line, head, &mut scratch) {
            votes[format as usize] += 1;
        }
        if seen == LINES_MAX {
            break;
        }
    }
    let (best, count) = votes.iter().enumerate().max_by_key(|&(place, count)| (*count, std::cmp::Reverse(place)))?;
    // The only line may be cut and still be all there is to go by.
    if *count > 0 && *count * 4 >= seen { Some(Format::ALL[best]) } else { head }
}

/// A document whose first key is `log`.
fn is_har(sample: &[u8]) -> bool {
    let after = |text: &mut &[u8], token: &[u8]| {
        *text = text.trim_ascii_start();
        text.strip_prefix(token).map(|rest| *text = rest).is_some()
    };
    let mut text = sample;
    after(&mut text, b"{") && after(&mut text, b"\"log\"") && after(&mut text, b":") && after(&mut text, b"{")
}

/// The format of one line; `head` is that of the head before it.
fn tell(line: &[u8], head: Option<Format>, scratch: &mut Scratch) -> Option<Format> {
    if line.first() == Some(&b'{') {
        let first = records(line).and_then(|objects| objects.first().copied());
        return tell_json(std::str::from_utf8(first.unwrap_or(line)).ok()?, scratch);
    }
    let templates = Format::ALL.iter().copied().filter(|format| matches!(format.reader(), Reader::Template(..)));
    // Without a head only CloudFront's columns are known.
    let mut candidates = [head.unwrap_or(Format::CloudFront)].into_iter().chain(templates);
    candidates.find(|format| fits(*format, line, scratch).is_some()).or_else(|| tell_clf(line, scratch))
}

/// The record's having a user agent, where the line is in the format. A request that is no HTTP is still a line of it.
fn fits(format: Format, line: &[u8], scratch: &mut Scratch) -> Option<bool> {
    match parse_line(format, line, scratch) {
        Ok(record) => Some(record.user_agent.is_some()),
        Err(Rejection::NotHttp | Rejection::PathBad) => Some(false),
        Err(Rejection::MethodMissing | Rejection::MethodBad | Rejection::PathMissing) => matches!(format.reader(), Reader::Columns).then_some(false),
        Err(_) => None,
    }
}

/// The common format and its kin, from the one with most words to the one with least.
fn tell_clf(line: &[u8], scratch: &mut Scratch) -> Option<Format> {
    // `host client ident user` has a word more than `client ident user`; a user name with a space is rarer than a virtual host.
    let words = line.split(|&byte| byte == b'[').next()?.split(|&byte| byte == b' ').filter(|word| !word.is_empty()).count();
    if words >= 4 && fits(Format::VCombined, line, scratch).is_some() {
        return Some(Format::VCombined);
    }
    let has_agent = fits(Format::Combined, line, scratch)? || line.ends_with(b"\"");
    Some(if has_agent { Format::Combined } else { Format::Common })
}

/// Our own exchanges have keys that no server writes; with none of them, no key may be one that servers write and we do not.
fn tell_json(text: &str, scratch: &mut Scratch) -> Option<Format> {
    let (mut own, mut foreign, mut method, mut path) = (0, 0, false, false);
    let read = Json::new(text).object(|key, json| {
        own += u32::from(exchange::is_own_key(&key));
        foreign +=
            u32::from(!exchange::is_key(&key) && access::table::find(access::table::ROOT, access::table::hash(access::table::ROOT, &key), &key).is_some());
        method |= key == "method";
        path |= key == "path";
        json.skip().map(drop)
    });
    // The last line of a sample may be cut; what was read of it tells enough.
    if method && path && (own > 0 || (foreign == 0 && read.is_ok())) {
        return Some(Format::NdjsonExchange);
    }
    access::parse(text, scratch).is_ok().then_some(Format::JsonAccess)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_formats() {
        let cases: &[(&str, Option<Format>)] = &[
            ("1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1 \"-\" \"-\"\n", Some(Format::Combined)),
            ("1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1\n", Some(Format::Common)),
            ("a.example:80 1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1 \"-\" \"-\"", Some(Format::VCombined)),
            ("\u{feff}\r\n\r\n{\"method\":\"GET\",\"path\":\"/\"}", Some(Format::NdjsonExchange)),
            ("{\"method\":\"GET\",\"path\":\"/\",\"resBody\":{\"a\"", Some(Format::NdjsonExchange)),
            ("{\"method\":\"GET\",\"path\":\"/\",\"response_code\":200}", Some(Format::JsonAccess)),
            ("{ \"log\" : {\n\"version\":\"1.2\"", Some(Format::Har)),
            ("# a comment\nhello world\n", None),
            ("", None),
            ("{\"level\":\"info\"}\n{\"level\":\"info\"}\n{\"request_method\":\"GET\",\"uri\":\"/\",\"status\":\"200\"}\n", Some(Format::JsonAccess)),
            ("#Fields: date time cs-method cs-uri-stem\n", Some(Format::W3c)),
            ("#Fields: date time cs-method cs-uri-stem\na\tb\n2000-10-10 20:55:36 GET /\n2000-10-10 20:55:37 GET /\n", Some(Format::W3c)),
            ("#Fields: a\n{\"request_method\":\"GET\",\"uri\":\"/\"}\n", Some(Format::JsonAccess)),
        ];
        for (sample, format) in cases {
            assert_eq!(sniff(sample.as_bytes()), *format, "{sample}");
        }
    }
}
