//! A person's name and role. The role is a claim in every token.

use anyhow::Result;
use axum::{Json, extract::State};
use rusqlite::{
    OptionalExtension,
    types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef},
};
use serde::{Deserialize, Serialize};
use symbolon_server::Authenticated;

use crate::{database::Database, error::AppError};

/// What a person may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Role {
    /// Uses the bank.
    Customer,
    /// Uses the bank, and changes the roles of others.
    Admin,
}

/// The application's claims in every token.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Access {
    pub(crate) role: Role,
}

#[derive(Serialize)]
pub(crate) struct Me {
    name: String,
    role: Role,
}

/// Answers `GET /api/me`.
pub(crate) async fn me(
    State(database): State<Database>,
    who: Authenticated<Access>,
) -> Result<Json<Me>, AppError> {
    let name = database.name_of(who.subject()).await?;
    Ok(Json(Me { name, role: who.claims().role }))
}

impl Database {
    async fn name_of(&self, person: &str) -> Result<String> {
        let person = person.to_owned();
        self.read(move |connection| {
            connection.query_row("select name from demo_person where id = ?", [person], |row| row.get(0))
        })
        .await
    }

    /// Returns the claims for a person's next token, or `None` if there is no such person.
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
