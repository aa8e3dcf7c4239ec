//! The handlers. None of them sees a cookie or a token.

use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use symbolon_server::{Authenticated, Error, Grant, ProvenVault, Symbolon};

use crate::database::{Database, Note};

#[derive(Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

pub(crate) async fn sign_in(
    State(symbolon): State<Symbolon>,
    State(database): State<Database>,
    vault: ProvenVault,
    Json(Credentials { name, password }): Json<Credentials>,
) -> Result<Grant, Failure> {
    let user = database.check_password(name, password).await?.ok_or(Error::BadCredentials)?;
    Ok(symbolon.sign_in(user, vault).await?)
}

#[derive(Serialize)]
pub(crate) struct Me {
    name: String,
    /// Seconds since 1970.
    signed_in_at: u64,
}

pub(crate) async fn me(State(database): State<Database>, who: Authenticated) -> Result<Json<Me>, Failure> {
    let name = database.name_of(who.subject()).await?;
    Ok(Json(Me { name, signed_in_at: who.authenticated_at().0 }))
}

pub(crate) async fn notes(
    State(database): State<Database>,
    who: Authenticated,
) -> Result<Json<Vec<Note>>, Failure> {
    Ok(Json(database.notes_of(who.subject()).await?))
}

/// The longest note, in characters.
const MAX_NOTE: usize = 280;

#[derive(Deserialize)]
pub(crate) struct NewNote {
    text: String,
}

pub(crate) async fn add_note(
    State(database): State<Database>,
    who: Authenticated,
    Json(NewNote { text }): Json<NewNote>,
) -> Result<Response, Failure> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > MAX_NOTE {
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, "a note has 1 to 280 characters").into_response());
    }
    database.add_note(who.subject(), text).await?;
    Ok(StatusCode::CREATED.into_response())
}

/// What a handler may fail with: what Symbolon says, or a fault of the database.
pub(crate) enum Failure {
    Database(anyhow::Error),
    Symbolon(Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Database(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Symbolon(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Symbolon(error) => error.into_response(),
            Self::Database(error) => {
                tracing::error!(%error, "the database cannot answer");
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }
}
