//! What senders of syslog put before a message: RFC 5424 §6, RFC 3164 §4.1 and what is sent in its name.

use crate::rejection::Rejection;
use crate::time;

mod frames;

pub use frames::{Frames, MESSAGE_BYTES_MAX};

/// A message without its header. The host of the header wrote the line; it is not the service that the line tells of.
#[derive(Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// When it was written, where the header says so with year and zone.
    pub time_ns: Option<i64>,
    /// What its program wrote: a line of an access log.
    pub content: &'a [u8],
}

/// Reads the header of a message. One without a priority is content as a whole, but for a date (RFC 3164 §4.3.3); one of RFC 5424
/// that is not as §6 says is `Rejection::SyslogBad`.
pub fn parse(message: &[u8]) -> Result<Message<'_>, Rejection> {
    let end = message.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r' | 0)).map_or(0, |last| last + 1);
    let message = &message[..end];
    let rest = after_priority(message);
    let Message { time_ns, content } = match rest.and_then(|rest| rest.strip_prefix(b"1 ")) {
        Some(header) => structured(header).ok_or(Rejection::SyslogBad)?,
        None => loose(rest.unwrap_or(message), rest.is_some()),
    };
    let content = content.trim_ascii_start();
    let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
    // The mark of JSON in syslog (CEE Log Transport 1.0): nginx and rsyslog are configured to write it.
    Ok(Message { time_ns, content: content.strip_prefix(b"@cee:").unwrap_or(content) })
}

/// The message of a line as syslog daemons write it to files. A line without a header is the message itself.
pub(crate) fn message(line: &[u8]) -> &[u8] {
    parse(line).map_or(line, |message| message.content)
}

/// Behind `<PRIVAL>`, 0 to 191.
fn after_priority(message: &[u8]) -> Option<&[u8]> {
    let digits = message.strip_prefix(b"<")?;
    let end = digits.iter().take(4).position(|&byte| byte == b'>')?;
    let value = digits[..end].iter().try_fold(0u16, |value, digit| digit.is_ascii_digit().then(|| value * 10 + u16::from(digit - b'0')))?;
    (end > 0 && value <= 191).then_some(&digits[end + 1..])
}

/// `TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA [MSG]`
fn structured(header: &[u8]) -> Option<Message<'_>> {
    let mut words = header.splitn(6, |&byte| byte == b' ');
    let time_ns = time::rfc3339(words.next()?);
    let rest = words.nth(4)?;
    let behind = rest.strip_prefix(b"-").or_else(|| after_elements(rest))?;
    (behind.is_empty() || behind[0] == b' ').then_some(Message { time_ns, content: behind })
}

/// Behind one or more `[id name="value"]`; in a value `"`, `\` and `]` have a backslash before them.
fn after_elements(mut rest: &[u8]) -> Option<&[u8]> {
    rest.starts_with(b"[").then_some(())?;
    while rest.starts_with(b"[") {
        let (mut at, mut is_value) = (1, false);
        loop {
            match rest.get(at)? {
                b'\\' if is_value => at += 1,
                b'"' => is_value = !is_value,
                b']' if !is_value => break,
                _ => {}
            }
            at += 1;
        }
        rest = &rest[at + 1..];
    }
    Some(rest)
}

/// `Mmm dd hh:mm:ss HOSTNAME TAG[PID]: CONTENT`, of which everything but the content may be missing.
fn loose(text: &[u8], has_priority: bool) -> Message<'_> {
    match after_time(text) {
        Some((time_ns, rest)) => Message { time_ns, content: after_tag(rest, TAG_WORDS_MAX).unwrap_or_else(|| after_host(rest)) },
        None if has_priority => Message { time_ns: None, content: after_tag(text, 1).unwrap_or(text) },
        None => Message { time_ns: None, content: text },
    }
}

/// `host program[7]`, `host program [7]`
const TAG_WORDS_MAX: usize = 3;

/// Behind a time and the space after it: of RFC 3164, with or without a year, or of RFC 3339.
fn after_time(text: &[u8]) -> Option<(Option<i64>, &[u8])> {
    if text.first()?.is_ascii_digit() {
        let end = memchr::memchr(b' ', text.get(..text.len().min(40))?)?;
        return Some((Some(time::rfc3339(&text[..end])?), text[end..].trim_ascii_start()));
    }
    let [_, b'a'..=b'z', b'a'..=b'z', b' ', rest @ ..] = text else { return None };
    let (day, rest) = word(rest.trim_ascii_start());
    let (next, behind) = word(rest);
    let (clock, rest) = if is_digits(next, 4..=4) { word(behind) } else { (next, behind) };
    let is_clock =
        clock.get(..8).is_some_and(|clock| clock.iter().enumerate().all(|(at, byte)| if at % 3 == 2 { *byte == b':' } else { byte.is_ascii_digit() }));
    (text[0].is_ascii_uppercase() && is_digits(day, 1..=2) && is_clock).then_some((None, rest))
}

/// Behind the first `: `, where at most `words_max` words stand before it that can be names of a host and a program.
fn after_tag(text: &[u8], words_max: usize) -> Option<&[u8]> {
    let at = memchr::memmem::find(text, b": ")?;
    let names = &text[..at];
    let is_name = !names.is_empty() && !names.iter().any(|byte| matches!(byte, b'"' | b'{' | b'='));
    (is_name && names.split(|&byte| byte == b' ').count() <= words_max).then_some(&text[at + 2..])
}

/// Behind the name of a host, which stands behind a time (RFC 3164 §4.1.2).
fn after_host(text: &[u8]) -> &[u8] {
    if text.starts_with(b"{") { text } else { word(text).1 }
}

/// A word, and what is behind the spaces after it.
fn word(text: &[u8]) -> (&[u8], &[u8]) {
    let end = memchr::memchr(b' ', text).unwrap_or(text.len());
    (&text[..end], text[end..].trim_ascii_start())
}

fn is_digits(text: &[u8], length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&text.len()) && text.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTENT: &str = "10.0.0.1:5 [x] \"a: b\"";

    #[test]
    fn headers() {
        let heads = [
            "",
            "<134>",
            "<134>haproxy[28391]: ",
            "<134>Nov 28 00:06:21 haproxy[28391]: ",
            "<190>Sep  1 14:00:00 lb-1 nginx: ",
            "<190>Sep 21 2026 14:00:00 lb-1 nginx: ",
            "<0>Sep 21 14:00:00.123 lb-1 nginx [7]: ",
            "<191>Sep 21 14:00:00 lb-1 ",
            "Nov  8 00:06:21 lb-1 haproxy[28391]: ",
            "2026-11-28T00:06:21.250+00:00 lb-1 haproxy[28391]: ",
            "<134>2026-11-28T00:06:21Z lb-1 haproxy: ",
            "<134>1 2026-11-28T00:06:21.250+00:00 - haproxy 28391 - - ",
            "<134>1 - - - - - - \u{feff}",
            "<134>1 2026-11-28T00:06:21.250+00:00 lb-1 haproxy 28391 - [a@1 b=\"c\"] ",
            "<134>1 2026-11-28T00:06:21.250+00:00 lb-1 haproxy 28391 id [a@1 b=\"\\\"] \\\\\" c=\"\\]\"][d] ",
            "<134>1 - - - - - - @cee: ",
        ];
        for head in heads {
            let text = format!("{head}{CONTENT}");
            let content = parse(text.as_bytes()).unwrap().content;
            assert_eq!(content.trim_ascii_start(), CONTENT.as_bytes(), "{head}");
            assert_eq!(message(text.as_bytes()), content);
            assert_eq!(parse(format!("{text}\r\n\0").as_bytes()).unwrap().content, content, "{head}");
        }
        assert_eq!(parse(b"<134>Sep 21 14:00:00 {\"a\": 1}").unwrap().content, b"{\"a\": 1}");
    }

    #[test]
    fn what_has_no_header_is_content_and_what_is_half_of_one_is_named() {
        for line in ["<", "<>", "<192>x", "<999999>x", "<1a>x", "Nov", "Nov a b c d e f: g", "Nov 1 2 3: x", "2026-11-28 x: y"] {
            assert_eq!(parse(line.as_bytes()), Ok(Message { time_ns: None, content: line.as_bytes() }));
        }
        let halves = [
            "<134>1 a b",
            "<134>1 - - - - -",
            "<134>1 - - - - - x",
            "<134>1 - - - - - [a",
            "<134>1 - - - - - [a b=\"]\\",
            "<134>1 - - - - - -x",
            "<134>1 - - - - - [a]x",
        ];
        for line in halves {
            assert_eq!(parse(line.as_bytes()), Err(Rejection::SyslogBad), "{line}");
            assert_eq!(message(line.as_bytes()), line.as_bytes());
        }
        assert_eq!(parse(b"<134>1 - - - - - [a b=\"c\"]").unwrap().content, b"");
    }

    #[test]
    fn times_count_where_they_have_year_and_zone() {
        let time = |line: &str| parse(line.as_bytes()).unwrap().time_ns;
        assert_eq!(time("<134>1 1970-01-01T00:00:02.5Z - - - - - x"), Some(2_500_000_000));
        assert_eq!(time("<134>1970-01-01T01:00:02+01:00 h t: x"), Some(2_000_000_000));
        assert_eq!(time("<134>1 - - - - - - x"), None);
        assert_eq!(time("<134>Sep 21 14:00:00 h t: x"), None);
    }
}
