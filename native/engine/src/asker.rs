//! Who asks over a connection that goes on: what its handshake said holds for what is asked for later.

use crate::message::Request;
use crate::observation::Observation;
use crate::observe::count;
use std::sync::Arc;
use tapistry_digest::auth::AuthSet;
use tapistry_digest::client::ClientKind;
use tapistry_digest::token::TokenFacts;

/// Of a handshake.
#[derive(Clone, Debug, Default)]
pub struct Asker {
    auth: AuthSet,
    tokens: Vec<Arc<TokenFacts>>,
    client: Option<u64>,
    client_kind: ClientKind,
}

impl Asker {
    /// The client of a request.
    pub fn of(request: &Request) -> Self {
        Asker { auth: request.auth, tokens: request.tokens.clone(), client: request.client, client_kind: request.client_kind }
    }

    /// Counts something that it asks for.
    pub fn observe(&self, into: &mut Observation, time_ns: Option<i64>) {
        into.count += 1;
        into.see(time_ns);
        into.see_client(self.client, self.client_kind);
        count(&mut into.auth, self.auth);
        for facts in &self.tokens {
            count(&mut into.tokens, facts.clone());
        }
    }
}
