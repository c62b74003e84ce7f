//! What a syslog daemon writes before a message.

/// The message of a line as syslog daemons write and send it: with a priority or without, with the time of RFC 3164 §4.1.2 or of
/// RFC 3339, or in the form of RFC 5424 §6. A line that has none of these is the message itself.
pub(crate) fn message(line: &[u8]) -> &[u8] {
    let rest = after_priority(line).unwrap_or(line);
    if let Some(rest) = rest.strip_prefix(b"1 ").filter(|_| rest.len() < line.len()) {
        return structured(rest).unwrap_or(line);
    }
    let is_dated = matches!(rest, [b'A'..=b'Z', b'a'..=b'z', b'a'..=b'z', b' ', ..] | [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b'-', ..]);
    match memchr::memmem::find(rest, b": ").filter(|_| is_dated) {
        Some(at) if rest[..at].split(|&byte| byte == b' ').filter(|word| !word.is_empty()).count() <= HEAD_WORDS_MAX => &rest[at + 2..],
        _ => line,
    }
}

/// `Oct 10 13:55:36 host program[7]`
const HEAD_WORDS_MAX: usize = 5;

fn after_priority(line: &[u8]) -> Option<&[u8]> {
    let end = memchr::memchr(b'>', line.get(..5.min(line.len()))?)?;
    let is_priority = line[0] == b'<' && end > 1 && line[1..end].iter().all(u8::is_ascii_digit);
    is_priority.then_some(&line[end + 1..])
}

/// Passes over time, host, program, process, kind of message and structured data.
fn structured(mut rest: &[u8]) -> Option<&[u8]> {
    for _ in 0..5 {
        rest = &rest[memchr::memchr(b' ', rest)? + 1..];
    }
    match rest.strip_prefix(b"- ") {
        Some(message) => Some(message),
        None => Some(&rest[memchr::memmem::find(rest, b"] ")? + 2..]),
    }
}

#[cfg(test)]
mod tests {
    use super::message;

    #[test]
    fn heads() {
        let heads = [
            "",
            "<134>Nov 28 00:06:21 haproxy[28391]: ",
            "Nov  8 00:06:21 lb-1 haproxy[28391]: ",
            "2026-11-28T00:06:21.250+00:00 lb-1 haproxy[28391]: ",
            "<134>1 2026-11-28T00:06:21.250+00:00 - haproxy 28391 - - ",
            "<134>1 2026-11-28T00:06:21.250+00:00 lb-1 haproxy 28391 - [a@1 b=\"c\"] ",
        ];
        for head in heads {
            assert_eq!(message(format!("{head}10.0.0.1:5 [x] \"a: b\"").as_bytes()), b"10.0.0.1:5 [x] \"a: b\"", "{head}");
        }
        for line in ["<", "<>", "<134>1 a b", "<999999>x", "Nov", "Nov a b c d e f: g"] {
            assert_eq!(message(line.as_bytes()), line.as_bytes());
        }
    }
}
