//! A complete server: sign-in, one protected route, and the vault.
//!
//! ```sh
//! SYMBOLON_KEYS=$(symbolon-keygen) cargo run --example minimal
//! curl -i http://localhost:3000/api/me # 401: there is no token
//! ```
//!
//! `SYMBOLON_ADDR` is the address to listen at, and `SYMBOLON_ORIGIN` the origin in the browser's address bar.

use std::{env, error::Error as StdError};

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
    let address = env::var("SYMBOLON_ADDR").unwrap_or_else(|_| "127.0.0.1:3000".into());
    let origin = env::var("SYMBOLON_ORIGIN").unwrap_or_else(|_| "http://localhost:3000".into());

    let config = Config::new(&origin)?; // the origin in the address bar (with a dev server, its own)
    let keys = SigningKeys::from_env("SYMBOLON_KEYS")?; // made by `symbolon-keygen`; can be rotated without a restart
    let symbolon = Symbolon::new(config, keys, Sqlite::open("sessions.db").await?).await?;

    let app = Router::new()
        .nest("/auth", symbolon.routes(post(sign_in))) // your sign-in; refresh, sign-out and the vault come with it
        .nest("/api", symbolon.protect(Router::new().route("/me", get(me)))) // requires token and cookie
        .layer(symbolon.security_headers())
        .with_state(App { symbolon: symbolon.clone() });

    let stop = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    serve(TcpListener::bind(address).await?, app, stop).await?;
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

/// Checks the password. Replace it: look the user up, and compare with the password's hash.
#[expect(clippy::unused_async, reason = "a real one waits for a database")]
async fn check_password(form: &SignIn) -> Option<u32> {
    (form.name == "ann" && form.password == "open sesame").then_some(7)
}
