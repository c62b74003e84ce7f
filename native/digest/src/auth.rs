//! How a request authenticates.

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
    let _ = (name, value, out, facts);
}

/// Adds what the name of a query parameter says (`api_key`, `access_token`).
pub fn auth_of_query_name(name: &[u8], out: &mut AuthSet) {
    let _ = (name, out);
}
