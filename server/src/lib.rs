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
//!
//! # What else there is
//!
//! Sessions end at once, for whatever reason, and permissions change as soon:
//!
//! ```
//! # use symbolon_server::*;
//! # async fn tour(symbolon: Symbolon, who: Authenticated) -> Result<(), Error> {
//! symbolon.permissions_changed(42).await?; // their next request is refused as out of date, and their vault renews
//! symbolon.revoke_others(&who).await?; //     after a password has changed
//! symbolon.revoke_all(42).await?; //          an account is closed, or recovered
//! for session in symbolon.sessions(42).await? {
//!     symbolon.revoke(&session.id).await?; // one device
//! }
//! # Ok(()) }
//! ```
//!
//! What a token says, who hears of what happens, and who judges risks:
//!
//! ```
//! # use symbolon_server::{*, event::{Severity, Verdict}, error::Reason, shared::subject::Subject, store::Memory};
//! # #[derive(serde::Serialize, serde::Deserialize)] struct Access { role: String }
//! # async fn role_of(subject: Subject) -> Option<String> { None }
//! # async fn tour(config: Config, keys: SigningKeys) -> Result<(), Error> {
//! let symbolon = Symbolon::builder(config, keys, Memory::default())
//!     .claims(async |subject| role_of(subject).await.map(|role| Access { role }).ok_or(Reason::AccountClosed.into()))
//!     .on_event(|event| if event.severity() == Severity::High { eprintln!("{}", event.name()) })
//!     .assess(async |refresh| if refresh.browser_now == refresh.browser_then { Verdict::Allow } else { Verdict::StepUp })
//!     .start()
//!     .await?;
//!
//! async fn edit(who: Authenticated<Access>) -> Result<(), Error> {
//!     who.require_recent(std::time::Duration::from_mins(5))?; // or the client is told to have them sign in again
//!     if who.claims().role == "editor" { Ok(()) } else { Err(Error::Forbidden) }
//! }
//! # Ok(()) }
//! ```
//!
//! Pages that a server renders have both halves in one cookie: [`Symbolon::protect_rendered`], [`Symbolon::sign_in_rendered`].
//! Without axum (feature `axum` off) the same is there as tower layers over the crate `http`'s types and as functions:
//! [`Symbolon::gate`], [`Symbolon::authenticate_request`], [`Symbolon::answer`], [`Symbolon::prove_vault`]. Sessions live in a
//! [`store`]. With the feature `test-util` there are tests for a store of your own, and a linter for your routes.

pub mod clock;
pub mod config;
mod cookie;
pub mod error;
pub mod event;
pub mod grant;
mod identity;
pub mod keys;
mod last_seen;
#[cfg(all(feature = "axum", any(test, feature = "test-util")))]
pub mod lint;
mod live;
mod random;
mod rate_limit;
mod replay;
#[cfg(feature = "axum")]
mod router;
mod seal;
pub mod session;
mod sign_in;
pub mod store;
pub mod symbolon;
mod token;
mod vault_proof;
pub mod verify;
mod web;

#[cfg(feature = "axum")]
pub use crate::router::{GRACE, HEAD_DEADLINE, serve};
pub use crate::{
    config::Config,
    error::Error,
    event::Event,
    grant::Grant,
    keys::SigningKeys,
    sign_in::{Authentication, SignIn},
    symbolon::{RenderedCookie, SameOriginForm, Symbolon},
    vault_proof::ProvenVault,
    verify::Authenticated,
    web::{
        AuthLayer, GateLayer, Peer, PolicyError, RenderedGateLayer, SecurityHeaders, admission::MAX_HEADERS,
        auth::AUTH_DEADLINE,
    },
};
pub use symbolon_shared as shared;
