//! Facts of tokens that may cross the privacy boundary.

use crate::base64;
use crate::public::is_public_literal;
use std::collections::BTreeSet;

/// Facts such as `token.alg.HS256`, `token.no_exp`, `token.iss.login.example.com`; at most [`FACTS_MAX`], what sorts last gives way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFacts(BTreeSet<Box<str>>);

/// Most facts of one request.
pub const FACTS_MAX: usize = 16;
/// A longer part of a token is looked at up to here.
const PART_BYTES_MAX: usize = 4096;
/// Longer issuers and audiences do not cross.
const NAME_BYTES_MAX: usize = 100;

impl TokenFacts {
    /// Adds what a JWT (RFC 7519) in compact form says; false where the text is none.
    pub fn read_jwt(&mut self, token: &[u8]) -> bool {
        let mut parts = token.split(|byte| *byte == b'.');
        let (Some(header), Some(claims), Some(signature)) = (parts.next(), parts.next(), parts.next()) else { return false };
        let mut buffer = [0; PART_BYTES_MAX];
        let decoded = base64::decode_prefix(header, &mut buffer);
        let mut is_jwt = false;
        for_each_member(decoded, |key, value| match key {
            b"alg" => {
                is_jwt = true;
                self.add_word("token.alg.", value.text());
            }
            b"typ" => self.add_word("token.typ.", value.text()),
            _ => {}
        });
        if !is_jwt {
            return false;
        }
        if signature.is_empty() {
            self.add("token.unsigned", "");
        }
        // Five parts are encrypted (RFC 7516): there are no claims to read.
        if parts.count() > 0 {
            self.add("token.encrypted", "");
            return true;
        }
        let decoded = base64::decode_prefix(claims, &mut buffer);
        let whole = claims.len() / 4 * 3 < PART_BYTES_MAX;
        let (mut has_exp, mut has_aud) = (false, false);
        let (mut issued, mut expires) = (None, None);
        for_each_member(decoded, |key, value| match key {
            b"exp" => {
                has_exp = true;
                expires = value.number();
            }
            b"iat" => issued = value.number(),
            b"iss" => self.add_name("token.iss.", value.text()),
            b"aud" => {
                has_aud = true;
                self.add_name("token.aud.", value.text());
            }
            _ => {}
        });
        if !has_exp && whole {
            self.add("token.no_exp", "");
        }
        if !has_aud && whole {
            self.add("token.no_aud", "");
        }
        if let (Some(issued), Some(expires)) = (issued, expires)
            && expires - issued > LONG_LIVED_S
        {
            self.add("token.long_lived", "");
        }
        true
    }

    /// The facts, sorted.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|fact| &**fact)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.0.clear();
    }

    /// Adds a registered word such as `HS256` or `at+jwt`; anything else is `other`.
    fn add_word(&mut self, fact: &str, word: Option<&[u8]>) {
        const WORDS: [&str; 27] = [
            "none",
            "HS256",
            "HS384",
            "HS512",
            "RS256",
            "RS384",
            "RS512",
            "PS256",
            "PS384",
            "PS512",
            "ES256",
            "ES384",
            "ES512",
            "ES256K",
            "EdDSA",
            "RSA-OAEP",
            "RSA-OAEP-256",
            "RSA1_5",
            "ECDH-ES",
            "dir",
            "A128KW",
            "A256KW",
            "A256GCMKW",
            "JWT",
            "at+jwt",
            "dpop+jwt",
            "JWE",
        ];
        let Some(word) = word else { return };
        let known = WORDS.iter().find(|known| known.as_bytes().eq_ignore_ascii_case(word));
        self.add(fact, known.copied().unwrap_or("other"));
    }

    /// Adds the host of a URL, a host name, or a public literal.
    fn add_name(&mut self, fact: &str, name: Option<&[u8]>) {
        let Some(name) = name else { return };
        let host = name.strip_prefix(b"https://").or_else(|| name.strip_prefix(b"http://")).unwrap_or(name);
        let host = host.split(|byte| matches!(byte, b'/' | b'?' | b'#')).next().unwrap_or_default();
        let host = &host[memchr::memrchr(b'@', host).map_or(0, |at| at + 1)..];
        if host.len() > NAME_BYTES_MAX || !is_host_name(host) && !is_public_literal(host) {
            return;
        }
        if let Ok(host) = std::str::from_utf8(host) {
            self.add(fact, &host.to_ascii_lowercase());
        }
    }

    fn add(&mut self, fact: &str, detail: &str) {
        self.0.insert(format!("{fact}{detail}").into());
        while self.0.len() > FACTS_MAX {
            self.0.pop_last();
        }
    }
}

/// Access tokens that live longer than a day are worth a word.
const LONG_LIVED_S: f64 = 86_400.0;

/// Labels that are public each, with a top level of letters.
fn is_host_name(host: &[u8]) -> bool {
    let name = &host[..memchr::memchr(b':', host).unwrap_or(host.len())];
    let port = &host[name.len()..];
    let mut labels = 0;
    name.split(|byte| *byte == b'.').all(|label| {
        labels += 1;
        is_public_literal(label) && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    }) && (2..=8).contains(&labels)
        && name.rsplit(|byte| *byte == b'.').next().is_some_and(|top| top.len() >= 2 && top.iter().all(u8::is_ascii_alphabetic))
        && port.len() <= 6
        && port.iter().skip(1).all(u8::is_ascii_digit)
}

/// A value of a claim as written.
struct Value<'a>(&'a [u8]);

impl<'a> Value<'a> {
    /// A string without escapes, or the first one of an array.
    fn text(&self) -> Option<&'a [u8]> {
        let value = self.0.strip_prefix(b"[").unwrap_or(self.0).trim_ascii_start().strip_prefix(b"\"")?;
        let end = memchr::memchr2(b'"', b'\\', value)?;
        (value[end] == b'"').then_some(&value[..end])
    }

    fn number(&self) -> Option<f64> {
        std::str::from_utf8(self.0).ok()?.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }
}

/// Calls `take` for each member of a JSON object, with its key and its value as written. Reads what is there of a cut or broken object.
fn for_each_member<'a>(text: &'a [u8], mut take: impl FnMut(&'a [u8], Value<'a>)) {
    let mut depth = 0;
    let mut key: Option<&[u8]> = None;
    let mut value_start = None;
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            b'"' => {
                let start = at + 1;
                at = start;
                while at < text.len() && text[at] != b'"' {
                    at += 1 + usize::from(text[at] == b'\\');
                }
                if depth == 1 && value_start.is_none() {
                    key = text.get(start..at);
                }
            }
            b':' if depth == 1 && value_start.is_none() => value_start = Some(at + 1),
            b'{' | b'[' => depth += 1,
            b',' | b'}' | b']' => {
                if depth == 1
                    && let (Some(key), Some(start)) = (key.take(), value_start.take())
                {
                    take(key, Value(text[start..at].trim_ascii()));
                }
                depth -= i32::from(text[at] != b',');
            }
            _ => {}
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(text: &str) -> String {
        const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        text.as_bytes()
            .chunks(3)
            .flat_map(|chunk| {
                let bits = chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
                (0..=chunk.len()).map(move |at| char::from(ALPHABET[(bits >> (18 - 6 * at) & 63) as usize]))
            })
            .collect()
    }

    fn facts(header: &str, claims: &str) -> Vec<String> {
        let mut facts = TokenFacts::default();
        facts.read_jwt(format!("{}.{}.c2ln", encode(header), encode(claims)).as_bytes());
        facts.iter().map(str::to_owned).collect()
    }

    #[test]
    fn cases() {
        assert_eq!(
            facts(
                r#"{"alg":"RS256","typ":"JWT","kid":"x"}"#,
                r#"{"iss":"https://login.example.com/t/1","aud":["api.example.com"],"exp":1700000000,"sub":"ada"}"#
            ),
            ["token.alg.RS256", "token.aud.api.example.com", "token.iss.login.example.com", "token.typ.JWT"]
        );
        assert_eq!(facts(r#"{"alg":"none"}"#, r#"{"sub":"ada"}"#), ["token.alg.none", "token.no_aud", "token.no_exp"]);
        assert_eq!(facts(r#"{"alg":"zqxjkvbwpt"}"#, r#"{"aud":"zqxjkvbwpt","exp":1,"iss":"a@b.com"}"#), ["token.alg.other", "token.iss.b.com"]);
        assert_eq!(facts(r#"{"alg":"HS256"}"#, r#"{"iat":1700000000,"exp":1800000000,"aud":"x"}"#), ["token.alg.HS256", "token.aud.x", "token.long_lived"]);
        assert!(facts(r#"{"foo":1}"#, "{}").is_empty());
        assert!(facts("", "").is_empty());
    }

    #[test]
    fn broken_claims_end() {
        for claims in ["{\"exp\":", "{\"exp", "[[[[", "}}}}", "{\"a\\", "{\"exp\":{\"exp\":1}}"] {
            facts(r#"{"alg":"HS256"}"#, claims);
        }
    }
}
