//! Where sessions live.
//!
//! A store is eight verbs. What may happen to a session is decided elsewhere, once for all stores; a store keeps
//! records and a feed of changes, and promises four things:
//!
//! - [`update`](Store::update) replaces a record only when nobody else has since;
//! - [`insert`](Store::insert) never lets a person have more sessions than allowed, however many begin at once;
//! - [`apply`](Store::apply) makes a change and puts it in the feed in one step, and what it has acknowledged survives
//!   a crash;
//! - whoever reads the [feed](Store::changes) sees every change, in order.
//!
//! With the feature `test-util`, `store::conformance` checks a store of your own.
//!
#[cfg(any(test, feature = "test-util"))]
pub mod conformance;
mod deadline;
mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;

use async_trait::async_trait;
use symbolon_shared::{id::SessionId, subject::Subject, time::UnixTime};

pub(crate) use self::deadline::Deadline;
pub use self::memory::Memory;
#[cfg(feature = "sqlite")]
pub use self::sqlite::Sqlite;
use crate::{error::StoreError, session::Session};

/// Keeps sessions. No store reads a clock: time is an argument. In every verb, [`StoreError`] says that it cannot be
/// known what has happened, or what is.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Keeps a new session, unless its subject has `limit` already that were neither ended nor are past their
    /// `expires_at` when this one begins; tells whether it did.
    ///
    /// # Errors
    /// Also when a session has this id.
    async fn insert(&self, session: &Session, limit: Option<usize>) -> Result<bool, StoreError>;

    /// The session with this id, ended or not. A record that cannot be read is no session.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn load(&self, id: &SessionId) -> Result<Option<Session>, StoreError>;

    /// The sessions of one person that were not ended.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn sessions_of(&self, subject: &Subject) -> Result<Vec<Session>, StoreError>;

    /// Replaces the record if its revision is still that of `session`, and then counts the revision up; tells whether
    /// it did. `last_seen_at` never goes back by it.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn update(&self, session: &Session) -> Result<bool, StoreError>;

    /// Moves `last_seen_at` on, for many sessions at once, where it is earlier. It leaves the revision alone.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn touch(&self, seen: &[(SessionId, UnixTime)]) -> Result<(), StoreError>;

    /// Makes a change, and puts it in the feed; tells its position. Sessions that end get `revoked_at`, if they have
    /// none yet, and a new revision.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn apply(&self, change: &Change, now: UnixTime) -> Result<Position, StoreError>;

    /// The changes after a position, in order, and the position of the last change of all. Changes from before the
    /// last [`sweep`](Self::sweep) may be left out.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn changes(&self, after: Position) -> Result<Changes, StoreError>;

    /// Forgets the sessions that ended by themselves before `now`, and the changes made before `changes_before`; tells
    /// how many sessions.
    ///
    /// # Errors
    /// [`StoreError`].
    async fn sweep(&self, now: UnixTime, changes_before: UnixTime) -> Result<u64, StoreError>;
}

/// A place in the feed. Later changes have greater ones; no two have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub u64);

/// What makes tokens worthless before their time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Sessions end.
    Ended(Scope),
    /// What a person may do has changed.
    Permissions(Subject),
}

/// Which sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One.
    Session(SessionId),
    /// All of one person.
    Subject(Subject),
    /// All of one person but this one.
    Others(Subject, SessionId),
    /// All.
    Everyone,
}

/// A piece of the feed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The changes, in order.
    pub changes: Vec<(Position, Change)>,
    /// The position of the last change that there is.
    pub head: Position,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn memory_keeps_the_promises_of_a_store() {
        conformance::check(async || Memory::default()).await;
    }

    #[cfg(feature = "sqlite")]
    #[tokio::test(flavor = "multi_thread")]
    async fn sqlite_keeps_the_promises_of_a_store() {
        let folder = tempfile::tempdir().unwrap();
        let number = std::sync::atomic::AtomicUsize::new(0);
        conformance::check(async || {
            let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Sqlite::open(folder.path().join(format!("{number}.db"))).await.unwrap()
        })
        .await;
    }
}
