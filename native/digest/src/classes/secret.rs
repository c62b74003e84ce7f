//! Secrets that say what they are: documented prefixes of providers, PEM keys, credentials in URLs.
//!
//! One row of [`PREFIXES`] is one documented form. A token may stand alone or inside text, at the start of a word.

use super::DataClass::{self, *};
use super::SECRET_BYTES_MIN;
use super::jwt::jwt_at;
use super::keyed::{distinct_bytes, is_template};
use super::secret_rows::{PREFIXES, Tail};

/// The secret that the text is or holds, by its form alone. One pass: most bytes cost a table lookup.
pub(super) fn secret_in(text: &[u8]) -> Option<DataClass> {
    let mut before = 0;
    for (at, &byte) in text.iter().enumerate() {
        let kind = KIND[usize::from(byte)];
        if before & WORD == 0
            && may_begin(byte, text.get(at + 1).copied().unwrap_or_default())
            && may_hold_token(&text[at..])
            && let Some(class) = secret_at(&text[at..])
        {
            return Some(class);
        }
        if kind & MARK != 0
            && let Some(class) = secret_around(text, at)
        {
            return Some(class);
        }
        before = kind;
    }
    None
}

/// Bytes of words: a token does not begin behind one. `_`, `-` and `.` join words of a name.
const WORD: u8 = 1;
/// Bytes that [`secret_around`] looks at.
const MARK: u8 = 2;

static KIND: [u8; 256] = {
    let mut kinds = [0; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        let is_word = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
        let is_mark = matches!(byte, b'-' | b':' | b'|' | b'~');
        kinds[at] = (is_word as u8 * WORD) | (is_mark as u8 * MARK);
        at += 1;
    }
    kinds
};

/// Whether a form begins with these two bytes.
#[inline]
fn may_begin(first: u8, second: u8) -> bool {
    SECOND[usize::from(first)] & 1 << (second & 31) != 0
}

/// Whether a word goes on as every token does: most words of prose end before. `FlyV1 fm` has its space early on.
#[inline]
fn may_hold_token(word: &[u8]) -> bool {
    word.get(6..word.len().min(SECRET_BYTES_MIN)).is_some_and(|middle| middle.len() >= 3 && !middle.contains(&b' '))
}

/// Tokens that begin here: forms that only their structure tells, then the rows.
fn secret_at(text: &[u8]) -> Option<DataClass> {
    match text[0] {
        b'e' if jwt_at(text).is_some() => {
            return Some(SecretJwt);
        }
        b'M' | b'N' | b'O' if is_discord_token(text) => return Some(SecretDiscordToken),
        b's' if is_openai_key(text) => return Some(SecretOpenaiKey),
        _ => {}
    }
    let first = FIRST_ROW[usize::from(text[0])];
    PREFIXES[usize::from(first)..].iter().take_while(|row| row.0.as_bytes()[0] == text[0]).filter(|row| has_row(text, row)).map(|row| row.1).last()
}

/// Forms whose mark stands inside: `-----BEGIN`, `-us1`, `://`, `|`, `Q~`.
fn secret_around(text: &[u8], at: usize) -> Option<DataClass> {
    match text[at] {
        b'-' if text[at..].starts_with(b"-----BEGIN ") => is_private_key(&text[at..]).then_some(SecretPrivateKey),
        b'-' if at >= 32 && text[at..].starts_with(b"-us") => is_mailchimp_key(&text[at - 32..]).then_some(SecretMailchimpKey),
        b':' if text[at..].starts_with(b"://") => link_with_secret(text, at),
        b'|' => {
            let digits = text[..at].iter().rev().take(18).take_while(|byte| byte.is_ascii_digit()).count();
            is_facebook_app_token(&text[at - digits..]).then_some(SecretFacebookToken)
        }
        b'~' if at >= 5 && text[at - 1] == b'Q' => is_azure_client_secret(&text[at - 5..]).then_some(SecretAzureClientSecret),
        _ => None,
    }
}

fn has_row(text: &[u8], (prefix, _, tail, fewest, most): &(&str, DataClass, Tail, usize, usize)) -> bool {
    let Some(rest) = text.strip_prefix(prefix.as_bytes()) else { return false };
    let length = rest.iter().take(most + 1).take_while(|byte| tail.allows(**byte)).count();
    let body = &rest[..length.min(*most)];
    // A token that goes on is another thing, but for punctuation behind it.
    (*fewest..=*most).contains(&length)
        && (*prefix != "SG." || body.iter().enumerate().all(|(at, byte)| (*byte == b'.') == (at == 22)))
        && distinct_bytes(body) >= if *fewest > 12 { 6 } else { 5 }
        && !is_template(body)
        && !(matches!(tail, Tail::Upper) && body.ends_with(b"EXAMPLE"))
        && is_mixed(body, *tail)
}

/// Random tokens of 12 bytes and more hold digits or mixed case; names with the same prefix do not.
fn is_mixed(body: &[u8], tail: Tail) -> bool {
    let digits = body.iter().filter(|byte| byte.is_ascii_digit()).count();
    let upper = body.iter().any(u8::is_ascii_uppercase);
    let lower = body.iter().any(u8::is_ascii_lowercase);
    match tail {
        Tail::Upper => true,
        Tail::Hex => digits >= 3,
        Tail::Alnum => (upper && lower) || digits >= 3,
        Tail::Url | Tail::Dotted | Tail::Base64 => digits >= 2 || (upper && lower && digits >= 1),
    }
}

/// A PEM block of a private key (RFC 7468), with something in it.
fn is_private_key(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"-----BEGIN ") else { return false };
    let Some(end) = memchr::memmem::find(&rest[..rest.len().min(64)], b"-----") else { return false };
    let label = &rest[..end];
    (label.ends_with(b"PRIVATE KEY") || label.ends_with(b"PRIVATE KEY BLOCK"))
        && rest[end + 5..].iter().take(96).take_while(|byte| **byte != b'-').filter(|byte| byte.is_ascii_alphanumeric()).count() >= 16
}

/// Slack webhooks, and `scheme://user:password@host`; `colon` is the place of `://`.
fn link_with_secret(text: &[u8], colon: usize) -> Option<DataClass> {
    let scheme = text[..colon].iter().rev().take(16).take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.')).count();
    let rest = &text[colon + 3..];
    if rest.starts_with(b"hooks.slack.com/") && rest.len() > 50 {
        return Some(SecretSlackWebhook);
    }
    let end = rest.iter().position(|byte| matches!(byte, b'/' | b'?' | b'#' | b' ' | b'"' | b'\'' | b'<')).unwrap_or(rest.len());
    let at = memchr::memrchr(b'@', &rest[..end])?;
    let separator = memchr::memchr(b':', &rest[..at])?;
    let password = &rest[separator + 1..at];
    (scheme >= 2 && password.len() >= 3 && !is_template(password)).then_some(SecretUrlCredentials)
}

/// `sk-…T3BlbkFJ…`: the middle is base64 of `OpenAI` in every form of the key.
fn is_openai_key(text: &[u8]) -> bool {
    let Some(rest) = text.strip_prefix(b"sk-") else { return false };
    let length = rest.iter().take(280).take_while(|byte| Tail::Url.allows(**byte)).count();
    memchr::memmem::find(&rest[..length], b"T3BlbkFJ").is_some_and(|at| at >= 16 && length - at >= 28)
}

/// 32 hex digits, then the data centre: `-us12`.
fn is_mailchimp_key(text: &[u8]) -> bool {
    let Some(rest) = text.get(32..).and_then(|rest| rest.strip_prefix(b"-us")) else { return false };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=2).contains(&digits) && text[..32].iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f')) && distinct_bytes(&text[..32]) >= 6
}

/// The number of an app, `|`, 27 letters and digits.
fn is_facebook_app_token(text: &[u8]) -> bool {
    let digits = text.iter().take(18).take_while(|byte| byte.is_ascii_digit()).count();
    let Some(rest) = text[digits..].strip_prefix(b"|") else { return false };
    let length = rest.iter().take(41).take_while(|byte| Tail::Url.allows(**byte)).count();
    (13..=17).contains(&digits) && (26..=40).contains(&length) && is_mixed(&rest[..length], Tail::Url)
}

/// Three characters, a digit, `Q~`, 31 to 34 characters.
fn is_azure_client_secret(text: &[u8]) -> bool {
    let (before, rest) = (&text[..4], &text[6..]);
    let length = rest.iter().take(35).take_while(|byte| Tail::Dotted.allows(**byte)).count();
    (31..=34).contains(&length)
        && distinct_bytes(&rest[..length]) >= 8
        && before[3].is_ascii_digit()
        && before[..3].iter().all(|byte| Tail::Dotted.allows(*byte))
}

/// Three parts: a user id in base64, a time of 6 or 7, an HMAC of 27 or more.
fn is_discord_token(text: &[u8]) -> bool {
    let length = text.iter().take(90).take_while(|byte| Tail::Dotted.allows(**byte)).count();
    let mut parts = text[..length].split(|byte| *byte == b'.');
    let (Some(id), Some(time), Some(mac), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else { return false };
    (23..=28).contains(&id.len()) && (6..=7).contains(&time.len()) && (27..=38).contains(&mac.len()) && is_mixed(mac, Tail::Url)
}

/// The first row that begins with a byte, as far as there is one.
static FIRST_ROW: [u16; 256] = {
    let mut table = [0; 256];
    let mut row = PREFIXES.len();
    while row > 0 {
        row -= 1;
        table[PREFIXES[row].0.as_bytes()[0] as usize] = row as u16;
    }
    table
};

/// For each first byte of a form, which second bytes follow, by their low five bits; 0 for bytes that begin nothing.
static SECOND: [u32; 256] = {
    let mut table = [0; 256];
    let mut row = 0;
    while row < PREFIXES.len() {
        let prefix = PREFIXES[row].0.as_bytes();
        table[prefix[0] as usize] |= 1 << (prefix[1] & 31);
        row += 1;
    }
    // `ey` and `ew` of tokens, and user ids of Discord, whose second byte may be any.
    table[b'e' as usize] |= 1 << (b'y' & 31) | 1 << (b'w' & 31);
    table[b's' as usize] |= 1 << (b'k' & 31);
    let any = b"MNO";
    let mut at = 0;
    while at < any.len() {
        table[any[at] as usize] = u32::MAX;
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_by_first_byte() {
        assert!(PREFIXES.windows(2).all(|pair| pair[0].0.as_bytes()[0] <= pair[1].0.as_bytes()[0]));
        assert!(PREFIXES.iter().all(|row| row.3 <= row.4 && row.1.is_secret()));
    }

    /// Each row finds a token made for it, alone and in text, and nothing in one that is too short or a placeholder.
    #[test]
    fn every_row_finds_its_token() {
        for (prefix, class, tail, fewest, most) in PREFIXES {
            let alphabet: Vec<u8> = (b'0'..=b'z').filter(|byte| tail.allows(*byte) && byte.is_ascii_alphanumeric()).collect();
            let mut body: Vec<u8> = (0..*fewest).map(|at| alphabet[(at * 7 + at / 5 * 11 + 3) % alphabet.len()]).collect();
            if *prefix == "SG." {
                body[22] = b'.';
            }
            let token = [prefix.as_bytes(), &body].concat();
            assert_eq!(secret_in(&token), Some(*class), "{}", String::from_utf8_lossy(&token));
            assert_eq!(secret_in(&[b"use \"", &token[..], b"\" now"].concat()), Some(*class), "{prefix} in text");
            assert_eq!(secret_in(&[prefix.as_bytes(), &b"x".repeat(*most)].concat()), None, "{prefix} placeholder");
        }
    }

    #[test]
    fn structured_forms() {
        let cases: &[(&str, Option<DataClass>)] = &[
            ("https://user:pa55w0rd@example.com/x", Some(SecretUrlCredentials)),
            ("postgres://app:s3cret@db:5432/app", Some(SecretUrlCredentials)),
            ("https://example.com/a:b@c", None),
            ("https://user@example.com/", None),
            ("https://hooks.slack.com/services/T00000000/B00000000/aBcDeFgHiJkLmNoPqRsTuVwX", Some(SecretSlackWebhook)),
            ("-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEAx0", Some(SecretPrivateKey)),
            ("-----BEGIN CERTIFICATE-----\nMIIEpAIBAAKCAQEAx0", None),
            ("-----BEGIN PRIVATE KEY----------END PRIVATE KEY-----", None),
            ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijk", Some(SecretJwt)),
            ("sk-learn-is-a-name-of-a-library-for-learning", None),
            ("AKIAIOSFODNN7EXAMPLE", None),
            ("AKIAIOSFODNN7EXAMPLF", Some(SecretAwsAccessKey)),
            ("sk-abcDEF123ghiJKL456mnoT3BlbkFJpqrSTU789vwxYZA012bcd", Some(SecretOpenaiKey)),
            ("0123456789abcdef0123456789abcdef-us7", Some(SecretMailchimpKey)),
            ("secret QtT8Q~9C-_Ij~RouHVpD2Tuf3oHWGh.DQ3kcjbAn", Some(SecretAzureClientSecret)),
            ("1477036645700765|wRPf2v3mt2JfMqCLK8n7oltrEmc", Some(SecretFacebookToken)),
            ("ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(secret_in(text.as_bytes()), *expected, "{text}");
        }
    }
}
