//! The formats, and how a sample of lines tells which one it is.

use crate::access;
use crate::exchange;
use crate::json::Json;
use crate::parse::{Scratch, parse_line};
use crate::rejection::Rejection;

/// Format of a text input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// nginx and Apache `combined`, with or without more fields after it.
    Combined,
    /// Apache `common`: no referrer, no user agent.
    Common,
    /// Apache `vhost_combined`: the virtual host before the client.
    VCombined,
    /// One JSON object a line, fields named as a known server or gateway names them.
    JsonAccess,
    /// One exchange a line in our own form.
    NdjsonExchange,
    /// HAR 1.2: one document, not lines; see the module `har`.
    Har,
}

impl Format {
    /// Every format, in the order in which they are offered.
    pub const ALL: &'static [Format] = &[Self::Combined, Self::Common, Self::VCombined, Self::JsonAccess, Self::NdjsonExchange, Self::Har];

    /// The name used on the command line and in configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Combined => "combined",
            Self::Common => "common",
            Self::VCombined => "vcombined",
            Self::JsonAccess => "json",
            Self::NdjsonExchange => "exchanges",
            Self::Har => "har",
        }
    }

    /// The format of that name, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.name().eq_ignore_ascii_case(name))
    }
}

/// Lines of a sample that are looked at.
const LINES_MAX: usize = 64;

/// The format that most lines of `sample` are in; none where it is less than a quarter of them. A last line that is cut does no
/// harm, nor do blank lines, comments and lines of other programs in between.
pub fn sniff(sample: &[u8]) -> Option<Format> {
    let sample = sample.strip_prefix(b"\xef\xbb\xbf").unwrap_or(sample);
    if is_har(sample) {
        return Some(Format::Har);
    }
    let mut scratch = Scratch::default();
    let mut votes = [0usize; Format::ALL.len()];
    let mut lines = sample.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !matches!(line.first(), None | Some(b'#' | 0)));
    let mut seen = 0;
    for (number, line) in lines.by_ref().take(LINES_MAX).enumerate() {
        // The only line may be cut and still be all there is to go by.
        seen = number + 1;
        if let Some(format) = tell(line, &mut scratch) {
            votes[format as usize] += 1;
        }
    }
    let (best, count) = votes.iter().enumerate().max_by_key(|&(place, count)| (*count, std::cmp::Reverse(place)))?;
    (*count > 0 && *count * 4 >= seen).then_some(Format::ALL[best])
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

fn tell(line: &[u8], scratch: &mut Scratch) -> Option<Format> {
    if line.first() == Some(&b'{') {
        return tell_json(std::str::from_utf8(line).ok()?, scratch);
    }
    // A request that is no HTTP is still a line of the format.
    let fits = |format, scratch: &mut Scratch| match parse_line(format, line, scratch) {
        Ok(record) => Some(record.user_agent.is_some() || line.ends_with(b"\"")),
        Err(Rejection::NotHttp | Rejection::PathBad) => Some(line.ends_with(b"\"")),
        Err(_) => None,
    };
    // `host client ident user` has a word more than `client ident user`; a user name with a space is rarer than a virtual host.
    let words = line.split(|&byte| byte == b'[').next()?.split(|&byte| byte == b' ').filter(|word| !word.is_empty()).count();
    if words >= 4 && fits(Format::VCombined, scratch).is_some() {
        return Some(Format::VCombined);
    }
    fits(Format::Combined, scratch).map(|is_combined| if is_combined { Format::Combined } else { Format::Common })
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
        ];
        for (sample, format) in cases {
            assert_eq!(sniff(sample.as_bytes()), *format, "{sample}");
        }
        for format in Format::ALL {
            assert_eq!(Format::from_name(format.name()), Some(*format));
        }
    }
}
