//! What the benchmarks measure.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use base64ct::{Base64UrlUnpadded, Encoding};
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderMap;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use jwt_simple::prelude::{HS256Key, MACLike, NoCustomClaims};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use symbolon_server::{
    Authenticated, Error, Symbolon,
    store::{Memory, Store},
};
use symbolon_tests::Host;

const KEY: [u8; 32] = [7; 32];

/// A signed-in person's next request, and a server to judge it.
pub struct Subject {
    host: Host,
    token: String,
    forged: String,
    headers: HeaderMap,
    mac: Hmac<Sha256>,
}

impl Subject {
    /// Signs in.
    pub async fn new() -> Self {
        Self::on(Memory::default()).await
    }

    /// Signs in to a server with this store.
    pub async fn on(store: impl Store) -> Self {
        let host = Host::start_on(store).await;
        let client = host.signed_in("ann").await;
        let token = client.token.clone().expect("it is signed in");
        let forged = format!("{}.{}", token.rsplit_once('.').expect("it has dots").0, "A".repeat(43));
        let mut headers = HeaderMap::new();
        headers.insert("cookie", client.cookies().parse().expect("cookies are ASCII"));
        let mac = Hmac::<Sha256>::new_from_slice(&KEY).expect("any length");
        Self { host, token, forged, headers, mac }
    }

    /// What a browser sends with a request: the `Cookie` header, and the token.
    #[must_use]
    pub fn credentials(&self) -> (&str, &str) {
        (self.headers["cookie"].to_str().expect("cookies are ASCII"), &self.token)
    }

    /// The server that judges it.
    #[must_use]
    pub fn server(&self) -> &Symbolon {
        &self.host.symbolon
    }

    /// The floor under every HS256 verification.
    #[must_use]
    pub fn raw_mac(&self) -> impl Sized {
        let input = self.token.rsplit_once('.').expect("it has dots").0;
        self.mac.clone().chain_update(input).finalize()
    }

    /// Cookie header and bearer token in, decision out.
    #[must_use]
    pub fn decide(&self) -> Authenticated {
        now(self.host.symbolon.authenticate(&self.token, &self.headers)).expect("it is valid")
    }

    /// The same for a forged token.
    #[must_use]
    pub fn refuse(&self) -> Error {
        now(self.host.symbolon.authenticate(&self.forged, &self.headers)).expect_err("it is forged")
    }
}

/// The decision does not wait for anything, so it needs no runtime around it.
fn now<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the decision waits"),
    }
}

/// The claims as a peer would declare them.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    jti: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    auth_time: u64,
    amr: Vec<String>,
    ver: u64,
    #[serde(rename = "userFingerprint")]
    fingerprint: String,
    app: serde_json::Value,
}

/// Other libraries, with the same claims under a key of theirs. Each does less: no cookie, no session, no revocation.
pub struct Peers {
    token: String,
    key: DecodingKey,
    validation: Validation,
    jwt_simple: HS256Key,
}

impl Peers {
    /// Signs what `subject` has signed.
    #[must_use]
    pub fn new(subject: &Subject) -> Self {
        let payload = subject.token.split('.').nth(1).expect("a payload");
        let json = Base64UrlUnpadded::decode_vec(payload).expect("base64url");
        let claims: Claims = serde_json::from_slice(&json).expect("claims");
        let header = Header::new(Algorithm::HS256);
        let token =
            jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&KEY)).expect("it encodes");
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[&subject.host.origin]);
        Self {
            token,
            key: DecodingKey::from_secret(&KEY),
            validation,
            jwt_simple: HS256Key::from_bytes(&KEY),
        }
    }

    /// The token under the peers' key.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The most used one.
    #[must_use]
    pub fn jsonwebtoken(&self) -> impl Sized {
        self.decode(&self.token).expect("it is valid")
    }

    /// The same for a token that came with a request.
    #[must_use]
    pub fn decode(&self, token: &str) -> Option<impl Sized + use<>> {
        jsonwebtoken::decode::<Claims>(token, &self.key, &self.validation).ok().map(|decoded| decoded.claims)
    }

    /// Another.
    #[must_use]
    pub fn jwt_simple(&self) -> impl Sized {
        self.jwt_simple.verify_token::<NoCustomClaims>(&self.token, None).expect("it is valid")
    }
}
