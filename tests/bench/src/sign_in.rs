//! The sign-in handler of the measured applications.

use axum::{Json, extract::State};
use serde_json::Value;
use symbolon_server::{Error, Grant, ProvenVault, Symbolon};

/// Signs in anybody who gives a name, since passwords are not measured.
///
/// # Errors
/// Returns [`Error::BadCredentials`] without a name, or the error of [`Symbolon::sign_in`].
pub async fn sign_in(
    State(symbolon): State<Symbolon>,
    vault: ProvenVault,
    Json(form): Json<Value>,
) -> Result<Grant, Error> {
    symbolon.sign_in(form["name"].as_str().ok_or(Error::BadCredentials)?, vault).await
}
