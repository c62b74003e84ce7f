//! Secrets assigned in text: `password = "…"`, `Authorization: Bearer …`, `"api_key": "…"`. Logs, configurations and scripts hold them.

use super::DataClass::{self, Password, SecretApiKey, SecretAuthorization};
use super::keyed::{distinct_bytes, is_template};
use crate::letters;

/// The secret behind the first key in the text that names one.
pub(super) fn assigned_secret(text: &[u8]) -> Option<DataClass> {
    let mut found = None;
    for at in memchr::memchr3_iter(b'=', b':', b',', text) {
        if text[at] == b',' && (at == 0 || !matches!(text[at - 1], b'"' | b'\'')) {
            // A comma assigns only between quoted arguments: `get("api_key", "…")`.
            continue;
        }
        let Some(kind) = key_before(&text[..at]) else { continue };
        let (value, quoted) = value_after(&text[at + 1..]);
        if is_secret(kind, value, quoted) {
            found = Some(match kind {
                Kind::Password => Password,
                Kind::Key => SecretApiKey,
                Kind::Authorization => SecretAuthorization,
            });
            break;
        }
    }
    found.or_else(|| scheme_secret(text)).or_else(|| curl_user(text).then_some(SecretAuthorization))
}

/// `Basic …` and `Bearer …` alone: the value of an authorization field.
fn scheme_secret(text: &[u8]) -> Option<DataClass> {
    let has_scheme =
        [&b"basic "[..], b"bearer ", b"token "].iter().any(|scheme| text.len() > scheme.len() && text[..scheme.len()].eq_ignore_ascii_case(scheme));
    (has_scheme && is_secret(Kind::Authorization, text, false)).then_some(SecretAuthorization)
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
    // The last letters of the words below.
    if !matches!(text[end - 1] | 0x20, b'n' | b'd' | b'e' | b'y' | b't' | b's' | b'h' | b'm') {
        return None;
    }
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
    } else if names_key(ends) || (ends(&["key", "login", "accessid", "accesskeyid", "pass", "com"]) && has_provider(name)) {
        Some(Kind::Key)
    } else {
        None
    }
}

fn names_key(ends: impl Fn(&[&str]) -> bool) -> bool {
    ends(&["apikey", "secretkey", "accesskey", "privatekey", "secret", "token", "credentials", "userauth", "accountkey", "signingkey"])
        && !ends(&["jsonwebtoken", "csrftoken", "nexttoken", "pagetoken", "xsrftoken", "authenticitytoken", "continuationtoken"])
}

fn has_provider(name: &[u8]) -> bool {
    PROVIDERS.iter().any(|provider| memchr::memmem::find(name, provider).is_some())
}

/// Names of providers whose keys have no form of their own: beside them `key` or `login` is enough.
const PROVIDERS: &[&[u8]] = &[
    b"adafruit",
    b"airtable",
    b"algolia",
    b"asana",
    b"bitbucket",
    b"cloudflare",
    b"codecov",
    b"coinbase",
    b"confluence",
    b"contribsys",
    b"datadog",
    b"discord",
    b"drone",
    b"dropbox",
    b"etsy",
    b"facebook",
    b"fastly",
    b"finicity",
    b"flickr",
    b"freshbooks",
    b"gitter",
    b"gocardless",
    b"heroku",
    b"hubspot",
    b"intercom",
    b"jira",
    b"kraken",
    b"kucoin",
    b"launchdarkly",
    b"linkedin",
    b"lob",
    b"mailchimp",
    b"mailgun",
    b"mapbox",
    b"mattermost",
    b"meraki",
    b"messagebird",
    b"netlify",
    b"okta",
    b"plaid",
    b"rapidapi",
    b"sendbird",
    b"sendgrid",
    b"sentry",
    b"snyk",
    b"sonar",
    b"squarespace",
    b"sumo",
    b"telegram",
    b"travis",
    b"trello",
    b"twilio",
    b"twitch",
    b"twitter",
    b"typeform",
    b"yandex",
    b"zendesk",
];

/// `curl -u user:password` in a script, where the password looks like one.
fn curl_user(text: &[u8]) -> bool {
    // A dash behind a space is rare in prose, so it is looked for first.
    let has_option = memchr::memchr_iter(b'-', text).any(|at| at > 0 && text[at - 1] == b' ' && matches!(text.get(at + 1), Some(b'u' | b'-')));
    if !has_option || memchr::memmem::find(text, b"curl ").is_none() {
        return false;
    }
    [&b" -u "[..], b" --user "].iter().any(|option| {
        memchr::memmem::find(text, option).is_some_and(|at| {
            let rest = text[at + option.len()..].trim_ascii_start();
            let (argument, _) = value_after(rest);
            let argument = argument.split(|byte| *byte == b' ').next().unwrap_or_default();
            let Some(colon) = memchr::memchr(b':', argument) else { return false };
            let password = if colon + 1 == argument.len() { &argument[..colon] } else { &argument[colon + 1..] };
            let kinds = [u8::is_ascii_digit as fn(&u8) -> bool, u8::is_ascii_uppercase, u8::is_ascii_lowercase, u8::is_ascii_punctuation];
            password.len() >= 6 && !is_template(password) && kinds.iter().filter(|kind| password.iter().any(kind)).count() >= 3
        })
    })
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
    let pair = value.len() == 17 && value[8] == b':' && value.iter().enumerate().all(|(at, byte)| at == 8 || byte.is_ascii_hexdigit());
    pair || digits >= 1 && (letters::is_random(value) || digits >= 6)
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
            ("curl -u elastic:P@ssw0rd1 https://localhost:9200", Some(SecretAuthorization)),
            ("curl -u username:password https://localhost:9200", None),
            ("env(\"api_token\", \"dafa7817-e246-48f3-91a7-e87653d587b8\")", Some(SecretApiKey)),
            ("HEROKU_KEY = \"12345678-ABCD-ABCD-ABCD-1234567890AB\"", Some(SecretApiKey)),
            ("the time is 10:30", None),
            ("a = b", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(assigned_secret(text.as_bytes()), *expected, "{text}");
        }
    }
}
