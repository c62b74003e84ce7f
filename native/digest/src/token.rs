//! Facts of tokens that may cross the privacy boundary.

use std::collections::BTreeSet;

/// Facts such as `token.alg.HS256`, `token.no_exp`, `token.iss.login.example.com`; at most 16.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenFacts(BTreeSet<Box<str>>);

impl TokenFacts {
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
}
