//! Browser sessions for single-page apps, for [axum] and anything else on tower or hyper.
//!
//! Symbolon splits a session in two. A *fingerprint cookie* is `HttpOnly`, so no script can read it. An access token, a
//! JWT that lives for minutes, carries the SHA-256 of that cookie. The token stays in the *vault*: a WebAssembly module
//! in a worker, which this crate serves and which sends the requests itself. A request needs both, so a stolen token is
//! useless. Every session is a record that the server can end at any time.
//!
//! [axum]: https://docs.rs/axum
//!
//! # A complete server
//!
//! The application checks the password; returning a [`Grant`] signs the user in.
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
//!     let config = Config::new("https://app.example")?; // the origin in the browser's address bar
//!     let symbolon = Symbolon::new(config, keys, Memory::default()).await?;
//!     let api = Router::new().route("/me", get(me));
//!     Ok(Router::new()
//!         .nest("/auth", symbolon.routes(post(sign_in))) // refresh, sign-out, the vault, and your sign-in
//!         .nest("/api", symbolon.protect(api)) // refuses every request without a live session
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
//! [`store::Sqlite`] keeps sessions across restarts, [`SigningKeys::from_env`] reads keys that `symbolon-keygen` made, and
//! [`serve()`] serves with time and size limits. The crate's `examples` folder has programs to run: `minimal`, `roles`,
//! `sessions_admin` and `without_axum`. In the browser, the npm package `symbolon` starts the vault and sends requests
//! through it.
//!
//! # End sessions and change permissions
//!
//! Each call is effective on the next request. Other processes on the same store follow within
//! [`config::FEED_INTERVAL`] (100 ms), beyond the time of the store.
//!
//! ```
//! # use symbolon_server::*;
//! # async fn tour(symbolon: Symbolon, who: Authenticated) -> Result<(), Error> {
//! symbolon.permissions_changed(42).await?; // refuses the user's old tokens; their vaults renew
//! symbolon.revoke_others(&who).await?; //     after a password change
//! symbolon.revoke_all(42).await?; //          an account is closed or recovered
//! for session in symbolon.sessions(42).await? {
//!     symbolon.revoke(&session.id).await?; // one device
//! }
//! # Ok(()) }
//! ```
//!
//! # Claims, events and risk
//!
//! [`Symbolon::builder`] takes three hooks: [`claims`](symbolon::Builder::claims) adds the application's data to tokens,
//! [`on_event`](symbolon::Builder::on_event) receives [security events](event), and
//! [`assess`](symbolon::Builder::assess) decides about suspicious refreshes.
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
//!     who.require_recent(std::time::Duration::from_mins(5))?; // otherwise 401: the user must sign in again
//!     if who.claims().role == "editor" { Ok(()) } else { Err(Error::Forbidden) }
//! }
//! # Ok(()) }
//! ```
//!
//! # Features
//!
//! | feature | default | adds |
//! | --- | --- | --- |
//! | `axum` | yes | [`Symbolon::routes`] and [`Symbolon::protect`], the extractors, responses for axum, and [`serve()`] |
//! | `sqlite` | yes | [`store::Sqlite`], the embedded store |
//! | `test-util` | no | [`clock::FakeClock`], the contract test [`store::conformance`], and the CSRF check [`lint`] (with `axum`) |
//!
//! # What to read
//!
//! | you want to | read |
//! | --- | --- |
//! | know who sends a request, and their role | [`Authenticated`] |
//! | choose lifetimes, limits and origins | [`Config`] |
//! | make, rotate and revoke keys | [`keys`] |
//! | sign in with a second factor, or name the device | [`SignIn`] |
//! | list and end sessions | [`Symbolon::sessions`], [`Symbolon::revoke`], [`Symbolon::revoke_all`] |
//! | end a stream when its session ends | [`Symbolon::session_ended`] |
//! | serve pages that the server renders | [`Symbolon::protect_rendered`], [`Symbolon::sign_in_rendered`] |
//! | use tower or hyper without axum | [`Symbolon::gate`], [`Symbolon::auth_layer`], [`Symbolon::answer`], [`Symbolon::prove_vault`] |
//! | set the content security policy | [`Symbolon::security_headers`] |
//! | find out why a request was refused | [`error::Reason`] |
//! | alert on attacks | [`event`] |
//! | write a store | [`store`] |
//! | review how a token is verified | [`verify`] |

#![cfg_attr(docsrs, feature(doc_cfg))]

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
mod origin;
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
mod user_agent;
mod vault_proof;
pub mod verify;
mod web;

/// The attribute macro for implementations of [`store::Store`], from the crate `async-trait`.
pub use async_trait::async_trait;
pub use symbolon_shared::{self as shared, id::SessionId, subject::Subject, time::UnixTime};

#[cfg(feature = "axum")]
pub use crate::router::{GRACE, HEAD_DEADLINE, serve};
pub use crate::{
    config::Config,
    error::Error,
    event::Event,
    grant::Grant,
    keys::SigningKeys,
    session::Session,
    sign_in::{Authentication, SignIn},
    symbolon::{Builder, RenderedCookie, SameOriginForm, Symbolon},
    vault_proof::ProvenVault,
    verify::Authenticated,
    web::{
        admission::MAX_HEADERS,
        auth::{AUTH_DEADLINE, Auth, AuthFuture, AuthLayer},
        client_address::Peer,
        csp::PolicyError,
        gate::{Gate, GateFuture, GateLayer},
        headers::{SecurityHeaders, SecurityHeadersFuture, SecurityHeadersLayer},
        rendered::{RenderedGate, RenderedGateFuture, RenderedGateLayer},
    },
};
