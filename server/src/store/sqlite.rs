//! The embedded store: one file, and it survives a crash.

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use symbolon_shared::{id::SessionId, time::UnixTime};

use super::Store;
use crate::{error::StoreError, session::Session};

/// How long a write waits for another process that is writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Sessions in an SQLite file. Several processes may share one.
#[derive(Clone, Debug)]
pub struct Sqlite(Arc<Mutex<Connection>>);

impl Sqlite {
    /// Opens the file, and makes it if it is not there.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be opened, or is something else.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        blocking(move || {
            let connection = Connection::open(path)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            // `full`, so that a revocation which was acknowledged is still there after the power failed.
            connection.execute_batch(
                "pragma journal_mode = wal;
                 pragma synchronous = full;
                 create table if not exists symbolon_session (
                     id blob primary key, revision integer not null, expires_at integer not null, record text not null
                 ) strict, without rowid;
                 create index if not exists symbolon_session_expires_at on symbolon_session (expires_at);",
            )?;
            Ok(Self(Arc::new(Mutex::new(connection))))
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = Arc::clone(&self.0);
        // Each piece of work is one statement, so a panic in another leaves the connection fit for use.
        blocking(move || work(&connection.lock().unwrap_or_else(PoisonError::into_inner))).await
    }
}

/// SQLite waits for the disk, so it must not do so on a thread that serves others.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(StoreError::new)?.map_err(StoreError::new)
}

#[async_trait]
impl Store for Sqlite {
    async fn insert(&self, session: &Session) -> Result<(), StoreError> {
        let (session, record) = (session.clone(), encode(session)?);
        self.run(move |connection| {
            connection
                .prepare_cached(
                    "insert into symbolon_session (id, revision, expires_at, record) values (?, ?, ?, ?)",
                )?
                .execute(params![session.id.as_bytes(), session.revision, session.expires_at.0, record])
        })
        .await?;
        Ok(())
    }

    async fn load(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        let id = *id;
        let row: Option<(u64, String)> = self
            .run(move |connection| {
                connection
                    .prepare_cached("select revision, record from symbolon_session where id = ?")?
                    .query_row(params![id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))
                    .optional()
            })
            .await?;
        Ok(row.and_then(|(revision, record)| match serde_json::from_str(&record) {
            Ok(session) => Some(Session { revision, ..session }),
            Err(error) => {
                tracing::error!(%error, "a session record cannot be read");
                None
            }
        }))
    }

    async fn update(&self, session: &Session) -> Result<bool, StoreError> {
        let (id, revision, record) = (session.id, session.revision, encode(session)?);
        let changed = self
            .run(move |connection| {
                connection
                    .prepare_cached(
                        "update symbolon_session set record = ?, revision = revision + 1 where id = ? and revision = ?",
                    )?
                    .execute(params![record, id.as_bytes(), revision])
            })
            .await?;
        Ok(changed == 1)
    }

    async fn sweep(&self, now: UnixTime) -> Result<u64, StoreError> {
        let gone = self
            .run(move |connection| {
                connection.execute("delete from symbolon_session where expires_at <= ?", params![now.0])
            })
            .await?;
        Ok(gone as u64)
    }
}

fn encode(session: &Session) -> Result<String, StoreError> {
    serde_json::to_string(session).map_err(StoreError::new)
}
