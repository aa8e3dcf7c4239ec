//! The demo: a notebook behind a sign-in, as an application with Symbolon would be written.

mod api;
mod database;
mod pages;

use std::path::Path;

use anyhow::Result;
use axum::{
    Router,
    extract::FromRef,
    routing::{get, post},
};
use symbolon_server::{Config, SigningKeys, Symbolon, store::Sqlite};
use tower_http::trace::{DefaultMakeSpan, TraceLayer};
use tracing::Level;

use crate::database::Database;
pub use crate::database::{DEMO_PASSWORD, DEMO_USERS};

#[derive(Clone, FromRef)]
struct App {
    symbolon: Symbolon,
    database: Database,
}

/// The whole application, and its sessions. Sessions, users and notes share the file `store`.
///
/// # Errors
/// When the file cannot be used, or a setting cannot work.
pub async fn app(config: Config, keys: SigningKeys, store: &Path) -> Result<(Router, Symbolon)> {
    let symbolon = Symbolon::new(config, keys, Sqlite::open(store).await?).await?;
    let database = Database::open(store).await?;
    let api = Router::new().route("/me", get(api::me)).route("/notes", get(api::notes).post(api::add_note));
    let app = Router::new()
        .merge(pages::routes())
        .nest("/auth", symbolon.routes(post(api::sign_in)))
        .nest("/api", symbolon.protect(api))
        .layer(TraceLayer::new_for_http().make_span_with(spans()))
        .layer(symbolon.security_headers())
        .with_state(App { symbolon: symbolon.clone(), database });
    Ok((app, symbolon))
}

/// Every request with all its headers, for who asks for `RUST_LOG=trace`. The secret ones show as `Sensitive`, because
/// the layer around this one has marked them.
fn spans() -> DefaultMakeSpan {
    DefaultMakeSpan::new().level(Level::TRACE).include_headers(true)
}
