//! All that a simple application needs. Keys are made by `symbolon-keygen`:
//!
//! ```sh
//! SYMBOLON_KEYS=$(symbolon-keygen) cargo run --example minimal
//! ```

use std::error::Error as StdError;

use axum::{
    Json, Router,
    extract::{FromRef, State},
    routing::{get, post},
};
use symbolon_server::{
    Authenticated, Config, Error, Grant, ProvenVault, SigningKeys, Symbolon, serve, store::Sqlite,
};
use tokio::net::TcpListener;

#[derive(Clone, FromRef)]
struct App {
    symbolon: Symbolon,
}

#[derive(serde::Deserialize)]
struct SignIn {
    name: String,
    password: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let config = Config::new("http://localhost:3000")?; // the address bar's origin (with a dev server, its own); cookies and policies follow
    let keys = SigningKeys::from_env("SYMBOLON_KEYS")?; // made by `symbolon-keygen`; rotated while you serve
    let symbolon = Symbolon::new(config, keys, Sqlite::open("sessions.db").await?).await?;

    let app = Router::new()
        .nest("/auth", symbolon.routes(post(sign_in))) // sign-in is yours; refresh, sign-out and the vault are not
        .nest("/api", symbolon.protect(Router::new().route("/me", get(me)))) // nobody gets in without both halves
        .layer(symbolon.security_headers())
        .with_state(App { symbolon: symbolon.clone() });

    let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    serve(TcpListener::bind("127.0.0.1:3000").await?, app, stop).await?;
    Ok(symbolon.close().await?)
}

async fn sign_in(
    State(app): State<App>,
    vault: ProvenVault,
    Json(form): Json<SignIn>,
) -> Result<Grant, Error> {
    let user = check_password(&form).await.ok_or(Error::BadCredentials)?;
    app.symbolon.sign_in(user, vault).await
}

async fn me(who: Authenticated) -> String {
    format!("hello, {}", who.subject())
}

/// Yours: look the name up, and compare the password with its hash.
#[expect(clippy::unused_async, reason = "yours waits for a database")]
async fn check_password(form: &SignIn) -> Option<u32> {
    (form.name == "ann" && form.password == "open sesame").then_some(7)
}
