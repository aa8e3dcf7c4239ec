//! What the bank serves only while the lab is on: its page with the injected script in it, and careless handlers.

use axum::{
    Router,
    extract::Query,
    http::HeaderName,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use symbolon_server::Symbolon;

use super::{Lab, careless, matrix_run::NOTE, purpose::Purpose, victim_app::VictimApp};
use crate::{database::Database, static_files};

/// An empty policy, as of an application that sends none.
const NO_POLICY: (HeaderName, &str) = (HeaderName::from_static("content-security-policy"), "");

impl Lab {
    /// Returns the routes that the bank serves for the lab.
    pub(crate) fn bank<S: Clone + Send + Sync + 'static>(
        &self,
        symbolon: &Symbolon,
        database: Database,
    ) -> Router<S> {
        // A bank has one database, so a second value does not come.
        let _ = self.0.database.set(database);
        let lab = self.address();
        let careless = Router::new()
            .route("/echo", get(careless::echo))
            .route("/redirect", get(careless::redirect).post(careless::redirect));
        Router::new()
            .route("/lab", get(async move || Redirect::to(&lab)))
            .route("/lab/bank", get(page))
            .route("/lab/bank-without-policy", get(page_without_policy))
            .nest("/lab/api", symbolon.protect(careless))
            .merge(self.injected_routes())
    }

    /// Returns whether this note is in the application's guest book. If so, its server did what the attacker wanted.
    pub(super) async fn has_note(&self, app: VictimApp, note: &str) -> bool {
        if let Some(weak_app) = self.weak_app(app) {
            return weak_app.notes().iter().any(|written| written.html == note);
        }
        match self.0.database.get() {
            Some(database) => database.has_comment(note).await.unwrap_or(false),
            None => false,
        }
    }

    /// Deletes the lab's notes from a guest book, except `kept`, which shows that an attack was not stopped.
    pub(super) async fn delete_notes(&self, app: VictimApp, kept: &str) {
        if let Some(weak_app) = self.weak_app(app) {
            weak_app.delete_notes(|note| note.html.starts_with(NOTE) && note.html != kept);
        } else if let Some(database) = self.0.database.get()
            && let Err(error) = database.delete_comments(NOTE, kept).await
        {
            tracing::warn!(%error, "the comments of the attack lab could not be deleted from the guest book");
        }
    }
}

async fn page(Query(purpose): Query<Purpose>) -> Html<String> {
    Html(purpose.inject_into(static_files::INDEX))
}

async fn page_without_policy(purpose: Query<Purpose>) -> Response {
    ([NO_POLICY], page(purpose).await).into_response()
}
