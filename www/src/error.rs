//! The error of the demo's handlers, and the answer that each one becomes.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use symbolon_server::Error;

/// Why a handler did not do what it was asked.
#[derive(Debug)]
pub(crate) enum AppError {
    /// The database failed: 503. The cause is in the log and not in the answer.
    Database(anyhow::Error),
    /// The thing does not exist, or belongs to somebody else: 404.
    NotFound,
    /// The request breaks a rule of the bank: 422, with this sentence for the person.
    Rejected(&'static str),
    /// Symbolon refused the request, and answers for itself.
    Symbolon(Error),
}

impl From<anyhow::Error> for AppError {
    fn from(error: anyhow::Error) -> Self {
        Self::Database(error)
    }
}

impl From<rusqlite::Error> for AppError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.into())
    }
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        Self::Symbolon(error)
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::Symbolon(error) => error.into_response(),
            Self::NotFound => StatusCode::NOT_FOUND.into_response(),
            Self::Rejected(why) => (StatusCode::UNPROCESSABLE_ENTITY, why).into_response(),
            Self::Database(error) => {
                tracing::error!(%error, "the database of the demo failed: check the file given as --store");
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }
}
