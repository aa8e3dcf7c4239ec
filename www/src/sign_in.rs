//! The sign-in: checks name and password, and begins a session.

use anyhow::Result;
use axum::{Json, extract::State};
use rusqlite::OptionalExtension;
use serde::Deserialize;
use symbolon_server::{Error, Grant, ProvenVault, SignIn, Symbolon};
use tokio::task::spawn_blocking;

use crate::{database::Database, error::AppError, password};

#[derive(Deserialize)]
pub(crate) struct Credentials {
    name: String,
    password: String,
}

/// Answers `POST /auth/sign-in`.
pub(crate) async fn sign_in(
    State(symbolon): State<Symbolon>,
    State(database): State<Database>,
    vault: ProvenVault,
    Json(Credentials { name, password }): Json<Credentials>,
) -> Result<Grant, AppError> {
    let person = database.check_password(name, password).await?.ok_or(Error::BadCredentials)?;
    Ok(symbolon.sign_in(SignIn::of(person).methods(["pwd"]), vault).await?)
}

impl Database {
    /// Returns the id of the person with this name and password.
    async fn check_password(&self, name: String, password: String) -> Result<Option<i64>> {
        let found: Option<(i64, String)> = self
            .read(move |connection| {
                connection
                    .query_row("select id, password_hash from demo_person where name = ?", [name], |row| {
                        Ok((row.get(0)?, row.get(1)?))
                    })
                    .optional()
            })
            .await?;
        spawn_blocking(move || match found {
            Some((id, hash)) => Ok(password::verify(&password, &hash)?.then_some(id)),
            // An unknown name costs the work of a known one, so the time does not tell which names exist.
            None => password::hash(&password).map(|_| None),
        })
        .await?
    }
}
