//! The rules of the lexical classes, one function a row of the table.

use super::{COLON, DIGIT, DOT, HEX_LETTER, Summary, UPPER};
use crate::letters;

pub(super) fn is_int(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

pub(super) fn is_email(text: &[u8], at_sign: &[u8]) -> bool {
    let Some(at) = memchr::memmem::find(text, at_sign) else { return false };
    let (local, host) = (&text[..at], &text[at + at_sign.len()..]);
    let Some(dot) = memchr::memrchr(b'.', host) else { return false };
    let top = &host[dot + 1..];
    !local.is_empty()
        && dot > 0
        && top.len() >= 2
        && top.iter().all(u8::is_ascii_alphabetic)
        && host.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        && local.iter().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b':' | b'/' | b'@'))
}

pub(super) fn is_uuid(text: &[u8], seen: &Summary) -> bool {
    let inner = text.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")).unwrap_or(text);
    match inner.len() {
        32 => seen.bits & !(DIGIT | HEX_LETTER | UPPER) == 0,
        36 => inner.iter().enumerate().all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() }),
        _ => false,
    }
}

pub(super) fn is_ulid(text: &[u8]) -> bool {
    text.len() == 26 && text.iter().all(|byte| byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'L' | b'O' | b'U')))
}

/// `YYYY-MM`, `YYYY-MM-DD`, either followed by a time.
pub(super) fn is_date(text: &[u8]) -> bool {
    if text.len() < 7 || text[4] != b'-' || !text[..4].iter().all(u8::is_ascii_digit) {
        return false;
    }
    let two = |at: usize| match text.get(at..at + 2) {
        Some([a, b]) if a.is_ascii_digit() && b.is_ascii_digit() => Some((a - b'0') * 10 + b - b'0'),
        _ => None,
    };
    if !matches!(text[0], b'1' | b'2') || !two(5).is_some_and(|month| (1..=12).contains(&month)) {
        return false;
    }
    let rest = if text.get(7) == Some(&b'-') {
        if !two(8).is_some_and(|day| (1..=31).contains(&day)) {
            return false;
        }
        &text[10..]
    } else {
        &text[7..]
    };
    match rest {
        [] => true,
        [b'T' | b't' | b' ' | b'_', time @ ..] => {
            time.len() >= 2
                && time[0].is_ascii_digit()
                && time.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'-' | b'+' | b'Z' | b'z'))
        }
        _ => false,
    }
}

pub(super) fn is_dotted_quad(text: &[u8]) -> bool {
    let mut octets = 0;
    text.len() >= 7
        && text.len() <= 15
        && text.split(|byte| *byte == b'.').all(|part| {
            octets += 1;
            (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
        })
        && octets == 4
}

pub(super) fn is_ip(text: &[u8], seen: &Summary) -> bool {
    if seen.bits & !(DIGIT | DOT) == 0 {
        return is_dotted_quad(text);
    }
    seen.bits & COLON != 0
        && seen.bits & !(DIGIT | HEX_LETTER | UPPER | COLON | DOT) == 0
        && text.iter().filter(|byte| **byte == b':').count() >= 2
        && text.len() <= 45
}

/// `v` and one or two digits, with parts of digits or alpha, beta, rc; `api-v2`.
pub(super) fn is_version(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"api-").or_else(|| text.strip_prefix(b"api_")).unwrap_or(text);
    let [b'v' | b'V', rest @ ..] = text else { return false };
    let number = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=2).contains(&number) {
        return false;
    }
    let mut rest = &rest[number..];
    let mut parts = 0;
    while !rest.is_empty() {
        parts += 1;
        if parts > 3 {
            return false;
        }
        let joined = matches!(rest[0], b'.' | b'-' | b'_');
        let part = if joined { &rest[1..] } else { rest };
        let stage = [&b"alpha"[..], b"beta", b"rc", b"preview", b"p"].iter().find_map(|stage| part.strip_prefix(*stage));
        let tail = match (stage, joined) {
            (Some(tail), _) => tail,
            (None, true) if part.first().is_some_and(u8::is_ascii_digit) => part,
            _ => return false,
        };
        let digits = tail.iter().take_while(|byte| byte.is_ascii_digit()).count();
        // A third part of three digits or more is a release (`v1.2.345`), still no secret; longer numbers are values.
        if digits > 3 {
            return false;
        }
        rest = &tail[digits..];
    }
    parts < 2 || !text.contains(&b'.') || text.iter().filter(|byte| **byte == b'.').count() < 2
}

/// `1.2`, `v1.2.3`, with a suffix of letters and short numbers.
pub(super) fn is_semver(text: &[u8]) -> bool {
    let body = text.strip_prefix(b"v").or_else(|| text.strip_prefix(b"V")).unwrap_or(text);
    let core = body.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let (numbers, suffix) = body.split_at(core);
    let mut parts = 0;
    if numbers.is_empty()
        || !numbers.split(|byte| *byte == b'.').all(|part| {
            parts += 1;
            (1..=4).contains(&part.len())
        })
        || !(2..=4).contains(&parts)
    {
        return false;
    }
    match suffix {
        [] => true,
        [b'-' | b'+' | b'_', rest @ ..] => {
            !rest.is_empty() && rest.len() <= 16 && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        }
        [first, ..] => first.is_ascii_lowercase() && suffix.len() <= 6 && suffix.iter().all(u8::is_ascii_alphanumeric),
    }
}

/// 1 to 12 letters, `_` or `-`, then at least 6 letters and digits with a digit. A word with a short number is none (`line_address1`).
pub(super) fn is_prefixed_id(text: &[u8]) -> bool {
    let prefix = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    if !(1..=12).contains(&prefix) || !matches!(text.get(prefix), Some(b'_' | b'-')) {
        return false;
    }
    let tail = &text[prefix + 1..];
    tail.len() >= 6 && tail.iter().all(u8::is_ascii_alphanumeric) && tail.iter().any(u8::is_ascii_digit) && !is_numbered_word(tail)
}

/// Letters, then at most three digits, spelled like a word.
pub(super) fn is_numbered_word(text: &[u8]) -> bool {
    let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    letters >= 2 && text.len() - letters <= 3 && text[letters..].iter().all(u8::is_ascii_digit) && !letters::is_random(text)
}

/// The extension of a file name that is known, without the dot.
pub(crate) fn extension(text: &[u8]) -> Option<&[u8]> {
    const KNOWN: &[&[u8]] = &[
        b"7z",
        b"asmx",
        b"asp",
        b"aspx",
        b"atom",
        b"avi",
        b"bak",
        b"bmp",
        b"bz2",
        b"cfg",
        b"cgi",
        b"conf",
        b"css",
        b"csv",
        b"dat",
        b"dmg",
        b"doc",
        b"docx",
        b"eot",
        b"env",
        b"exe",
        b"gif",
        b"git",
        b"gpx",
        b"gz",
        b"htm",
        b"html",
        b"ico",
        b"ics",
        b"ini",
        b"jar",
        b"jpeg",
        b"jpg",
        b"js",
        b"json",
        b"jsonl",
        b"jsonp",
        b"jsp",
        b"kml",
        b"log",
        b"m3u8",
        b"map",
        b"md",
        b"mjs",
        b"mov",
        b"mp3",
        b"mp4",
        b"ndjson",
        b"ogg",
        b"otf",
        b"parquet",
        b"pb",
        b"pdf",
        b"pem",
        b"php",
        b"png",
        b"ppt",
        b"pptx",
        b"proto",
        b"ps",
        b"py",
        b"rar",
        b"rb",
        b"rss",
        b"rtf",
        b"sh",
        b"sql",
        b"svg",
        b"svc",
        b"tar",
        b"tgz",
        b"tif",
        b"tiff",
        b"toml",
        b"ts",
        b"tsv",
        b"ttf",
        b"txt",
        b"wasm",
        b"wav",
        b"webm",
        b"webmanifest",
        b"webp",
        b"woff",
        b"woff2",
        b"xls",
        b"xlsx",
        b"xml",
        b"yaml",
        b"yml",
        b"zip",
    ];
    let dot = memchr::memrchr(b'.', text)?;
    let name = &text[dot + 1..];
    if dot == 0 || name.is_empty() || name.len() > 11 {
        return None;
    }
    let mut lower = [0; 11];
    let lower = &mut lower[..name.len()];
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    KNOWN.binary_search(&&*lower).ok().map(|_| name)
}

pub(super) fn is_locale(text: &[u8]) -> bool {
    matches!(text, [a, b, b'-' | b'_', c, d]
        if a.is_ascii_lowercase() && b.is_ascii_lowercase() && c.is_ascii_uppercase() && d.is_ascii_uppercase())
}
