//! A time limit and metrics around every store call.

use async_trait::async_trait;
use symbolon_shared::{id::SessionId, subject::Subject, time::UnixTime};
use tokio::time::{Instant, timeout};

use super::{Change, Changes, Position, Store};
use crate::{config::STORE_DEADLINE, error::StoreError, session::Session};

/// A store whose calls fail after [`STORE_DEADLINE`]. As after any error, the outcome of such a call is unknown.
///
/// Each call is measured in the metric `symbolon_store_seconds{verb}`; failures count in
/// `symbolon_store_failures_total{verb}`.
pub(crate) struct Deadline(pub(crate) Box<dyn Store>);

/// Awaits one store call with its deadline, and records its duration and its failure.
async fn within_deadline<T>(
    verb: &'static str,
    call: impl Future<Output = Result<T, StoreError>> + Send,
) -> Result<T, StoreError> {
    let began_at = Instant::now();
    let answer = timeout(STORE_DEADLINE, call).await.map_err(StoreError::new).flatten();
    metrics::histogram!("symbolon_store_seconds", "verb" => verb).record(began_at.elapsed());
    if answer.is_err() {
        metrics::counter!("symbolon_store_failures_total", "verb" => verb).increment(1);
    }
    answer
}

#[async_trait]
impl Store for Deadline {
    async fn insert(&self, session: &Session, limit: Option<usize>) -> Result<bool, StoreError> {
        within_deadline("insert", self.0.insert(session, limit)).await
    }

    async fn load(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        within_deadline("load", self.0.load(id)).await
    }

    async fn sessions_of(&self, subject: &Subject) -> Result<Vec<Session>, StoreError> {
        within_deadline("sessions_of", self.0.sessions_of(subject)).await
    }

    async fn update(&self, session: &Session) -> Result<bool, StoreError> {
        within_deadline("update", self.0.update(session)).await
    }

    async fn touch(&self, seen: &[(SessionId, UnixTime)]) -> Result<(), StoreError> {
        within_deadline("touch", self.0.touch(seen)).await
    }

    async fn apply(&self, change: &Change, now: UnixTime) -> Result<Position, StoreError> {
        within_deadline("apply", self.0.apply(change, now)).await
    }

    async fn changes(&self, after: Position) -> Result<Changes, StoreError> {
        within_deadline("changes", self.0.changes(after)).await
    }

    async fn sweep(&self, now: UnixTime, changes_before: UnixTime) -> Result<u64, StoreError> {
        within_deadline("sweep", self.0.sweep(now, changes_before)).await
    }
}
