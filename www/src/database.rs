//! Users and notes.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Result, anyhow};
use argon2::{
    Argon2,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use tokio::task::spawn_blocking;

/// Who can sign in to the demo.
pub const DEMO_USERS: [&str; 2] = ["ann", "ben"];
/// And how.
pub const DEMO_PASSWORD: &str = "open sesame";

#[derive(Clone)]
pub(crate) struct Database(Arc<Mutex<Connection>>);

#[derive(Serialize)]
pub(crate) struct Note {
    text: String,
}

impl Database {
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        spawn_blocking(move || {
            let connection = Connection::open(path)?;
            connection.busy_timeout(Duration::from_secs(5))?;
            connection.execute_batch(
                "create table if not exists demo_user (
                     id integer primary key, name text not null unique, password_hash text not null
                 ) strict;
                 create table if not exists demo_note (
                     id integer primary key, user_id integer not null references demo_user (id), text text not null
                 ) strict;",
            )?;
            for name in DEMO_USERS {
                let known: Option<i64> =
                    connection.query_row("select id from demo_user where name = ?", [name], |row| row.get(0)).optional()?;
                if known.is_none() {
                    let hash = hash(DEMO_PASSWORD)?;
                    connection.execute("insert into demo_user (name, password_hash) values (?, ?)", [name, &hash])?;
                }
            }
            Ok(Self(Arc::new(Mutex::new(connection))))
        })
        .await?
    }

    /// The id of the user with this name and password.
    pub(crate) async fn check_password(&self, name: String, password: String) -> Result<Option<i64>> {
        let found: Option<(i64, String)> = self
            .run(move |connection| {
                connection
                    .query_row("select id, password_hash from demo_user where name = ?", [name], |row| {
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

    pub(crate) async fn name_of(&self, user: &str) -> Result<String> {
        let user = user.to_owned();
        self.run(move |connection| {
            connection.query_row("select name from demo_user where id = ?", [user], |row| row.get(0))
        })
        .await
    }

    /// The newest first, and not too many.
    pub(crate) async fn notes_of(&self, user: &str) -> Result<Vec<Note>> {
        let user = user.to_owned();
        self.run(move |connection| {
            connection
                .prepare_cached("select text from demo_note where user_id = ? order by id desc limit 20")?
                .query_map([user], |row| Ok(Note { text: row.get(0)? }))?
                .collect()
        })
        .await
    }

    pub(crate) async fn add_note(&self, user: &str, text: &str) -> Result<()> {
        let (user, text) = (user.to_owned(), text.to_owned());
        self.run(move |connection| {
            connection.execute("insert into demo_note (user_id, text) values (?, ?)", params![user, text])
        })
        .await
        .map(drop)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T> {
        let connection = Arc::clone(&self.0);
        let done = spawn_blocking(move || work(&connection.lock().unwrap_or_else(PoisonError::into_inner)));
        Ok(done.await??)
    }
}

fn hash(password: &str) -> Result<String> {
    let hash = Argon2::default().hash_password(password.as_bytes());
    Ok(hash.map_err(|error| anyhow!("hashing a password: {error}"))?.to_string())
}
