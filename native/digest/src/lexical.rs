//! The lexical class of a text: what it looks like, whatever it means.

use crate::letters;

/// What a path segment or scalar text looks like. The first rule that matches wins, in this order but for `Random`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the rule beside it says it")]
pub enum LexicalClass {
    /// Digits, with an optional minus.
    Int,
    /// 8-4-4-4-12 hex digits, braces allowed, or 32 hex digits.
    Uuid,
    /// ULID, prefixed id (`cus_9s6X`), long mixes of letters and digits.
    Id,
    /// `2024-01`, `2024-01-31`, either with a time.
    Date,
    /// `x@y.tld`, also with `%40`.
    Email,
    /// Dotted quad (with `%2F` prefix length), or hex digits with colons.
    Ip,
    /// `v1`, `v2.1`, `v1beta1`, `api-v2`, `latest`.
    Version,
    /// `1.2`, `v1.2.3-rc1`.
    Semver,
    /// 7 to 128 hex digits with at least one digit.
    Hex,
    /// A name with a known extension.
    File,
    /// `en-GB`, `pt_BR`.
    Locale,
    /// Letters in groups joined by `- _ . ~ :`.
    Word,
    /// Letters and digits, short.
    Alnum,
    /// Letters, digits and joiners.
    Mix,
    /// Contains `%` or bytes beyond ASCII.
    Encoded,
    /// Anything else.
    Other,
    /// A word or mix by its bytes that is not spelled like one.
    Random,
}

impl LexicalClass {
    /// The name shown in braces.
    pub fn name(self) -> &'static str {
        match self {
            LexicalClass::Int => "int",
            LexicalClass::Uuid => "uuid",
            LexicalClass::Id => "id",
            LexicalClass::Date => "date",
            LexicalClass::Email => "email",
            LexicalClass::Ip => "ip",
            LexicalClass::Version => "version",
            LexicalClass::Semver => "semver",
            LexicalClass::Hex => "hex",
            LexicalClass::File => "file",
            LexicalClass::Locale => "locale",
            LexicalClass::Word => "word",
            LexicalClass::Alnum => "alnum",
            LexicalClass::Mix => "mix",
            LexicalClass::Encoded => "encoded",
            LexicalClass::Other => "other",
            LexicalClass::Random => "random",
        }
    }

    /// Whether the class alone says that the text is a value, not a literal.
    pub fn is_hard(self) -> bool {
        use LexicalClass::*;
        matches!(self, Int | Uuid | Id | Date | Email | Ip | Hex | Random)
    }
}

/// Longer texts are `Other`.
const TEXT_BYTES_MAX: usize = 256;

/// The class of a text, a pure function of it.
pub fn lexical_class(text: &[u8]) -> LexicalClass {
    use LexicalClass::*;
    if text.is_empty() || text.len() > TEXT_BYTES_MAX {
        return Other;
    }
    let seen = Summary::of(text);
    if seen.bits & !(DIGIT | MINUS) == 0 && is_int(text) {
        return Int;
    }
    let digits = seen.digits > 0;
    // The common case first: none of the rules above WORD fits letters and joiners but versions, locales and files.
    if !digits && seen.bits & !(HEX_LETTER | LETTER | UPPER | JOINER | MINUS | DOT | COLON) == 0 {
        return word(text, &seen);
    }
    if seen.bits & (HIGH | PERCENT) != 0 {
        return encoded(text, &seen);
    }
    if seen.bits & AT != 0 {
        return if is_email(text, b"@") { Email } else { Other };
    }
    if digits {
        if is_uuid(text, &seen) {
            return Uuid;
        }
        if is_ulid(text) {
            return Id;
        }
        if text[0].is_ascii_digit() && is_date(text) {
            return Date;
        }
    }
    if is_ip(text, &seen) {
        return Ip;
    }
    if is_version(text) {
        return Version;
    }
    if digits && is_semver(text) {
        return Semver;
    }
    if digits && seen.bits & !(DIGIT | HEX_LETTER | UPPER) == 0 && (7..=128).contains(&text.len()) && text.iter().all(u8::is_ascii_hexdigit) {
        return Hex;
    }
    if digits && is_prefixed_id(text) {
        return Id;
    }
    if seen.bits & DOT != 0 && extension(text).is_some() {
        return File;
    }
    let plain = seen.bits & !(DIGIT | HEX_LETTER | LETTER | UPPER) == 0;
    if plain {
        return alnum(text, &seen);
    }
    if seen.bits & !(DIGIT | HEX_LETTER | LETTER | UPPER | JOINER | MINUS | DOT) == 0 {
        return if text.len() >= 20 && seen.digits >= 4 {
            Id
        } else if letters::is_random(text) {
            Random
        } else {
            Mix
        };
    }
    Other
}

const DIGIT: u16 = 1;
const HEX_LETTER: u16 = 2;
const LETTER: u16 = 4;
const UPPER: u16 = 8;
/// `_` and `~`.
const JOINER: u16 = 16;
const MINUS: u16 = 32;
const DOT: u16 = 64;
const COLON: u16 = 128;
const AT: u16 = 256;
const PERCENT: u16 = 512;
const HIGH: u16 = 1024;
const REST: u16 = 2048;

static KIND: [u16; 256] = {
    let mut table = [REST; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] = match byte {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'f' => HEX_LETTER,
            b'g'..=b'z' => LETTER,
            b'A'..=b'F' => UPPER | HEX_LETTER,
            b'G'..=b'Z' => UPPER | LETTER,
            b'_' | b'~' => JOINER,
            b'-' => MINUS,
            b'.' => DOT,
            b':' => COLON,
            b'@' => AT,
            b'%' => PERCENT,
            128.. => HIGH,
            _ => REST,
        };
        at += 1;
    }
    table
};

/// Which kinds of bytes occur: one pass that most rules need.
struct Summary {
    bits: u16,
    digits: u32,
}

impl Summary {
    fn of(text: &[u8]) -> Summary {
        let (mut bits, mut digits) = (0, 0);
        for &byte in text {
            let kind = KIND[usize::from(byte)];
            bits |= kind;
            digits += u32::from(kind & DIGIT);
        }
        Summary { bits, digits }
    }
}

fn is_int(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
}

/// Letters and joiners only.
fn word(text: &[u8], seen: &Summary) -> LexicalClass {
    use LexicalClass::*;
    if seen.bits & COLON != 0 && seen.bits & LETTER == 0 && is_ip(text, seen) {
        return Ip;
    }
    if text == b"latest" {
        return Version;
    }
    if seen.bits & DOT != 0 && extension(text).is_some() {
        return File;
    }
    if text.len() == 5 && is_locale(text) {
        return Locale;
    }
    if !text.iter().any(u8::is_ascii_alphabetic) {
        return Other;
    }
    if letters::is_random(text) { Random } else { Word }
}

fn encoded(text: &[u8], seen: &Summary) -> LexicalClass {
    use LexicalClass::*;
    if seen.bits & HIGH != 0 {
        return Encoded;
    }
    if is_email(text, b"%40") {
        return Email;
    }
    let quad = text.split(|byte| *byte == b'%').next().unwrap_or(text);
    if is_dotted_quad(quad) && text[quad.len()..].len() <= 6 && text[quad.len()..].to_ascii_lowercase().starts_with(b"%2f") {
        return Ip;
    }
    Encoded
}

fn is_email(text: &[u8], at_sign: &[u8]) -> bool {
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

fn is_uuid(text: &[u8], seen: &Summary) -> bool {
    let inner = text.strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}")).unwrap_or(text);
    match inner.len() {
        32 => seen.bits & !(DIGIT | HEX_LETTER | UPPER) == 0,
        36 => inner.iter().enumerate().all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { *byte == b'-' } else { byte.is_ascii_hexdigit() }),
        _ => false,
    }
}

fn is_ulid(text: &[u8]) -> bool {
    text.len() == 26 && text.iter().all(|byte| byte.is_ascii_digit() || (byte.is_ascii_uppercase() && !matches!(byte, b'I' | b'L' | b'O' | b'U')))
}

/// `YYYY-MM`, `YYYY-MM-DD`, either followed by a time.
fn is_date(text: &[u8]) -> bool {
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

fn is_dotted_quad(text: &[u8]) -> bool {
    let mut octets = 0;
    text.len() >= 7
        && text.len() <= 15
        && text.split(|byte| *byte == b'.').all(|part| {
            octets += 1;
            (1..=3).contains(&part.len()) && part.iter().all(u8::is_ascii_digit)
        })
        && octets == 4
}

fn is_ip(text: &[u8], seen: &Summary) -> bool {
    if seen.bits & !(DIGIT | DOT) == 0 {
        return is_dotted_quad(text);
    }
    seen.bits & COLON != 0
        && seen.bits & !(DIGIT | HEX_LETTER | UPPER | COLON | DOT) == 0
        && text.iter().filter(|byte| **byte == b':').count() >= 2
        && text.len() <= 45
}

/// `v` and one or two digits, with parts of digits or alpha, beta, rc; `api-v2`.
fn is_version(text: &[u8]) -> bool {
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
fn is_semver(text: &[u8]) -> bool {
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
fn is_prefixed_id(text: &[u8]) -> bool {
    let prefix = text.iter().take_while(|byte| byte.is_ascii_alphabetic()).count();
    if !(1..=12).contains(&prefix) || !matches!(text.get(prefix), Some(b'_' | b'-')) {
        return false;
    }
    let tail = &text[prefix + 1..];
    tail.len() >= 6 && tail.iter().all(u8::is_ascii_alphanumeric) && tail.iter().any(u8::is_ascii_digit) && !is_numbered_word(tail)
}

/// Letters, then at most three digits, spelled like a word.
fn is_numbered_word(text: &[u8]) -> bool {
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

fn is_locale(text: &[u8]) -> bool {
    matches!(text, [a, b, b'-' | b'_', c, d]
        if a.is_ascii_lowercase() && b.is_ascii_lowercase() && c.is_ascii_uppercase() && d.is_ascii_uppercase())
}

/// Letters and digits without joiners.
fn alnum(text: &[u8], seen: &Summary) -> LexicalClass {
    use LexicalClass::*;
    let switches = text.windows(2).filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit()).count();
    if (text.len() >= 10 && seen.digits >= 2 && !is_numbered_word(text)) || (switches >= 2 && text.len() >= 5) {
        Id
    } else if letters::is_random(text) {
        Random
    } else {
        Alnum
    }
}

#[cfg(test)]
mod tests {
    use super::LexicalClass::*;
    use super::*;

    #[test]
    fn cases() {
        let cases: &[(LexicalClass, &[&str])] = &[
            (Int, &["0", "42", "-7", "20240131"]),
            (Uuid, &["123e4567-e89b-12d3-a456-426614174000", "{123E4567-E89B-12D3-A456-426614174000}", "d41d8cd98f00b204e9800998ecf8427e"]),
            (Id, &["01ARZ3NDEKTSV4RRFFQ69G5FAV", "cus_9s6XKzkNRiz8i3", "ab12cd", "a1b2c3d4e5f6g7", "order-2024x77-abcdef-991", "team-12x9f0"]),
            (Date, &["2024-01", "2024-01-31", "2024-01-31T10:00:00Z", "2024-01-31T10:00:00.123+02:00"]),
            (Email, &["a@b.co", "john.doe%40example.com", "x+y@mail.example.org"]),
            (Ip, &["10.0.0.1", "10.0.0.0%2F24", "2001:db8::1", "::1"]),
            (Version, &["v1", "v10", "v2.1", "v1beta1", "v2-alpha", "api-v3", "latest", "v1p1beta1"]),
            (Semver, &["1.2", "v1.2.3", "1.2.3-rc1", "2.0b1"]),
            (Hex, &["deadbeef01", "9f86d08", "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"]),
            (File, &["index.html", "logo.PNG", "report-2024.pdf", "app.3f2a.js"]),
            (Locale, &["en-GB", "pt_BR"]),
            (Word, &["users", "getUserByName", "order-items", "well.known", "a:b", "batchGet", "me"]),
            (Alnum, &["oauth2", "level3", "ipv4"]),
            (Mix, &["line_address1", "api_2", "x-2"]),
            (Encoded, &["a%20b", "caf\u{e9}", "%7B"]),
            (Other, &["a b", "", "x=y", "--", "$1!"]),
            (Random, &["zqxjkvbwpt", "QkzXwvPhGdTrB"]),
        ];
        for (class, texts) in cases {
            for text in *texts {
                assert_eq!(lexical_class(text.as_bytes()), *class, "{text}");
            }
        }
    }

    #[test]
    fn long_text_is_other() {
        assert_eq!(lexical_class(&[b'1'; 300]), Other);
    }
}
