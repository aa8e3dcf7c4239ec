//! The demo: a small bank behind a sign-in, written as an application with Symbolon would be, and its attack lab.

mod accounts;
mod admin;
mod database;
mod demo_data;
mod error;
mod guest_book;
mod lab;
mod password;
mod people;
mod session_limits;
mod sessions;
mod sign_in;
mod static_files;
mod ticker;
pub mod tls;
mod transfers;

use std::path::Path;

use anyhow::Result;
use axum::{
    Router,
    extract::FromRef,
    routing::{delete, get, post, put},
};
use symbolon_server::{
    Config, Error, SigningKeys, Symbolon,
    error::{Reason, StoreError},
    shared::subject::Subject,
    store::Sqlite,
};
use tower_http::trace::{DefaultMakeSpan, TraceLayer};
use tracing::Level;

use crate::{database::Database, people::Access};
pub use crate::{demo_data::DEMO_PASSWORD, lab::Lab};

/// The state that handlers take parts of.
#[derive(Clone, FromRef)]
struct App {
    symbolon: Symbolon,
    database: Database,
}

/// Returns the router of the application, and the `Symbolon` that keeps its sessions. Sessions and the bank share the
/// SQLite file `store`. With a `lab`, the bank also serves what the lab needs to attack it.
///
/// # Errors
/// If the file cannot be opened, or the configuration is invalid.
pub async fn app(
    config: Config,
    keys: SigningKeys,
    store: &Path,
    lab: Option<&Lab>,
) -> Result<(Router, Symbolon)> {
    let database = Database::open(store).await?;
    let claims = {
        let database = database.clone();
        move |person| claims_of(database.clone(), person)
    };
    let symbolon = Symbolon::builder(config, keys, Sqlite::open(store).await?).claims(claims).start().await?;
    let api = Router::new()
        .route("/me", get(people::me))
        .route("/money", get(accounts::money))
        .route("/transfers", post(transfers::transfer))
        .route("/notes", get(guest_book::comments).post(guest_book::add_comment))
        .route("/sessions", get(sessions::list))
        .route("/sessions/others", delete(sessions::end_others))
        .route("/sessions/{id}", delete(sessions::end))
        .route("/people", get(admin::people))
        .route("/people/{id}/role", put(admin::change_role))
        .route("/ticker", get(ticker::ticker));
    let app = Router::new()
        .merge(static_files::routes())
        .nest("/auth", symbolon.routes(post(sign_in::sign_in)))
        .nest("/api", symbolon.protect(api))
        .merge(lab.map(|lab| lab.bank(&symbolon, database.clone())).unwrap_or_default())
        .layer(TraceLayer::new_for_http().make_span_with(spans()))
        .layer(symbolon.security_headers())
        .with_state(App { symbolon: symbolon.clone(), database });
    Ok((app, symbolon))
}

/// Returns the claims for a person's token. Symbolon calls this at every sign-in and refresh.
async fn claims_of(database: Database, person: Subject) -> Result<Access, Error> {
    match database.access_of(person.as_str()).await {
        Ok(access) => access.ok_or(Reason::AccountClosed.into()),
        Err(error) => Err(StoreError::new(error).into()),
    }
}

/// Logs every request with its headers at the level `trace`. Secret headers show as `Sensitive`: the layer of Symbolon
/// around this one marks them.
fn spans() -> DefaultMakeSpan {
    DefaultMakeSpan::new().level(Level::TRACE).include_headers(true)
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, StatusCode, header::CONTENT_TYPE};
    use symbolon_server::lint;

    use super::*;

    ///
    #[tokio::test]
    async fn no_route_of_the_demo_changes_anything_for_a_cookie_alone() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new("http://localhost:3000").unwrap();
        let keys = SigningKeys::generate().unwrap();
        let (app, _symbolon) = super::app(config, keys, &folder.path().join("demo.db"), None).await.unwrap();
        let paths = [
            "/",
            "/api/me",
            "/api/money",
            "/api/transfers",
            "/api/notes",
            "/api/sessions",
            "/api/sessions/others",
            "/api/sessions/AAAAAAAAAAAAAAAAAAAAAA",
            "/api/people",
            "/api/people/1/role",
            "/api/ticker",
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
