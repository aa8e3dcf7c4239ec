//! What only an admin may do: list the people, and change their roles.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use rusqlite::params;
use serde::Serialize;
use symbolon_server::{Authenticated, Error, Symbolon};

use crate::{
    database::Database,
    error::AppError,
    people::{Access, Role},
};

#[derive(Serialize)]
pub(crate) struct Person {
    id: i64,
    name: String,
    role: Role,
}

/// Answers `GET /api/people`.
pub(crate) async fn people(
    State(database): State<Database>,
    who: Authenticated<Access>,
) -> Result<Json<Vec<Person>>, AppError> {
    only_admins(&who)?;
    Ok(Json(database.people().await?))
}

/// Answers `PUT /api/people/{id}/role`. The person's tokens are stale at once: their next request renews them, and their
/// open ticker ends.
pub(crate) async fn change_role(
    State(symbolon): State<Symbolon>,
    State(database): State<Database>,
    who: Authenticated<Access>,
    Path(person): Path<i64>,
    Json(Access { role }): Json<Access>,
) -> Result<StatusCode, AppError> {
    only_admins(&who)?;
    if who.subject() == person.to_string() {
        return Err(AppError::Rejected("You cannot change your own role. Ask another admin."));
    }
    if !database.set_role(person, role).await? {
        return Err(AppError::NotFound);
    }
    symbolon.permissions_changed(person).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refuses everybody whose token does not say that they are an admin.
fn only_admins(who: &Authenticated<Access>) -> Result<(), Error> {
    if who.claims().role == Role::Admin { Ok(()) } else { Err(Error::Forbidden) }
}

impl Database {
    async fn people(&self) -> anyhow::Result<Vec<Person>> {
        self.read(|connection| {
            connection
                .prepare_cached("select id, name, role from demo_person order by name")?
                .query_map([], |row| Ok(Person { id: row.get(0)?, name: row.get(1)?, role: row.get(2)? }))?
                .collect()
        })
        .await
    }

    /// Sets a role. Returns whether there is such a person.
    async fn set_role(&self, person: i64, role: Role) -> anyhow::Result<bool> {
        let set = self.change(move |connection| {
            let set =
                connection.execute("update demo_person set role = ? where id = ?", params![role, person])?;
            Ok(set > 0)
        });
        set.await
    }
}
