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

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
    use symbolon_server::lint;

    use super::*;

    #[tokio::test]
    async fn x_01_no_route_of_the_demo_changes_anything_for_a_cookie_alone() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new("http://localhost:3000").unwrap();
        let keys = SigningKeys::generate().unwrap();
        let (app, _symbolon) = super::app(config, keys, &folder.path().join("demo.db")).await.unwrap();
        let paths = [
            "/",
            "/api/me",
            "/api/notes",
            "/api/absent",
            "/auth/sign-in",
            "/auth/refresh",
            "/auth/sign-out",
            "/auth/sign-out-everywhere",
            "/auth/session",
            "/auth/sessions",
            "/auth/sessions/AAAAAAAAAAAAAAAAAAAAAA",
            "/auth/vault.js",
            "/auth/absent",
        ];
        assert_eq!(lint::unguarded(app, paths).await, []);

        let careless = Router::new().route("/transfer", post(async || "done"));
        let found = lint::unguarded(careless, ["/transfer"]).await;
        assert_eq!(found.len(), 1, "the control: {found:?}");
        let reads_forms = async |headers: HeaderMap| {
            let is_form = headers[CONTENT_TYPE] == "application/x-www-form-urlencoded";
            if is_form { StatusCode::OK } else { StatusCode::UNSUPPORTED_MEDIA_TYPE }
        };
        let careless = Router::new().route("/transfer", post(reads_forms));
        let found = lint::unguarded(careless, ["/transfer"]).await;
        assert_eq!(found[0].to_string(), "POST /transfer answers 200", "only a form finds it");
    }
}
