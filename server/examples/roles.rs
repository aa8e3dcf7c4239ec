//! Roles: a hook puts the user's role into tokens, handlers require one, and a changed role is effective at once.
//!
//! ```sh
//! cargo run --example roles
//! curl -i -X POST http://localhost:3000/api/articles # 401: there is no token
//! ```
//!
//! `root` is an admin, `ann` an editor and `ben` a reader; everybody's password is `open sesame`.

use std::{
    collections::BTreeMap,
    env,
    error::Error as StdError,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{Path, State},
    routing::{get, post, put},
};
use serde::{Deserialize, Serialize};
use symbolon_server::{
    Authenticated, Config, Error, Grant, ProvenVault, SigningKeys, Symbolon, error::Reason, serve,
    store::Memory,
};
use tokio::net::TcpListener;

/// The role of each user. A real application has a database.
static ROLES: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// The application's claims in every token.
#[derive(Serialize, Deserialize)]
struct Access {
    role: String,
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
    let users = [("root", "admin"), ("ann", "editor"), ("ben", "reader")];
    roles().extend(users.map(|(user, role)| (user.into(), role.into())));

    let symbolon = Symbolon::builder(Config::new(&origin)?, SigningKeys::generate()?, Memory::default())
        // Runs at every sign-in and refresh. For a user without a role, the account is closed.
        .claims(async |user| Ok(Access { role: role_of(user.as_str()).ok_or(Reason::AccountClosed)? }))
        .start()
        .await?;
    let api = Router::new()
        .route("/role", get(async |who: Authenticated<Access>| who.claims().role.clone()))
        .route("/articles", post(publish))
        .route("/users/{user}/role", put(set_role));
    let app = Router::new()
        .nest("/auth", symbolon.routes(post(sign_in)))
        .nest("/api", symbolon.protect(api))
        .layer(symbolon.security_headers())
        .with_state(symbolon);
    Ok(serve(TcpListener::bind(address).await?, app, std::future::pending()).await?)
}

/// Requires the role `editor`; others get 403 with the problem `forbidden`.
async fn publish(who: Authenticated<Access>) -> Result<String, Error> {
    require(&who, "editor")?;
    Ok(format!("published by {}", who.subject()))
}

/// Changes a role. The user's next request is answered `token_stale`; the vault renews the token and repeats it.
async fn set_role(
    State(symbolon): State<Symbolon>,
    who: Authenticated<Access>,
    Path(user): Path<String>,
    Json(access): Json<Access>,
) -> Result<(), Error> {
    require(&who, "admin")?;
    who.require_recent(Duration::from_mins(15))?;
    // Only a known user gets a role: an unknown name must not become an account.
    *roles().get_mut(&user).ok_or(Error::Forbidden)? = access.role;
    symbolon.permissions_changed(user).await
}

fn require(who: &Authenticated<Access>, role: &str) -> Result<(), Error> {
    if who.claims().role == role { Ok(()) } else { Err(Error::Forbidden) }
}

fn roles() -> MutexGuard<'static, BTreeMap<String, String>> {
    ROLES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn role_of(user: &str) -> Option<String> {
    roles().get(user).cloned()
}

async fn sign_in(
    State(symbolon): State<Symbolon>,
    vault: ProvenVault,
    Json(form): Json<SignIn>,
) -> Result<Grant, Error> {
    if form.password != "open sesame" || role_of(&form.name).is_none() {
        return Err(Error::BadCredentials);
    }
    symbolon.sign_in(form.name, vault).await
}
