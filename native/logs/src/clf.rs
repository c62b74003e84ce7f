//! The common log format and what grew out of it: combined, with a virtual host before it, with more fields behind it.

use std::borrow::Cow;

use crate::escape;
use crate::parse::Scratch;
use crate::record::ExchangeRecord;
use crate::rejection::Rejection;
use crate::target;
use crate::time;

pub(crate) mod extras;

/// Fields behind `combined` that are looked at.
const EXTRAS_MAX: usize = 32;

/// Parses `client ident user [time] "request" status bytes`, then `"referrer" "agent"` and more where they are. `with_host`: the line
/// starts with the virtual host.
pub fn parse<'a>(line: &'a [u8], with_host: bool, scratch: &mut Scratch) -> Result<ExchangeRecord<'a>, Rejection> {
    let bracket = time_bracket(line).ok_or(Rejection::NotFormat)?;
    let mut record = scratch.record();
    let parsed = parse_into(line, bracket, with_host, scratch, &mut record);
    match parsed {
        Ok(()) => Ok(record),
        Err(rejection) => {
            scratch.recycle(record);
            Err(rejection)
        }
    }
}

#[inline]
fn parse_into<'a>(line: &'a [u8], bracket: usize, with_host: bool, scratch: &mut Scratch, record: &mut ExchangeRecord<'a>) -> Result<(), Rejection> {
    parse_front(&line[..bracket], with_host, record)?;
    let mut rest = &line[bracket + 1..];
    let close = memchr::memchr(b']', rest).ok_or(Rejection::NotFormat)?;
    let stamp = &rest[..close];
    let time_ns = time::common_log(stamp, &mut scratch.days).or_else(|| time::rfc3339(stamp));
    record.time_ns = Some(time_ns.ok_or(Rejection::TimeBad)?);
    rest = &rest[close + 1..];

    let request = quoted(&mut rest).ok_or(Rejection::NotFormat)?;
    let status = word(&mut rest).ok_or(Rejection::NotFormat)?;
    record.status = parse_status(status)?;
    record.response_bytes = word(&mut rest).and_then(parse_size);
    target::write_request_line(request.undone(), record)?;

    // The referrer says nothing of the exchange.
    if quoted(&mut rest).is_some()
        && let Some(agent) = quoted(&mut rest)
        && !matches!(agent.text, b"-" | b"")
    {
        record.user_agent = Some(agent.undone());
    }
    for _ in 0..EXTRAS_MAX {
        let is_quoted = rest.iter().find(|&&byte| byte != b' ') == Some(&b'"');
        let Some(extra) = (if is_quoted { quoted(&mut rest).map(|quoted| quoted.text) } else { word(&mut rest) }) else { break };
        extras::read(extra, record);
    }
    Ok(())
}

/// Where `[time]` starts: a bracket behind a space and before a digit, since a user name may hold brackets.
#[inline]
fn time_bracket(line: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr(b'[', &line[from..])?;
        if at > 0 && line[at - 1] == b' ' && line.get(at + 1).is_some_and(u8::is_ascii_digit) {
            return Some(at);
        }
        from = at + 1;
    }
}

/// `[host] client ident user`. A user name may hold spaces; it is only told whether there is one.
#[inline]
fn parse_front<'a>(mut front: &'a [u8], with_host: bool, record: &mut ExchangeRecord<'a>) -> Result<(), Rejection> {
    if with_host {
        let host = text(word(&mut front).ok_or(Rejection::NotFormat)?)?;
        // Apache writes the port of the server even where it is the default one.
        let host = host.strip_suffix(":80").or_else(|| host.strip_suffix(":443")).unwrap_or(host);
        record.host = (host != "-").then_some(Cow::Borrowed(host));
    }
    let client = word(&mut front).ok_or(Rejection::NotFormat)?;
    record.client = (client != b"-").then_some(Cow::Borrowed(client));
    word(&mut front).ok_or(Rejection::NotFormat)?;
    let user = front.trim_ascii();
    if user.is_empty() {
        return Err(Rejection::NotFormat);
    }
    record.user = !matches!(user, b"-" | b"\"\"" | b"\"-\"");
    Ok(())
}

#[inline]
fn parse_status(text: &[u8]) -> Result<u16, Rejection> {
    match text {
        b"-" => Ok(0),
        [b'0'..=b'9', ..] if text.len() <= 3 && text.iter().all(u8::is_ascii_digit) => {
            Ok(text.iter().fold(0, |status, digit| status * 10 + u16::from(digit - b'0')))
        }
        _ => Err(Rejection::StatusBad),
    }
}

#[inline]
fn parse_size(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 18 {
        return None;
    }
    text.iter().try_fold(0, |size, digit| digit.is_ascii_digit().then(|| size * 10 + u64::from(digit - b'0')))
}

#[inline]
fn text(bytes: &[u8]) -> Result<&str, Rejection> {
    std::str::from_utf8(bytes).map_err(|_| Rejection::NotFormat)
}

/// The next run without spaces.
#[inline]
fn word<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let start = rest.iter().position(|&byte| byte != b' ')?;
    let from = &rest[start..];
    let end = from.iter().position(|&byte| byte == b' ').unwrap_or(from.len());
    *rest = &from[end..];
    Some(&from[..end])
}

/// What stands in quotes, escapes as they are.
struct Quoted<'a> {
    text: &'a [u8],
    is_escaped: bool,
}

impl<'a> Quoted<'a> {
    #[inline]
    fn undone(&self) -> Cow<'a, [u8]> {
        if self.is_escaped { escape::undo(self.text) } else { Cow::Borrowed(self.text) }
    }
}

/// What stands in the next quotes; none, and nothing consumed, where no quote comes next.
#[inline]
fn quoted<'a>(rest: &mut &'a [u8]) -> Option<Quoted<'a>> {
    let start = rest.iter().position(|&byte| byte != b' ')?;
    let inside = rest[start..].strip_prefix(b"\"")?;
    let (mut at, mut is_escaped) = (0, false);
    loop {
        at += memchr::memchr2(b'"', b'\\', inside.get(at..)?)?;
        if inside[at] == b'"' {
            *rest = &inside[at + 1..];
            return Some(Quoted { text: &inside[..at], is_escaped });
        }
        is_escaped = true;
        at += 2;
    }
}
