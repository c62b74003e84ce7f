//! How a request authenticates.

use crate::base64;
use crate::token::TokenFacts;

/// A kind of authentication. Absence of any is the empty [`AuthSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[allow(missing_docs, reason = "the name says it")]
pub enum AuthKind {
    ApiKey,
    ApiKeyQuery,
    AwsSigV4,
    Basic,
    Bearer,
    BearerJwt,
    Cookie,
    Digest,
    Dpop,
    Hawk,
    Hmac,
    Mtls,
    Negotiate,
    Ntlm,
    OAuth1,
    Other,
}

impl AuthKind {
    /// Every kind, sorted by name.
    pub const ALL: [AuthKind; 16] = [
        AuthKind::ApiKey,
        AuthKind::ApiKeyQuery,
        AuthKind::AwsSigV4,
        AuthKind::Basic,
        AuthKind::Bearer,
        AuthKind::BearerJwt,
        AuthKind::Cookie,
        AuthKind::Digest,
        AuthKind::Dpop,
        AuthKind::Hawk,
        AuthKind::Hmac,
        AuthKind::Mtls,
        AuthKind::Negotiate,
        AuthKind::Ntlm,
        AuthKind::OAuth1,
        AuthKind::Other,
    ];

    /// The public name.
    pub fn name(self) -> &'static str {
        match self {
            AuthKind::ApiKey => "api-key",
            AuthKind::ApiKeyQuery => "api-key-query",
            AuthKind::AwsSigV4 => "aws-sigv4",
            AuthKind::Basic => "basic",
            AuthKind::Bearer => "bearer",
            AuthKind::BearerJwt => "bearer-jwt",
            AuthKind::Cookie => "cookie",
            AuthKind::Digest => "digest",
            AuthKind::Dpop => "dpop",
            AuthKind::Hawk => "hawk",
            AuthKind::Hmac => "hmac",
            AuthKind::Mtls => "mtls",
            AuthKind::Negotiate => "negotiate",
            AuthKind::Ntlm => "ntlm",
            AuthKind::OAuth1 => "oauth1",
            AuthKind::Other => "other",
        }
    }
}

/// The kinds of authentication that one request carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuthSet(pub u32);

impl AuthSet {
    /// Adds a kind.
    pub fn insert(&mut self, kind: AuthKind) {
        self.0 |= 1 << (kind as u8);
    }

    /// Whether a kind is in the set.
    pub fn contains(self, kind: AuthKind) -> bool {
        self.0 & (1 << (kind as u8)) != 0
    }

    /// Whether the request authenticates in no known way.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Names, sorted.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        AuthKind::ALL.into_iter().filter(move |kind| self.contains(*kind)).map(AuthKind::name)
    }
}

/// Adds what one request header says. `name` is lower case.
pub fn auth_of_header(name: &[u8], value: &[u8], out: &mut AuthSet, facts: &mut TokenFacts) {
    // Most names end here: none of the names below begins with another letter.
    let Some(b'a' | b'b' | b'c' | b'd' | b'k' | b'o' | b'p' | b's' | b't' | b'x') = name.first() else { return };
    if value.trim_ascii().is_empty() {
        return;
    }
    match name {
        b"authorization" | b"proxy-authorization" => authorization(value.trim_ascii(), out, facts),
        b"cookie" => cookie(value, out, facts),
        b"dpop" => out.insert(AuthKind::Dpop),
        b"x-amz-security-token" | b"x-amz-content-sha256" => {}
        b"x-forwarded-client-cert"
        | b"x-client-cert"
        | b"x-ssl-client-cert"
        | b"x-ssl-cert"
        | b"ssl-client-cert"
        | b"client-cert"
        | b"x-amzn-mtls-clientcert"
        | b"x-amzn-mtls-clientcert-leaf"
        | b"x-arr-clientcert"
        | b"x-tls-client-cert"
        | b"x-ssl-client-verify"
        | b"x-client-verify"
        | b"x-client-certificate"
        | b"x-forwarded-tls-client-cert" => out.insert(AuthKind::Mtls),
        b"x-signature"
        | b"x-hmac-signature"
        | b"x-hub-signature"
        | b"x-hub-signature-256"
        | b"x-request-signature"
        | b"x-hmac"
        | b"x-slack-signature"
        | b"stripe-signature"
        | b"signature"
        | b"x-shopify-hmac-sha256"
        | b"x-signature-ed25519"
        | b"cb-access-sign"
        | b"x-mbx-signature"
        | b"api-sign" => out.insert(AuthKind::Hmac),
        b"x-amz-signature" => out.insert(AuthKind::AwsSigV4),
        b"x-access-token"
        | b"x-auth-token"
        | b"x-id-token"
        | b"x-jwt-assertion"
        | b"x-goog-iap-jwt-assertion"
        | b"x-amzn-oidc-data"
        | b"x-amzn-oidc-accesstoken"
        | b"cf-access-jwt-assertion"
        | b"x-jwt"
        | b"token"
        | b"access-token"
        | b"auth-token"
        | b"x-user-token"
        | b"x-session-token"
        | b"x-authorization"
        | b"x-gitlab-token"
        | b"private-token"
        | b"job-token"
        | b"x-vault-token"
        | b"x-consul-token"
        | b"x-shopify-access-token"
        | b"x-figma-token"
        | b"x-csrf-protection-token" => {
            out.insert(if facts.read_jwt(value.trim_ascii()) { AuthKind::BearerJwt } else { AuthKind::ApiKey });
        }
        _ if is_api_key_header(name) => out.insert(AuthKind::ApiKey),
        _ => {}
    }
}

/// Adds what the name of a query parameter says (`api_key`, `access_token`).
pub fn auth_of_query_name(name: &[u8], out: &mut AuthSet) {
    const LONGEST: usize = 24;
    if name.len() < 3 || name.len() > LONGEST {
        return;
    }
    let mut compact = [0; LONGEST];
    let mut length = 0;
    for byte in name.iter().filter(|byte| !matches!(byte, b'_' | b'-' | b'.')) {
        compact[length] = byte.to_ascii_lowercase();
        length += 1;
    }
    match &compact[..length] {
        b"apikey" | b"accesstoken" | b"authtoken" | b"token" | b"accesskey" | b"subscriptionkey" | b"clientsecret" | b"apitoken" | b"appkey" | b"appid"
        | b"auth" | b"authkey" | b"secretkey" | b"bearertoken" | b"privatetoken" | b"sessiontoken" | b"jwt" | b"idtoken" | b"key" | b"apisecret"
        | b"xapikey" | b"usertoken" => out.insert(AuthKind::ApiKeyQuery),
        b"xamzsignature" | b"xamzcredential" => out.insert(AuthKind::AwsSigV4),
        b"oauthsignature" | b"oauthtoken" | b"oauthconsumerkey" => out.insert(AuthKind::OAuth1),
        // Shared access signatures of Azure and signed URLs of others.
        b"sig" | b"signature" | b"xgoogsignature" | b"hmac" => out.insert(AuthKind::Hmac),
        b"password" | b"passwd" => out.insert(AuthKind::Other),
        _ => {}
    }
}

/// Schemes of the IANA registry and those that providers use.
fn authorization(value: &[u8], out: &mut AuthSet, facts: &mut TokenFacts) {
    let end = value.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(value.len());
    let (scheme, rest) = (&value[..end], value[end..].trim_ascii());
    let is = |name: &str| scheme.eq_ignore_ascii_case(name.as_bytes());
    let kind = if is("bearer") || is("jwt") {
        if facts.read_jwt(rest) { AuthKind::BearerJwt } else { AuthKind::Bearer }
    } else if is("basic") {
        AuthKind::Basic
    } else if is("digest") {
        AuthKind::Digest
    } else if is("negotiate") {
        // Base64 of `NTLMSSP`: NTLM inside SPNEGO.
        if rest.starts_with(b"TlRMTVNTUA") { AuthKind::Ntlm } else { AuthKind::Negotiate }
    } else if is("ntlm") {
        AuthKind::Ntlm
    } else if is("hawk") {
        AuthKind::Hawk
    } else if is("dpop") {
        facts.read_jwt(rest);
        AuthKind::Dpop
    } else if is("oauth") {
        if memchr::memmem::find(rest, b"oauth_").is_some() { AuthKind::OAuth1 } else { AuthKind::Bearer }
    } else if is("aws4-hmac-sha256") || is("aws4-ecdsa-p256-sha256") {
        AuthKind::AwsSigV4
    } else if is("aws") || is("signature") || is("sharedkey") || is("sharedkeylite") || is("sharedaccesssignature") || contains_hmac(scheme) {
        AuthKind::Hmac
    } else if is("apikey")
        || is("api-key")
        || is("token")
        || is("key")
        || is("genieckey")
        || is("geniekey")
        || is("bot")
        || is("sso-key")
        || is("klaviyo-api-key")
    {
        AuthKind::ApiKey
    } else if rest.is_empty() {
        // A bare value without a scheme, or what a log writes in its place.
        if is_masked(scheme) {
            AuthKind::Other
        } else if facts.read_jwt(scheme) {
            AuthKind::BearerJwt
        } else {
            AuthKind::ApiKey
        }
    } else {
        AuthKind::Other
    };
    out.insert(kind);
}

/// `REDACTED`, `[redacted]`, `***`: there were credentials, and somebody took them out.
fn is_masked(value: &[u8]) -> bool {
    let is_mark = |byte: &u8| matches!(byte, b'*' | b'[' | b']' | b'<' | b'>' | b'(' | b')');
    let start = value.iter().position(|byte| !is_mark(byte)).unwrap_or(value.len());
    let end = value.iter().rposition(|byte| !is_mark(byte)).map_or(start, |at| at + 1);
    let word = &value[start..end];
    word.is_empty() || [&b"redacted"[..], b"masked", b"filtered", b"hidden", b"removed"].iter().any(|mark| word.eq_ignore_ascii_case(mark))
}

fn contains_hmac(scheme: &[u8]) -> bool {
    scheme.windows(4).any(|window| window.eq_ignore_ascii_case(b"hmac"))
}

/// `x-api-key`, `ocp-apim-subscription-key`, `dd-api-key`, `x-acme-api-token`.
fn is_api_key_header(name: &[u8]) -> bool {
    const NAMES: [&[u8]; 9] =
        [b"apikey", b"x-apikey", b"api_key", b"x-goog-api-key", b"ocp-apim-subscription-key", b"x-functions-key", b"x-rapidapi-key", b"x-appid", b"x-app-key"];
    const ENDS: [&[u8]; 10] =
        [b"api-key", b"api-token", b"apikey", b"api_key", b"access-key", b"secret-key", b"auth-key", b"application-key", b"client-secret", b"api-secret"];
    NAMES.contains(&name) || ENDS.iter().any(|end| name.ends_with(end))
}

/// A cookie that holds a session: by its name, with something in it. A JWT inside tells its facts.
fn cookie(value: &[u8], out: &mut AuthSet, facts: &mut TokenFacts) {
    for pair in value.split(|byte| *byte == b';').take(COOKIES_MAX) {
        let pair = pair.trim_ascii();
        let Some(equals) = memchr::memchr(b'=', pair) else { continue };
        let (name, content) = (&pair[..equals], &pair[equals + 1..]);
        if content.len() >= 8 && is_session_cookie(name) {
            out.insert(AuthKind::Cookie);
            if content.starts_with(b"ey") && content.iter().all(|byte| base64::is_url_byte(*byte) || *byte == b'.') {
                facts.read_jwt(content);
            }
        }
    }
}

/// Cookies of a request that are looked at.
const COOKIES_MAX: usize = 64;

fn is_session_cookie(name: &[u8]) -> bool {
    const LONGEST: usize = 48;
    const PARTS: [&[u8]; 14] = [
        b"sess",
        b"sid",
        b"auth",
        b"token",
        b"jwt",
        b"remember",
        b"login",
        b"logged_in",
        b"identity",
        b"access",
        b"refresh",
        b"aspxauth",
        b"sso",
        b"connect.s",
    ];
    // Forgery tokens and analytics say nothing of who is asking.
    const OTHERS: [&[u8]; 9] = [b"csrf", b"xsrf", b"_ga", b"_gid", b"utm", b"consent", b"analytics", b"amplitude", b"requestverification"];
    if name.len() > LONGEST {
        return false;
    }
    let mut lower = [0; LONGEST];
    let lower = &mut lower[..name.len()];
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    let has = |part: &&[u8]| memchr::memmem::find(lower, part).is_some();
    PARTS.iter().any(has) && !OTHERS.iter().any(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, value: &str) -> String {
        let (mut set, mut facts) = (AuthSet::default(), TokenFacts::default());
        auth_of_header(name.as_bytes(), value.as_bytes(), &mut set, &mut facts);
        set.names().collect::<Vec<_>>().join(",")
    }

    const JWT: &str = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abcdefghijk";

    #[test]
    fn headers() {
        let cases: &[(&str, &str, &str)] = &[
            ("authorization", "Bearer abc", "bearer"),
            ("authorization", &format!("bearer  {JWT}"), "bearer-jwt"),
            ("authorization", JWT, "bearer-jwt"),
            ("authorization", "Basic dTpw", "basic"),
            ("authorization", "Digest username=\"u\"", "digest"),
            ("authorization", "Negotiate YII", "negotiate"),
            ("authorization", "Negotiate TlRMTVNTUAAB", "ntlm"),
            ("authorization", "NTLM TlRM", "ntlm"),
            ("authorization", "Hawk id=\"x\"", "hawk"),
            ("authorization", "AWS4-HMAC-SHA256 Credential=AKIA/2024", "aws-sigv4"),
            ("authorization", "OAuth oauth_consumer_key=\"x\"", "oauth1"),
            ("authorization", "DPoP abc", "dpop"),
            ("authorization", "Token 123", "api-key"),
            ("authorization", "HMAC-SHA256 Credential=x", "hmac"),
            ("authorization", "Strange thing", "other"),
            ("authorization", "abcdef", "api-key"),
            ("authorization", "REDACTED", "other"),
            ("authorization", "[Filtered]", "other"),
            ("authorization", "***", "other"),
            ("authorization", "Bearer ***", "bearer"),
            ("authorization", "", ""),
            ("x-api-key", "k", "api-key"),
            ("dd-api-key", "k", "api-key"),
            ("x-auth-token", JWT, "bearer-jwt"),
            ("x-forwarded-client-cert", "Hash=1", "mtls"),
            ("x-hub-signature-256", "sha256=1", "hmac"),
            ("cookie", "theme=dark; JSESSIONID=0123456789", "cookie"),
            ("cookie", "theme=dark; csrf_token=0123456789", ""),
            ("accept", "text/html", ""),
            ("content-type", "x", ""),
        ];
        for (name, value, expected) in cases {
            assert_eq!(of(name, value), *expected, "{name}: {value}");
        }
    }

    #[test]
    fn query_names() {
        for (name, expected) in
            [("api_key", "api-key-query"), ("access-token", "api-key-query"), ("X-Amz-Signature", "aws-sigv4"), ("page", ""), ("oauth_token", "oauth1")]
        {
            let mut set = AuthSet::default();
            auth_of_query_name(name.as_bytes(), &mut set);
            assert_eq!(set.names().collect::<Vec<_>>().join(","), expected, "{name}");
        }
    }

    #[test]
    fn names_are_sorted() {
        assert!(AuthKind::ALL.map(AuthKind::name).is_sorted());
        for (index, kind) in AuthKind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
        }
    }
}
