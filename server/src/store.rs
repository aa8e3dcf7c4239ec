//! Where sessions live.
//!
//! A store is four verbs. What may happen to a session is decided elsewhere, once for all stores; a store keeps
//! records, and promises one thing: [`update`](Store::update) replaces a record only when nobody else has since.

mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;

use async_trait::async_trait;
use symbolon_shared::{id::SessionId, time::UnixTime};

pub use self::memory::Memory;
#[cfg(feature = "sqlite")]
pub use self::sqlite::Sqlite;
use crate::{error::StoreError, session::Session};

/// Keeps sessions. No store reads a clock: time is an argument.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Keeps a new session. One with this id must not exist yet.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be kept, or the id is taken.
    async fn insert(&self, session: &Session) -> Result<(), StoreError>;

    /// The session with this id. A record that cannot be read is no session.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be known.
    async fn load(&self, id: &SessionId) -> Result<Option<Session>, StoreError>;

    /// Replaces the record if its revision is still that of `session`, and then counts the revision up; tells whether
    /// it did. What it has acknowledged survives a crash.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be known whether it did.
    async fn update(&self, session: &Session) -> Result<bool, StoreError>;

    /// Forgets the sessions that ended by themselves before `now`; tells how many.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot.
    async fn sweep(&self, now: UnixTime) -> Result<u64, StoreError>;
}
