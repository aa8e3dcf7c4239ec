//! Browser sessions in two halves, for axum.
//!
//! One half is a cookie that no script can read. The other is a token that lives for minutes, carries the cookie's
//! hash, and is kept by a WebAssembly module in a worker which this crate serves. Neither opens anything alone, and
//! every session is a record that the server can end.
//!
//! ```
//! use axum::{Json, Router, extract::{FromRef, State}, routing::{get, post}};
//! use symbolon_server::{Authenticated, Config, Error, Grant, ProvenVault, SigningKeys, Symbolon, store::Memory};
//! # #[derive(serde::Deserialize)] struct SignIn { email: String, password: String }
//! # async fn check_password(form: &SignIn) -> Option<u64> { (form.password == "open sesame").then_some(7) }
//!
//! #[derive(Clone, FromRef)]
//! struct App { symbolon: Symbolon }
//!
//! async fn app(keys: SigningKeys) -> Result<Router, Error> {
//!     let config = Config::new("https://app.example")?;
//!     let symbolon = Symbolon::new(config, keys, Memory::default()).await?;
//!     let api = Router::new().route("/me", get(me));
//!     Ok(Router::new()
//!         .nest("/auth", symbolon.routes(post(sign_in)))
//!         .nest("/api", symbolon.protect(api))
//!         .layer(symbolon.security_headers())
//!         .with_state(App { symbolon }))
//! }
//!
//! async fn sign_in(State(app): State<App>, vault: ProvenVault, Json(form): Json<SignIn>) -> Result<Grant, Error> {
//!     let user = check_password(&form).await.ok_or(Error::BadCredentials)?;
//!     app.symbolon.sign_in(user, vault).await
//! }
//!
//! async fn me(who: Authenticated) -> String { format!("hello, {}", who.subject()) }
//! ```
//!
//! The application proves who somebody is; [`Symbolon::sign_in`] makes a [`Grant`]; returning it does the rest.
//! A request passes three proofs, each a type that is made only from the one before; [`verify`] is the place to start
//! reading.

mod activity;
#[cfg(feature = "axum")]
mod axum;
pub mod clock;
pub mod config;
mod cookie;
pub mod error;
pub mod event;
mod failures;
pub mod grant;
mod http;
mod identity;
pub mod keys;
#[cfg(all(feature = "axum", any(test, feature = "test-util")))]
pub mod lint;
mod live;
mod random;
mod replay;
pub mod session;
mod sign_in;
pub mod store;
pub mod symbolon;
mod token;
mod vault_proof;
pub mod verify;

#[cfg(feature = "axum")]
pub use crate::axum::{GRACE, HEAD_DEADLINE, serve};
pub use crate::{
    config::Config,
    error::Error,
    event::Event,
    grant::Grant,
    http::{
        AuthLayer, GateLayer, PageGateLayer, Peer, PolicyError, SecurityHeaders, admission::MAX_HEADERS,
        auth::AUTH_DEADLINE,
    },
    keys::SigningKeys,
    sign_in::{Authentication, SignIn},
    symbolon::{OwnPage, PageCookie, Symbolon},
    vault_proof::ProvenVault,
    verify::Authenticated,
};
pub use symbolon_shared as shared;
