//! The lexical class of a text: what it looks like, whatever it means.

mod rules;

use crate::letters;
pub(crate) use rules::extension;
use rules::{is_date, is_dotted_quad, is_email, is_int, is_ip, is_locale, is_numbered_word, is_prefixed_id, is_semver, is_ulid, is_uuid, is_version};

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
