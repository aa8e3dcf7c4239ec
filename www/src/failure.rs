//! What a handler may fail with.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use symbolon_server::Error;

/// What Symbolon says, what the bank says to the person, or a fault of the database.
#[derive(Debug)]
pub(crate) enum Failure {
    Database(anyhow::Error),
    /// There is no such thing, or it is not theirs to see.
    NotFound,
    /// In words for the person.
    Refused(&'static str),
    Symbolon(Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Database(error)
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
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
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::Refused(why) => (StatusCode::UNPROCESSABLE_ENTITY, why).into_response(),
            Self::Database(error) => {
                tracing::error!(%error, "the database cannot answer");
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }
}
