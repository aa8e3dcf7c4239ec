//! Other JWT libraries with the same claims.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use http::{StatusCode, header::AUTHORIZATION};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use jwt_simple::prelude::{HS256Key, MACLike, NoCustomClaims};
use serde::{Deserialize, Serialize};

use crate::Subject;

const KEY: [u8; 32] = [7; 32];

/// The claims as an application would declare them for a peer.
#[derive(Clone, Serialize, Deserialize)]
pub struct Claims {
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

/// The most used library, `jsonwebtoken`.
#[derive(Clone)]
pub struct Verifier {
    key: DecodingKey,
    validation: Validation,
}

impl Verifier {
    /// Makes a verifier of tokens for this audience, signed with this key.
    #[must_use]
    pub fn new(key: &[u8], audience: &str) -> Self {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_audience(&[audience]);
        Self { key: DecodingKey::from_secret(key), validation }
    }

    /// Returns the claims of a genuine, unexpired token.
    #[must_use]
    pub fn claims(&self, token: &str) -> Option<Claims> {
        jsonwebtoken::decode(token, &self.key, &self.validation).ok().map(|data| data.claims)
    }

    /// Adds a plain bearer-token middleware to `router`: it decodes the token and passes the claims on.
    pub fn protect<S: Clone + Send + Sync + 'static>(self, router: Router<S>) -> Router<S> {
        router.layer(from_fn_with_state(Arc::new(self), check))
    }
}

async fn check(
    State(verifier): State<Arc<Verifier>>,
    mut request: Request,
    next: Next,
) -> Result<Response, StatusCode> {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer "));
    let claims = token.and_then(|token| verifier.claims(token)).ok_or(StatusCode::UNAUTHORIZED)?;
    request.extensions_mut().insert(claims);
    Ok(next.run(request).await)
}

/// Other libraries with the same claims under a key of their own. Each does less: no cookie, no session, no revocation.
pub struct Peers {
    token: String,
    verifier: Verifier,
    jwt_simple: HS256Key,
}

impl Peers {
    /// Signs the claims of `subject`.
    #[must_use]
    pub fn new(subject: &Subject) -> Self {
        let payload = subject.token.split('.').nth(1).expect("a payload");
        let json = Base64UrlUnpadded::decode_vec(payload).expect("base64url");
        let claims: Claims = serde_json::from_slice(&json).expect("claims");
        let header = Header::new(Algorithm::HS256);
        let token =
            jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&KEY)).expect("it encodes");
        let verifier = Verifier::new(&KEY, &subject.host.origin);
        Self { token, verifier, jwt_simple: HS256Key::from_bytes(&KEY) }
    }

    /// The most used one.
    #[must_use]
    pub fn jsonwebtoken(&self) -> impl Sized {
        self.verifier.claims(&self.token).expect("it is valid")
    }

    /// Another.
    #[must_use]
    pub fn jwt_simple(&self) -> impl Sized {
        self.jwt_simple.verify_token::<NoCustomClaims>(&self.token, None).expect("it is valid")
    }
}
