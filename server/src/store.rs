//! The databases of sessions: the trait [`Store`], and the stores that come with this crate.
//!
//! [`Sqlite`] (feature `sqlite`) is the store for one machine. [`Memory`] loses its sessions when the process ends, and
//! is for tests. Any other database works through an implementation of [`Store`].
//!
//! A store keeps session records and a *change feed*: the ordered list of revocations and permission changes, which
//! every server process reads. The rules of sessions are implemented once, outside of stores. A store promises four
//! things:
//!
//! - [`update`](Store::update) replaces a record only if no other writer has changed it since it was loaded;
//! - [`insert`](Store::insert) never exceeds the limit of sessions per user, even if many sign-ins run at once;
//! - [`apply`](Store::apply) makes a change and adds it to the feed in one step, and an acknowledged change survives a
//!   crash;
//! - a reader of the [feed](Store::changes) sees every change, in order.
//!
//! # A store of your own
//!
//! Implement the eight methods of [`Store`], and let `store::conformance` (feature `test-util`) check the promises. Your
//! crate needs [`async_trait`](crate::async_trait), which the crate root re-exports. This store is complete: it counts
//! queries, and leaves the work to another store.
//!
//! ```
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! use symbolon_server::{
//!     Session, SessionId, Subject, UnixTime, async_trait,
//!     error::StoreError,
//!     store::{Change, Changes, Memory, Position, Store},
//! };
//!
//! #[derive(Default)]
//! struct Counted {
//!     inner: Memory,
//!     loads: AtomicU64,
//! }
//!
//! #[async_trait]
//! impl Store for Counted {
//!     async fn load(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
//!         self.loads.fetch_add(1, Ordering::Relaxed);
//!         self.inner.load(id).await
//!     }
//! #   async fn insert(&self, session: &Session, limit: Option<usize>) -> Result<bool, StoreError> {
//! #       self.inner.insert(session, limit).await
//! #   }
//! #   async fn sessions_of(&self, subject: &Subject) -> Result<Vec<Session>, StoreError> {
//! #       self.inner.sessions_of(subject).await
//! #   }
//! #   async fn update(&self, session: &Session) -> Result<bool, StoreError> {
//! #       self.inner.update(session).await
//! #   }
//! #   async fn touch(&self, seen: &[(SessionId, UnixTime)]) -> Result<(), StoreError> {
//! #       self.inner.touch(seen).await
//! #   }
//! #   async fn apply(&self, change: &Change, now: UnixTime) -> Result<Position, StoreError> {
//! #       self.inner.apply(change, now).await
//! #   }
//! #   async fn changes(&self, after: Position) -> Result<Changes, StoreError> {
//! #       self.inner.changes(after).await
//! #   }
//! #   async fn sweep(&self, now: UnixTime, changes_before: UnixTime) -> Result<u64, StoreError> {
//! #       self.inner.sweep(now, changes_before).await
//! #   }
//!     // ... and the other seven methods
//! }
//! ```
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

/// A database of sessions and changes. The [module](self) has an example.
///
/// Servers call these methods, applications do not: they use [`Symbolon`](crate::Symbolon). The examples show what each
/// method must do.
///
/// A store never reads a clock: the caller passes the time. Symbolon ends every call after
/// [`STORE_DEADLINE`](crate::config::STORE_DEADLINE) (5 seconds) and treats it as failed.
///
/// After an error, the outcome is unknown: the write may or may not have happened. Return [`StoreError`] whenever you
/// cannot be sure. Symbolon then answers 503 and refuses the request.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Inserts the session unless the subject already has `limit` live sessions. Returns whether it was inserted.
    ///
    /// A session is live if it was not ended and its `expires_at` is after the `authenticated_at` of the new session.
    /// `None` means no limit. Counting and inserting are one atomic step.
    ///
    /// ```
    /// # use symbolon_server::{*, store::{Memory, Store}};
    /// # #[cfg(not(feature = "test-util"))] fn main() {}
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (store, ann) = (Memory::default(), Subject::new("ann").unwrap());
    /// # let [first, second] = [1, 2].map(|id| Session::example(id, &ann));
    /// assert!(store.insert(&first, Some(1)).await?);
    /// assert!(!store.insert(&second, Some(1)).await?, "the user has one session already");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`] if the outcome is unknown, or if a session with this id already exists.
    async fn insert(&self, session: &Session, limit: Option<usize>) -> Result<bool, StoreError>;

    /// Returns the session with this id, ended or not. Returns `None` if there is none or its record cannot be decoded.
    ///
    /// ```
    /// # use symbolon_server::{*, store::{Memory, Store}};
    /// # #[cfg(not(feature = "test-util"))] fn main() {}
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (store, ann) = (Memory::default(), Subject::new("ann").unwrap());
    /// # let session = Session::example(1, &ann);
    /// store.insert(&session, None).await?;
    /// assert_eq!(store.load(&session.id).await?, Some(session));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot answer.
    async fn load(&self, id: &SessionId) -> Result<Option<Session>, StoreError>;

    /// Returns the sessions of this subject that were not ended, in any order. Sessions past their `expires_at` may be
    /// among them.
    ///
    /// ```
    /// # use symbolon_server::{*, store::{Memory, Store}};
    /// # #[cfg(not(feature = "test-util"))] fn main() {}
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (store, ann) = (Memory::default(), Subject::new("ann").unwrap());
    /// # let session = Session::example(1, &ann);
    /// store.insert(&session, None).await?;
    /// assert_eq!(store.sessions_of(&ann).await?, [session]);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot answer.
    async fn sessions_of(&self, subject: &Subject) -> Result<Vec<Session>, StoreError>;

    /// Replaces the record if its `revision` still equals that of `session` (compare and swap), and increments the
    /// revision. Returns whether it was replaced.
    ///
    /// `last_seen_at` never moves back: the later of the two times is kept.
    ///
    /// ```
    /// # use symbolon_server::{*, store::{Memory, Store}};
    /// # #[cfg(not(feature = "test-util"))] fn main() {}
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (store, ann) = (Memory::default(), Subject::new("ann").unwrap());
    /// # let session = Session::example(1, &ann);
    /// store.insert(&session, None).await?;
    /// assert!(store.update(&session).await?);
    /// assert!(!store.update(&session).await?, "this copy is out of date");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`] if the outcome is unknown.
    async fn update(&self, session: &Session) -> Result<bool, StoreError>;

    /// Moves `last_seen_at` of many sessions forward in one write. Unknown sessions and earlier times are ignored. The
    /// `revision` does not change.
    ///
    /// ```
    /// # use symbolon_server::{*, store::{Memory, Store}};
    /// # #[cfg(not(feature = "test-util"))] fn main() {}
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (store, ann) = (Memory::default(), Subject::new("ann").unwrap());
    /// # let session = Session::example(1, &ann);
    /// store.insert(&session, None).await?;
    /// store.touch(&[(session.id, UnixTime(1050))]).await?;
    /// assert_eq!(store.load(&session.id).await?.unwrap().last_seen_at, UnixTime(1050));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`] if the outcome is unknown.
    async fn touch(&self, seen: &[(SessionId, UnixTime)]) -> Result<(), StoreError>;

    /// Makes a change and adds it to the feed in one atomic, durable step. Returns the change's position.
    ///
    /// Every session that the change ends gets `revoked_at = now`, unless it has one, and a new revision.
    ///
    /// ```
    /// # use symbolon_server::{*, store::{Change, Memory, Scope, Store}};
    /// # #[cfg(not(feature = "test-util"))] fn main() {}
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (store, ann) = (Memory::default(), Subject::new("ann").unwrap());
    /// # let session = Session::example(1, &ann);
    /// store.insert(&session, None).await?;
    /// store.apply(&Change::Ended(Scope::Session(session.id)), UnixTime(1500)).await?;
    /// assert_eq!(store.load(&session.id).await?.unwrap().revoked_at, Some(UnixTime(1500)));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`] if the outcome is unknown.
    async fn apply(&self, change: &Change, now: UnixTime) -> Result<Position, StoreError>;

    /// Returns the changes after a position, in order, and the position of the newest change. Changes that
    /// [`sweep`](Self::sweep) removed are left out.
    ///
    /// ```
    /// # use symbolon_server::{*, store::{Change, Memory, Position, Scope, Store}};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (store, ann) = (Memory::default(), Subject::new("ann").unwrap());
    /// let first = store.apply(&Change::Permissions(ann), UnixTime(1000)).await?;
    /// let second = store.apply(&Change::Ended(Scope::Everyone), UnixTime(1001)).await?;
    /// let read = store.changes(first).await?;
    /// assert_eq!(read.changes, [(second, Change::Ended(Scope::Everyone))]);
    /// assert_eq!(read.head, second);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot answer.
    async fn changes(&self, after: Position) -> Result<Changes, StoreError>;

    /// Deletes the sessions whose `expires_at` is not after `now`, and the changes made before `changes_before`. Returns
    /// the number of deleted sessions.
    ///
    /// Positions are never reused, even if the newest change was deleted.
    ///
    /// ```
    /// # use symbolon_server::{*, store::{Memory, Store}};
    /// # #[cfg(not(feature = "test-util"))] fn main() {}
    /// # #[cfg(feature = "test-util")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let (store, ann) = (Memory::default(), Subject::new("ann").unwrap());
    /// # let session = Session::example(1, &ann);
    /// store.insert(&session, None).await?;
    /// assert_eq!(store.sweep(session.expires_at, UnixTime(0)).await?, 1);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`StoreError`] if the outcome is unknown.
    async fn sweep(&self, now: UnixTime, changes_before: UnixTime) -> Result<u64, StoreError>;
}

/// A position in the change feed. A later change has a greater position, and no two changes have the same one.
/// `Position(0)` is before the first change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position(pub u64);

/// An entry of the change feed: something that makes unexpired tokens invalid.
///
/// ```
/// # use symbolon_server::{Subject, store::{Change, Scope}};
/// let ann = Subject::new("ann").unwrap();
/// let signed_out_everywhere = Change::Ended(Scope::Subject(ann.clone()));
/// let became_an_editor = Change::Permissions(ann);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Ends sessions.
    Ended(Scope),
    /// Makes the subject's tokens out of date, because its permissions changed. Its sessions go on.
    Permissions(Subject),
}

/// The sessions that a change ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One session.
    Session(SessionId),
    /// All sessions of one subject.
    Subject(Subject),
    /// All sessions of one subject except this one.
    Others(Subject, SessionId),
    /// All sessions of all subjects.
    Everyone,
}

/// The changes that one read of the feed returned.
///
/// ```
/// # use symbolon_server::store::{Changes, Position};
/// let nothing_new = Changes { changes: vec![], head: Position(7) };
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The changes, in order, with their positions.
    pub changes: Vec<(Position, Change)>,
    /// The position of the newest change in the feed, or `Position(0)` if there was never one.
    pub head: Position,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn memory_passes_the_store_contract() {
        conformance::check(async || Memory::default()).await;
    }

    #[cfg(feature = "sqlite")]
    #[tokio::test(flavor = "multi_thread")]
    async fn sqlite_passes_the_store_contract() {
        let folder = tempfile::tempdir().unwrap();
        let number = std::sync::atomic::AtomicUsize::new(0);
        conformance::check(async || {
            let number = number.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Sqlite::open(folder.path().join(format!("{number}.db"))).await.unwrap()
        })
        .await;
    }
}
