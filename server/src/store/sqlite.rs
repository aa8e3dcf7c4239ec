//! The embedded store: an SQLite file.

mod rows;
mod schema;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use symbolon_shared::{id::SessionId, subject::Subject, time::UnixTime};

use self::rows::{Stored, change_of, encode, position, row_of};
use super::{Change, Changes, Position, Scope, Store};
use crate::{error::StoreError, session::Session};

/// The time that a write waits for another process that is writing: 3 seconds. Shorter than
/// [`STORE_DEADLINE`](crate::config::STORE_DEADLINE), so that the error says that the file is locked.
const BUSY_TIMEOUT: Duration = Duration::from_secs(3);

/// A store in an SQLite file. Several processes on one machine may share the file.
///
/// The file is in WAL mode with `synchronous = full`: an acknowledged revocation survives a power failure. Tables are
/// named `symbolon_*`, so the file may hold other tables too.
#[derive(Clone, Debug)]
pub struct Sqlite(Arc<Mutex<Connection>>);

impl Sqlite {
    /// Opens the file, creates it if it does not exist, and brings its tables up to date.
    ///
    /// ```no_run
    /// # use symbolon_server::{*, store::Sqlite};
    /// # async fn started(config: Config, keys: SigningKeys) -> Result<Symbolon, Error> {
    /// let store = Sqlite::open("sessions.db").await?;
    /// let symbolon = Symbolon::new(config, keys, store).await?;
    /// # Ok(symbolon) }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be opened or created, or is not an SQLite database.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let path = path.as_ref().to_owned();
        blocking(move || {
            let mut connection = Connection::open(path)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            // `full` syncs every commit, so that an acknowledged revocation survives a power failure.
            connection.execute_batch("pragma journal_mode = wal; pragma synchronous = full;")?;
            schema::migrate(&mut connection)?;
            Ok(Self(Arc::new(Mutex::new(connection))))
        })
        .await
    }

    /// Runs a query.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = Arc::clone(&self.0);
        blocking(move || work(&connection.lock().unwrap_or_else(PoisonError::into_inner))).await
    }

    /// Runs `work` in a transaction: all of its writes happen, or none, even if the process dies or `work` panics.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let connection = Arc::clone(&self.0);
        blocking(move || {
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        })
        .await
    }
}

/// Runs `work` on a thread for blocking calls, because SQLite waits for the disk.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(StoreError::new)?.map_err(StoreError::new)
}

#[async_trait]
impl Store for Sqlite {
    async fn insert(&self, session: &Session, limit: Option<usize>) -> Result<bool, StoreError> {
        let (session, record) = (session.clone(), encode(session)?);
        self.write(move |transaction| {
            if let Some(limit) = limit {
                let live: usize = transaction
                    .prepare_cached(
                        "select count(*) from symbolon_session
                         where subject = ? and revoked_at is null and expires_at > ?",
                    )?
                    .query_row(params![session.subject.as_str(), session.authenticated_at.0], |row| {
                        row.get(0)
                    })?;
                if live >= limit {
                    return Ok(false);
                }
            }
            transaction
                .prepare_cached(
                    "insert into symbolon_session
                     (id, subject, revision, last_seen_at, expires_at, revoked_at, record)
                     values (?, ?, ?, ?, ?, ?, ?)",
                )?
                .execute(params![
                    session.id.as_bytes(),
                    session.subject.as_str(),
                    session.revision,
                    session.last_seen_at.0,
                    session.expires_at.0,
                    session.revoked_at.map(|at| at.0),
                    record
                ])?;
            Ok(true)
        })
        .await
    }

    async fn load(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        let id = *id;
        let row = self
            .read(move |connection| {
                connection
                    .prepare_cached(
                        "select revision, last_seen_at, revoked_at, record from symbolon_session where id = ?",
                    )?
                    .query_row(params![id.as_bytes()], Stored::of)
                    .optional()
            })
            .await?;
        Ok(row.and_then(Stored::decode))
    }

    async fn sessions_of(&self, subject: &Subject) -> Result<Vec<Session>, StoreError> {
        let subject = subject.clone();
        let rows = self
            .read(move |connection| {
                connection
                    .prepare_cached(
                        "select revision, last_seen_at, revoked_at, record from symbolon_session
                         where subject = ? and revoked_at is null",
                    )?
                    .query_map([subject.as_str()], Stored::of)?
                    .collect::<rusqlite::Result<Vec<_>>>()
            })
            .await?;
        Ok(rows.into_iter().filter_map(Stored::decode).collect())
    }

    async fn update(&self, session: &Session) -> Result<bool, StoreError> {
        let (session, record) = (session.clone(), encode(session)?);
        let changed = self
            .write(move |transaction| {
                transaction
                    .prepare_cached(
                        "update symbolon_session
                         set record = ?, expires_at = ?, revoked_at = ?, last_seen_at = max(last_seen_at, ?),
                             revision = revision + 1
                         where id = ? and revision = ?",
                    )?
                    .execute(params![
                        record,
                        session.expires_at.0,
                        session.revoked_at.map(|at| at.0),
                        session.last_seen_at.0,
                        session.id.as_bytes(),
                        session.revision
                    ])
            })
            .await?;
        Ok(changed == 1)
    }

    async fn touch(&self, seen: &[(SessionId, UnixTime)]) -> Result<(), StoreError> {
        let seen = seen.to_owned();
        self.write(move |transaction| {
            let mut statement = transaction.prepare_cached(
                "update symbolon_session set last_seen_at = max(last_seen_at, ?) where id = ?",
            )?;
            for (id, at) in seen {
                statement.execute(params![at.0, id.as_bytes()])?;
            }
            Ok(())
        })
        .await
    }

    async fn apply(&self, change: &Change, now: UnixTime) -> Result<Position, StoreError> {
        let change = change.clone();
        self.write(move |transaction| {
            let end_sessions = "update symbolon_session set revoked_at = ?, revision = revision + 1 where revoked_at is null";
            match &change {
                Change::Ended(Scope::Session(id)) => transaction
                    .prepare_cached(&format!("{end_sessions} and id = ?"))?
                    .execute(params![now.0, id.as_bytes()])?,
                Change::Ended(Scope::Subject(subject)) => transaction
                    .prepare_cached(&format!("{end_sessions} and subject = ?"))?
                    .execute(params![now.0, subject.as_str()])?,
                Change::Ended(Scope::Others(subject, kept)) => transaction
                    .prepare_cached(&format!("{end_sessions} and subject = ? and id <> ?"))?
                    .execute(params![now.0, subject.as_str(), kept.as_bytes()])?,
                Change::Ended(Scope::Everyone) => transaction.execute(end_sessions, params![now.0])?,
                Change::Permissions(_) => 0,
            };
            let (kind, session, subject) = row_of(&change);
            transaction
                .prepare_cached("insert into symbolon_change (at, kind, session, subject) values (?, ?, ?, ?)")?
                .execute(params![now.0, kind, session, subject])?;
            position(transaction.last_insert_rowid())
        })
        .await
    }

    async fn changes(&self, after: Position) -> Result<Changes, StoreError> {
        self.read(move |connection| {
            // The head is read first. A change made in between is then among the changes.
            let head: Option<u64> = connection
                .prepare_cached("select seq from sqlite_sequence where name = 'symbolon_change'")?
                .query_row([], |row| row.get(0))
                .optional()?;
            let changes = connection
                .prepare_cached(
                    "select position, kind, session, subject from symbolon_change
                     where position > ? order by position",
                )?
                .query_map(params![after.0], |row| Ok((Position(row.get(0)?), change_of(row)?)))?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            let last = changes.last().map_or(Position::default(), |(position, _)| *position);
            let head = last.max(Position(head.unwrap_or_default()));
            Ok(Changes { changes, head })
        })
        .await
    }

    async fn sweep(&self, now: UnixTime, changes_before: UnixTime) -> Result<u64, StoreError> {
        let deleted = self
            .write(move |transaction| {
                transaction.execute("delete from symbolon_change where at < ?", params![changes_before.0])?;
                transaction.execute("delete from symbolon_session where expires_at <= ?", params![now.0])
            })
            .await?;
        Ok(deleted as u64)
    }
}
