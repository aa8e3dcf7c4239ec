//! A server with one session, and a small application behind its gate.

use axum::{
    Json, Router,
    body::{Body, Bytes, to_bytes},
    extract::{FromRef, State},
    http::{HeaderMap, Request, StatusCode, header::AUTHORIZATION},
    response::Response,
    routing::{get, post},
};
use serde_json::Value;
use symbolon_server::{
    Authenticated, Config, Error, Grant, ProvenVault, Symbolon,
    clock::FakeClock,
    shared::cookies::{FINGERPRINT_COOKIE, REFRESH_COOKIE, RENDERED_COOKIE, VAULT_COOKIE},
    store::{Memory, Store},
};
use tokio::runtime::{Builder, Runtime};
use tower::ServiceExt;

use crate::{NOW, ORIGIN, cookies, genuine, genuine::signing_keys};

/// The limit on a body, in bytes. Every answer is shorter, the bootstrap with the vault's script included.
const LONGEST_ANSWER: usize = 1 << 20;

/// A server, and the single-threaded runtime that it runs on.
pub struct World {
    /// The server's API for the application.
    pub symbolon: Symbolon,
    router: Router,
    runtime: Runtime,
}

#[derive(Clone, FromRef)]
struct App {
    symbolon: Symbolon,
}

impl Default for World {
    fn default() -> Self {
        let runtime = Builder::new_current_thread().enable_time().build().expect("it works in memory");
        let symbolon = runtime.block_on(async {
            let store = Memory::default();
            store.insert(&genuine().session, None).await.expect("it works in memory");
            let config = Config::new(ORIGIN).expect("it is an origin");
            let builder = Symbolon::builder(config, signing_keys(), store).clock(FakeClock::at(NOW));
            builder.start().await.expect("it works in memory")
        });
        Self { router: router(&symbolon), symbolon, runtime }
    }
}

impl World {
    /// Authenticates a request by its token and its headers.
    ///
    /// # Errors
    /// The errors of [`Symbolon::authenticate`].
    pub fn authenticate(&self, token: &str, headers: &HeaderMap) -> Result<Authenticated, Error> {
        self.runtime.block_on(self.symbolon.authenticate(token, headers))
    }

    /// Returns the answer to a request, with its whole body.
    #[must_use]
    pub fn answer(&self, request: Request<Body>) -> (Response, Bytes) {
        self.runtime.block_on(async {
            let answer = self.router.clone().oneshot(request).await;
            let (parts, body) = answer.expect("a router always answers").into_parts();
            let body = to_bytes(body, LONGEST_ANSWER).await.expect("it is in memory");
            (Response::from_parts(parts, Body::empty()), body)
        })
    }

    /// Panics with instructions if the vault is not built, so that this is not reported as a finding.
    pub fn must_have_a_vault(&self) {
        let request = Request::get("/auth/vault.js").header("sec-fetch-dest", "worker");
        let request = request.header("sec-fetch-mode", "same-origin").header("sec-fetch-site", "same-origin");
        let status = self.answer(request.body(Body::empty()).expect("it is a request")).0.status();
        assert_eq!(status, StatusCode::OK, "the vault is not built: run `cargo xtask build`");
    }
}

fn router(symbolon: &Symbolon) -> Router {
    let api = Router::new().route("/me", get(me).post(me)).route("/echo", get(echo));
    Router::new()
        .route("/public", get(|| async { "anybody" }))
        .nest("/auth", symbolon.routes(post(sign_in)))
        .nest("/api", symbolon.protect(api))
        .layer(symbolon.security_headers())
        .with_state(App { symbolon: symbolon.clone() })
}

async fn sign_in(
    State(symbolon): State<Symbolon>,
    vault: ProvenVault,
    Json(form): Json<Value>,
) -> Result<Grant, Error> {
    if form["password"] == "open sesame" {
        symbolon.sign_in(7, vault).await
    } else {
        Err(Error::BadCredentials)
    }
}

async fn me(who: Authenticated) -> String {
    who.subject().to_owned()
}

/// Checks that a handler behind the gate sees neither the token nor a cookie of ours.
async fn echo(headers: HeaderMap) -> String {
    assert!(!headers.contains_key(AUTHORIZATION), "a handler sees the token");
    for name in [FINGERPRINT_COOKIE, REFRESH_COOKIE, VAULT_COOKIE, RENDERED_COOKIE] {
        assert!(cookies(&headers, name).is_empty(), "a handler sees {name}");
    }
    format!("{headers:?}")
}
