//! An admin lists a user's sessions, and ends one or all of them.
//!
//! ```sh
//! cargo run --example sessions_admin
//! curl -i http://localhost:3000/api/users/ann/sessions # 401: there is no token
//! ```
//!
//! The admin is `root`; any other name is a user. Everybody's password is `open sesame`.

use std::{env, error::Error as StdError, time::Duration};

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    routing::{delete, get, post},
};
use serde::{Deserialize, Serialize};
use symbolon_server::{
    Authenticated, Config, Error, Grant, ProvenVault, SessionId, SigningKeys, Symbolon, serve, store::Memory,
};
use tokio::net::TcpListener;

/// A session as the admin sees it. Times are in seconds since 1970.
#[derive(Serialize)]
struct Row {
    id: SessionId,
    browser: String,
    signed_in_at: u64,
    last_seen_at: u64,
}

#[derive(Deserialize)]
struct SignIn {
    name: String,
    password: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn StdError>> {
    let address = env::var("SYMBOLON_ADDR").unwrap_or_else(|_| "127.0.0.1:3000".into());
    let origin = env::var("SYMBOLON_ORIGIN").unwrap_or_else(|_| "http://localhost:3000".into());
    let symbolon = Symbolon::new(Config::new(&origin)?, SigningKeys::generate()?, Memory::default()).await?;

    let api = Router::new()
        .route("/me", get(async |who: Authenticated| who.subject().to_owned()))
        .route("/users/{user}/sessions", get(list).delete(end_all))
        .route("/users/{user}/sessions/{session}", delete(end_one));
    let app = Router::new()
        .nest("/auth", symbolon.routes(post(sign_in)))
        .nest("/api", symbolon.protect(api))
        .layer(symbolon.security_headers())
        .with_state(symbolon);
    Ok(serve(TcpListener::bind(address).await?, app, std::future::pending()).await?)
}

/// Requires the admin, signed in within the last 15 minutes: an unlocked computer is not enough.
fn require_admin(who: &Authenticated) -> Result<(), Error> {
    if who.subject() == "root" { who.require_recent(Duration::from_mins(15)) } else { Err(Error::Forbidden) }
}

type User = Path<String>;

async fn list(
    State(symbolon): State<Symbolon>,
    who: Authenticated,
    Path(user): User,
) -> Result<Json<Vec<Row>>, Error> {
    require_admin(&who)?;
    let rows = symbolon.sessions(user).await?.into_iter().map(|session| Row {
        id: session.id,
        browser: session.browser,
        signed_in_at: session.authenticated_at.0,
        last_seen_at: session.last_seen_at.0,
    });
    Ok(Json(rows.collect()))
}

/// Ends one session. Its next request is answered 401, and its page asks for a sign-in.
async fn end_one(
    State(symbolon): State<Symbolon>,
    who: Authenticated,
    Path((user, session)): Path<(String, String)>,
) -> Result<StatusCode, Error> {
    require_admin(&who)?;
    let sessions = symbolon.sessions(user).await?;
    match sessions.iter().find(|other| other.id.to_text() == session) {
        Some(session) => symbolon.revoke(&session.id).await.map(|()| StatusCode::NO_CONTENT),
        None => Ok(StatusCode::NOT_FOUND),
    }
}

/// Ends all sessions of a user, such as after an account was taken over.
async fn end_all(
    State(symbolon): State<Symbolon>,
    who: Authenticated,
    Path(user): User,
) -> Result<StatusCode, Error> {
    require_admin(&who)?;
    symbolon.revoke_all(user).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn sign_in(
    State(symbolon): State<Symbolon>,
    vault: ProvenVault,
    Json(form): Json<SignIn>,
) -> Result<Grant, Error> {
    if form.password == "open sesame" {
        symbolon.sign_in(form.name, vault).await
    } else {
        Err(Error::BadCredentials)
    }
}
