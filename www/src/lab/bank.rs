//! What the bank serves while the lab is on: its own page with the attacker's script in it, and what a careless handler
//! would say.

use axum::{
    Router,
    extract::Query,
    http::HeaderName,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use symbolon_server::Symbolon;

use super::{
    Lab,
    files::{self, Script},
    run::NOTE,
    victim::Victim,
};
use crate::{database::Database, pages};

/// An application that says nothing of what its page may do.
const NO_POLICY: (HeaderName, &str) = (HeaderName::from_static("content-security-policy"), "");

impl Lab {
    pub(crate) fn bank<S: Clone + Send + Sync + 'static>(
        &self,
        symbolon: &Symbolon,
        database: Database,
    ) -> Router<S> {
        // Set once: a bank has one database.
        let _ = self.0.database.set(database);
        let desk = self.address();
        let careless = Router::new()
            .route("/echo", get(files::echo))
            .route("/redirect", get(files::redirect).post(files::redirect));
        Router::new()
            .route("/lab", get(async move || Redirect::to(&desk)))
            .route("/lab/bank", get(page))
            .route("/lab/bank-without-policy", get(page_without_policy))
            .nest("/lab/api", symbolon.protect(careless))
            .merge(self.planted())
    }

    /// Whether this note stands in the victim's guest book: then its server has done what the attacker wanted.
    pub(super) async fn has_written(&self, victim: Victim, note: &str) -> bool {
        if let Some(weak) = self.weak(victim) {
            return weak.notes().iter().any(|written| written.html == note);
        }
        match self.0.database.get() {
            Some(database) => database.has_comment(note).await.unwrap_or(false),
            None => false,
        }
    }

    /// Takes what the lab has written out of a guest book, but for what shows that an attack was not stopped.
    pub(super) async fn tidy(&self, victim: Victim, kept: &str) {
        if let Some(weak) = self.weak(victim) {
            weak.forget(|note| note.html.starts_with(NOTE) && note.html != kept);
        } else if let Some(database) = self.0.database.get()
            && let Err(error) = database.forget_comments(NOTE, kept).await
        {
            tracing::warn!(%error, "the lab's comments are still there");
        }
    }
}

async fn page(Query(script): Query<Script>) -> Html<String> {
    Html(script.put_into(pages::INDEX))
}

async fn page_without_policy(script: Query<Script>) -> Response {
    ([NO_POLICY], page(script).await).into_response()
}
