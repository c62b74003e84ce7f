//! Secrets assigned in text: `password = "…"`, `Authorization: Bearer …`, `"api_key": "…"`. Logs, configurations and scripts hold them.

use super::DataClass::{self, Password, SecretApiKey, SecretAuthorization};
use super::keyed::{distinct_bytes, is_template};
use crate::letters;

/// The secret behind the first key in the text that names one.
pub(super) fn assigned_secret(text: &[u8]) -> Option<DataClass> {
    for (at, _) in text.iter().enumerate().filter(|(_, byte)| matches!(byte, b'=' | b':')) {
        let Some(kind) = key_before(&text[..at]) else { continue };
        let (value, quoted) = value_after(&text[at + 1..]);
        if is_secret(kind, value, quoted) {
            return Some(match kind {
                Kind::Password => Password,
                Kind::Key => SecretApiKey,
                Kind::Authorization => SecretAuthorization,
            });
        }
    }
    // `Basic …` and `Bearer …` alone are the value of such a field.
    let scheme = text.iter().position(|byte| *byte == b' ').filter(|at| *at <= 6)?;
    (matches!(text[..scheme].to_ascii_lowercase().as_slice(), b"basic" | b"bearer" | b"token") && is_secret(Kind::Authorization, text, false))
        .then_some(SecretAuthorization)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Password,
    Key,
    Authorization,
}

/// What the name that ends here is, if it names a secret.
fn key_before(text: &[u8]) -> Option<Kind> {
    let end = text.iter().rposition(|byte| !matches!(byte, b' ' | b'"' | b'\'' | b':' | b'?' | b'=' | b'\t' | b'\\'))? + 1;
    let start = text[..end].iter().rposition(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))).map_or(0, |at| at + 1);
    let name = &text[start.max(end.saturating_sub(48))..end];
    if name.len() < 3 {
        return None;
    }
    let mut compact = [0; 48];
    let mut length = 0;
    for byte in name.iter().filter(|byte| byte.is_ascii_alphanumeric()) {
        compact[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    let name = &compact[..length];
    let ends = |words: &[&str]| words.iter().any(|word| name.ends_with(word.as_bytes()));
    if ends(&["authorization"]) {
        Some(Kind::Authorization)
    } else if ends(&["password", "passwd", "passphrase"]) {
        Some(Kind::Password)
    } else if ends(&["apikey", "secretkey", "accesskey", "privatekey", "secret", "token", "apitoken", "credentials", "userauth", "accountkey", "signingkey"])
        && !ends(&["csrftoken", "nexttoken", "pagetoken", "xsrftoken", "authenticitytoken", "continuationtoken"])
    {
        Some(Kind::Key)
    } else {
        None
    }
}

/// The value up to a quote or the end of the word, and whether quotes enclose it.
fn value_after(text: &[u8]) -> (&[u8], bool) {
    let start = text.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'=' | b'>' | b':' | b'\\')).unwrap_or(text.len());
    let rest = &text[start..];
    match rest.first() {
        Some(quote @ (b'"' | b'\'' | b'`')) => {
            let inner = &rest[1..];
            (&inner[..memchr::memchr(*quote, inner).unwrap_or(inner.len())], true)
        }
        _ => {
            let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\'' | b',' | b';' | b'&' | b'\n' | b'\r' | b'`')).unwrap_or(rest.len());
            (&rest[..end], false)
        }
    }
}

fn is_secret(kind: Kind, value: &[u8], quoted: bool) -> bool {
    let value = value.trim_ascii();
    let value = if kind == Kind::Authorization { value.iter().position(|byte| *byte == b' ').map_or(value, |at| value[at..].trim_ascii()) } else { value };
    let word = value.iter().take_while(|byte| byte.is_ascii_graphic()).count();
    let value = &value[..word];
    if value.len() < 10 || value.len() > 4096 || is_template(value) || distinct_bytes(value) < 6 || memchr::memmem::find(value, b"://").is_some() {
        return false;
    }
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    let dots = value.iter().filter(|byte| **byte == b'.').count();
    // Code calls and dotted paths are no secrets.
    if !quoted && kind != Kind::Authorization && (dots >= 1 && digits < 4) {
        return false;
    }
    digits >= 1 && (letters::is_random(value) || digits >= 6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases() {
        let cases: &[(&str, Option<DataClass>)] = &[
            ("export API_KEY=9RITWb3I3kAnSyUolcVJq4gwM17J", Some(SecretApiKey)),
            ("\"client_secret\" : \"6da89121079f83b2eb6acccf8219ea98\",", Some(SecretApiKey)),
            ("password = \"Xk9vQ2mLp7Rt\"", Some(Password)),
            ("curl -H 'Authorization: Token 22cb987851bc5659229114c62e60c79abd0d2c08'", Some(SecretAuthorization)),
            ("Basic MzUzYjMwMmM0NDU3NGY1NjUwNDU2ODdl", Some(SecretAuthorization)),
            ("token: ${GITHUB_TOKEN}", None),
            ("password = var.db_password", None),
            ("api_key = YOUR_API_KEY_HERE", None),
            ("see https://example.com/?page_token=CAUQAA1234567890abc", None),
            ("the time is 10:30", None),
            ("a = b", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(assigned_secret(text.as_bytes()), *expected, "{text}");
        }
    }
}
