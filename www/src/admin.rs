//! What an admin does: say what others may do.

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
    failure::Failure,
    people::{Access, Role},
};

#[derive(Serialize)]
pub(crate) struct Person {
    id: i64,
    name: String,
    role: Role,
}

pub(crate) async fn people(
    State(database): State<Database>,
    who: Authenticated<Access>,
) -> Result<Json<Vec<Person>>, Failure> {
    only_admins(&who)?;
    Ok(Json(database.people().await?))
}

/// The person's next request, and their open stream, learn of it: their tokens are out of date at once.
pub(crate) async fn change_role(
    State(symbolon): State<Symbolon>,
    State(database): State<Database>,
    who: Authenticated<Access>,
    Path(person): Path<i64>,
    Json(Access { role }): Json<Access>,
) -> Result<StatusCode, Failure> {
    only_admins(&who)?;
    if who.subject() == person.to_string() {
        return Err(Failure::Refused("Nobody changes their own role."));
    }
    if !database.set_role(person, role).await? {
        return Err(Failure::NotFound);
    }
    symbolon.permissions_changed(person).await?;
    Ok(StatusCode::NO_CONTENT)
}

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

    /// Whether there is such a person.
    async fn set_role(&self, person: i64, role: Role) -> anyhow::Result<bool> {
        let set = self.change(move |connection| {
            let set =
                connection.execute("update demo_person set role = ? where id = ?", params![role, person])?;
            Ok(set > 0)
        });
        set.await
    }
}
