//! Who there is, how they sign in, and what they may do.

use anyhow::{Result, anyhow};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use axum::{Json, extract::State};
use rusqlite::{
    OptionalExtension,
    types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef},
};
use serde::{Deserialize, Serialize};
use symbolon_server::{Authenticated, Error, Grant, ProvenVault, SignIn, Symbolon};
use tokio::task::spawn_blocking;

use crate::{database::Database, failure::Failure};

/// What somebody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    Customer,
    Admin,
}

/// What every token says of its person.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Access {
    pub(crate) role: Role,
}

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
    let person = database.check_password(name, password).await?.ok_or(Error::BadCredentials)?;
    Ok(symbolon.sign_in(SignIn::of(person).methods(["pwd"]), vault).await?)
}

#[derive(Serialize)]
pub(crate) struct Me {
    name: String,
    role: Role,
}

pub(crate) async fn me(
    State(database): State<Database>,
    who: Authenticated<Access>,
) -> Result<Json<Me>, Failure> {
    let name = database.name_of(who.subject()).await?;
    Ok(Json(Me { name, role: who.claims().role }))
}

impl Database {
    /// The id of the person with this name and password.
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
            Some((id, hash)) => {
                let hash = PasswordHash::new(&hash).map_err(|error| anyhow!("a password hash: {error}"))?;
                Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok().then_some(id))
            }
            // The same work for a name that does not exist, so that the time does not tell which do.
            None => hash(&password).map(|_| None),
        })
        .await?
    }

    async fn name_of(&self, person: &str) -> Result<String> {
        let person = person.to_owned();
        self.read(move |connection| {
            connection.query_row("select name from demo_person where id = ?", [person], |row| row.get(0))
        })
        .await
    }

    /// What a token is to say; `None` when there is no such person.
    pub(crate) async fn access_of(&self, person: &str) -> Result<Option<Access>> {
        let person = person.to_owned();
        self.read(move |connection| {
            connection
                .query_row("select role from demo_person where id = ?", [person], |row| row.get(0))
                .map(|role| Access { role })
                .optional()
        })
        .await
    }
}

pub(crate) fn hash(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| anyhow!("hashing a password: {error}"))?.to_string())
}

impl FromSql for Role {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "customer" => Ok(Self::Customer),
            "admin" => Ok(Self::Admin),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

impl ToSql for Role {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self {
            Self::Customer => "customer",
            Self::Admin => "admin",
        }
        .into())
    }
}
