//! What credentials say that a client sends with every request, remembered.

use crate::remembered::ByHash;
use std::collections::HashMap;
use std::sync::Arc;
use tapistry_digest::auth::{AuthSet, auth_of_header};
use tapistry_digest::hash::KeyedHash;
use tapistry_digest::token::TokenFacts;

/// Fields seen lately by keyed hash. A cache only: forgetting changes no result.
#[derive(Debug, Default)]
pub struct Credentials {
    known: HashMap<u64, Said, ByHash>,
    facts: Vec<Arc<TokenFacts>>,
}

/// What one field says.
#[derive(Clone, Debug)]
pub struct Said {
    /// Kinds of credentials.
    pub auth: AuthSet,
    /// What may be told of a token in it; equal facts are one and the same.
    pub facts: Option<Arc<TokenFacts>>,
}

const KNOWN_MAX: usize = 16_384;
const FACTS_MAX: usize = 1024;

impl Credentials {
    /// Reads a field; `name` is lower case.
    pub fn read(&mut self, name: &[u8], value: &[u8], hash: &KeyedHash) -> Said {
        // The name is part of the question, and its length tells the few names apart that are asked for.
        let key = hash.hash(value) << 8 | name.len() as u64 & 0xff;
        if let Some(said) = self.known.get(&key) {
            return said.clone();
        }
        let (mut auth, mut facts) = (AuthSet::default(), TokenFacts::default());
        auth_of_header(name, value, &mut auth, &mut facts);
        let said = Said { auth, facts: (!facts.is_empty()).then(|| self.shared(facts)) };
        if self.known.len() >= KNOWN_MAX {
            self.known.clear();
        }
        self.known.insert(key, said.clone());
        said
    }

    fn shared(&mut self, facts: TokenFacts) -> Arc<TokenFacts> {
        if let Some(known) = self.facts.iter().find(|known| ***known == facts) {
            return known.clone();
        }
        let shared = Arc::new(facts);
        if self.facts.len() < FACTS_MAX {
            self.facts.push(shared.clone());
        }
        shared
    }
}
