//! How somebody signs in to the applications that are measured.

use axum::{Json, extract::State};
use serde_json::Value;
use symbolon_server::{Error, Grant, ProvenVault, Symbolon};

/// Lets in whoever gives a name: nobody measures a password.
///
/// # Errors
/// [`Error::BadCredentials`] without a name, or why there is no session.
pub async fn sign_in(
    State(symbolon): State<Symbolon>,
    vault: ProvenVault,
    Json(form): Json<Value>,
) -> Result<Grant, Error> {
    symbolon.sign_in(form["name"].as_str().ok_or(Error::BadCredentials)?, vault).await
}
