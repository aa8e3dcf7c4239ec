//! The demo: a small bank behind a sign-in, as an application with Symbolon would be written.

mod accounts;
mod admin;
mod database;
mod failure;
mod guest_book;
mod lab;
mod pages;
mod people;
mod sessions;
mod ticker;
pub mod tls;

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

pub use crate::{database::DEMO_PASSWORD, lab::Lab};
use crate::{database::Database, people::Access};

#[derive(Clone, FromRef)]
struct App {
    symbolon: Symbolon,
    database: Database,
}

/// The whole application, and its sessions. Sessions and the bank share the file `store`. With a `lab`, the bank is one of
/// those who are attacked there.
///
/// # Errors
/// When the file cannot be used, or a setting cannot work.
pub async fn app(
    config: Config,
    keys: SigningKeys,
    store: &Path,
    lab: Option<&Lab>,
) -> Result<(Router, Symbolon)> {
    let database = Database::open(store).await?;
    let access = {
        let database = database.clone();
        move |person| access_of(database.clone(), person)
    };
    let symbolon = Symbolon::builder(config, keys, Sqlite::open(store).await?).claims(access).start().await?;
    let api = Router::new()
        .route("/me", get(people::me))
        .route("/money", get(accounts::money))
        .route("/transfers", post(accounts::transfer))
        .route("/notes", get(guest_book::comments).post(guest_book::add_comment))
        .route("/sessions", get(sessions::list))
        .route("/sessions/others", delete(sessions::end_others))
        .route("/sessions/{id}", delete(sessions::end))
        .route("/people", get(admin::people))
        .route("/people/{id}/role", put(admin::change_role))
        .route("/ticker", get(ticker::ticker));
    let app = Router::new()
        .merge(pages::routes())
        .nest("/auth", symbolon.routes(post(people::sign_in)))
        .nest("/api", symbolon.protect(api))
        .merge(lab.map(|lab| lab.bank(&symbolon, database.clone())).unwrap_or_default())
        .layer(TraceLayer::new_for_http().make_span_with(spans()))
        .layer(symbolon.security_headers())
        .with_state(App { symbolon: symbolon.clone(), database });
    Ok((app, symbolon))
}

/// What a token says of its person, asked at every sign-in and refresh.
async fn access_of(database: Database, person: Subject) -> Result<Access, Error> {
    match database.access_of(person.as_str()).await {
        Ok(access) => access.ok_or(Reason::AccountClosed.into()),
        Err(error) => Err(StoreError::new(error).into()),
    }
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
