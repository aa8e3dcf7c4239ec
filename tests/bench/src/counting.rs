//! A store that counts its calls.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use async_trait::async_trait;
use symbolon_server::{
    error::StoreError,
    session::Session,
    shared::{id::SessionId, subject::Subject, time::UnixTime},
    store::{Change, Changes, Memory, Position, Store},
};

/// A store that counts the calls of requests, and not those of the server's background tasks.
#[derive(Default)]
pub struct Counting {
    store: Memory,
    calls: Arc<AtomicU32>,
}

impl Counting {
    /// Returns a counter that stays readable after a server has taken the store.
    pub fn calls(&self) -> impl Fn() -> u32 + Send + 'static {
        let calls = Arc::clone(&self.calls);
        move || calls.load(Ordering::SeqCst)
    }

    fn counted(&self) -> &Memory {
        self.calls.fetch_add(1, Ordering::SeqCst);
        &self.store
    }
}

#[async_trait]
impl Store for Counting {
    async fn insert(&self, session: &Session, limit: Option<usize>) -> Result<bool, StoreError> {
        self.counted().insert(session, limit).await
    }

    async fn load(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        self.counted().load(id).await
    }

    async fn sessions_of(&self, subject: &Subject) -> Result<Vec<Session>, StoreError> {
        self.counted().sessions_of(subject).await
    }

    async fn update(&self, session: &Session) -> Result<bool, StoreError> {
        self.counted().update(session).await
    }

    async fn touch(&self, seen: &[(SessionId, UnixTime)]) -> Result<(), StoreError> {
        self.store.touch(seen).await
    }

    async fn apply(&self, change: &Change, now: UnixTime) -> Result<Position, StoreError> {
        self.counted().apply(change, now).await
    }

    async fn changes(&self, after: Position) -> Result<Changes, StoreError> {
        self.store.changes(after).await
    }

    async fn sweep(&self, now: UnixTime, changes_before: UnixTime) -> Result<u64, StoreError> {
        self.store.sweep(now, changes_before).await
    }
}
