//! The request of a signed-in person, and a server that decides about it.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use http::HeaderMap;
use symbolon_server::{Authenticated, Error, SigningKeys, shared::id::SessionId};
use symbolon_tests::{Host, forge::Forger};

/// The request of a signed-in person, and a server that decides about it.
pub struct Subject {
    pub(crate) host: Host,
    pub(crate) token: String,
    forged: String,
    headers: HeaderMap,
    forger: Forger,
}

impl Subject {
    /// Signs in at a server whose sessions are in a file.
    pub async fn new() -> Self {
        Self::at(Host::start().await).await
    }

    /// Signs in at a server with this store.
    pub async fn at(host: Host) -> Self {
        let client = host.signed_in("ann").await;
        let token = client.token.clone().expect("it is signed in");
        let forged = format!("{}.{}", signing_input(&token), "A".repeat(43));
        let mut headers = HeaderMap::new();
        headers.insert("cookie", client.cookies().parse().expect("cookies are ASCII"));
        Self { forger: Forger::new(&host.keys), host, token, forged, headers }
    }

    /// Computes the raw MAC, the floor of every HS256 verification.
    #[must_use]
    pub fn raw_mac(&self) -> impl Sized {
        self.forger.mac(signing_input(&self.token))
    }

    /// Decides about the request, from cookie header and bearer token.
    #[must_use]
    pub fn decide(&self) -> Authenticated {
        self.decide_on(&self.token)
    }

    /// Decides about another token with the same cookie.
    #[must_use]
    pub fn decide_on(&self, token: &str) -> Authenticated {
        now(self.host.symbolon.authenticate(token, &self.headers)).expect("it is valid")
    }

    /// Makes the server forget that it has seen these halves, by replacing the key ring with an equal one.
    pub fn be_forgotten(&self) {
        let keys = SigningKeys::parse(&self.host.keys).expect("they were good before");
        self.host.symbolon.replace_keys(keys).expect("they sign");
    }

    /// Returns more tokens than the server remembers: used in turns, each one is new to it.
    #[must_use]
    pub fn rivals(&self) -> Vec<String> {
        // More than fit into one slot of its table.
        const ENOUGH: usize = 8;
        let mut known = self.decide();
        let mut pushes_out = |token: &String| {
            let _ = self.decide_on(token);
            // Remembered pairs are shared.
            let again = self.decide();
            let pushed_out = again.subject().as_ptr() != known.subject().as_ptr();
            known = again;
            pushed_out
        };
        let mut rivals: Vec<_> = ids(1_000_000)
            .map(|id| self.token_of(id))
            .filter(|token| pushes_out(token))
            .take(ENOUGH)
            .collect();
        assert_eq!(rivals.len(), ENOUGH, "it does not remember that many");
        rivals.push(self.token.clone());
        rivals
    }

    /// Decides about a forged token.
    #[must_use]
    pub fn refuse(&self) -> Error {
        now(self.host.symbolon.authenticate(&self.forged, &self.headers)).expect_err("it is forged")
    }

    /// Returns the token that the server would sign for a session with this id.
    #[must_use]
    pub fn token_of(&self, session: SessionId) -> String {
        let own = format!(r#""sid":"{}""#, self.decide().session().to_text());
        let other = format!(r#""sid":"{}""#, session.to_text());
        self.forger.change(&self.token, |header| header, |claims| claims.replacen(&own, &other, 1))
    }
}

fn signing_input(token: &str) -> &str {
    token.rsplit_once('.').expect("it has dots").0
}

/// Returns ids that look random and are the same in every run.
pub fn ids(count: u32) -> impl Iterator<Item = SessionId> {
    (1..=u128::from(count)).map(|n| {
        SessionId::from_bytes(n.wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835).to_le_bytes())
    })
}

/// Polls a future once. A decision never waits, so it needs no runtime.
pub fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the decision waits"),
    }
}
