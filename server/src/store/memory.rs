//! The store that keeps sessions in memory, for tests and first steps.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use symbolon_shared::{id::SessionId, subject::Subject, time::UnixTime};

use super::{Change, Changes, Position, Scope, Store};
use crate::{error::StoreError, session::Session};

/// A store in the memory of this process, whose sessions are lost when the process ends.
///
/// ```
/// # use symbolon_server::{*, store::Memory};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// let config = Config::new("http://localhost:3000")?;
/// let symbolon = Symbolon::new(config, SigningKeys::generate()?, Memory::default()).await?;
/// # Ok(()) }
/// ```
#[derive(Debug, Default)]
pub struct Memory(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    sessions: HashMap<SessionId, Session>,
    feed: Vec<(Position, UnixTime, Change)>,
    head: Position,
}

impl Memory {
    /// Locks the state even after a panic elsewhere: each record is replaced in one step, so none is half-written.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for Memory {
    async fn insert(&self, session: &Session, limit: Option<usize>) -> Result<bool, StoreError> {
        let mut state = self.state();
        if state.sessions.contains_key(&session.id) {
            return Err(StoreError::new("a session with this id already exists"));
        }
        let counts = |other: &&Session| {
            other.subject == session.subject
                && other.revoked_at.is_none()
                && other.expires_at > session.authenticated_at
        };
        let full = limit.is_some_and(|limit| state.sessions.values().filter(counts).count() >= limit);
        if !full {
            state.sessions.insert(session.id, session.clone());
        }
        Ok(!full)
    }

    async fn load(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.state().sessions.get(id).cloned())
    }

    async fn sessions_of(&self, subject: &Subject) -> Result<Vec<Session>, StoreError> {
        let state = self.state();
        let theirs = |session: &&Session| session.subject == *subject && session.revoked_at.is_none();
        Ok(state.sessions.values().filter(theirs).cloned().collect())
    }

    async fn update(&self, session: &Session) -> Result<bool, StoreError> {
        match self.state().sessions.get_mut(&session.id) {
            Some(kept) if kept.revision == session.revision => {
                let last_seen_at = kept.last_seen_at.max(session.last_seen_at);
                *kept = Session { revision: session.revision + 1, last_seen_at, ..session.clone() };
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn touch(&self, seen: &[(SessionId, UnixTime)]) -> Result<(), StoreError> {
        let mut state = self.state();
        for (id, at) in seen {
            if let Some(session) = state.sessions.get_mut(id) {
                session.last_seen_at = session.last_seen_at.max(*at);
            }
        }
        Ok(())
    }

    async fn apply(&self, change: &Change, now: UnixTime) -> Result<Position, StoreError> {
        let mut state = self.state();
        if let Change::Ended(scope) = change {
            let ends = |session: &&mut Session| match scope {
                Scope::Session(id) => session.id == *id,
                Scope::Subject(subject) => session.subject == *subject,
                Scope::Others(subject, kept) => session.subject == *subject && session.id != *kept,
                Scope::Everyone => true,
            };
            for session in state.sessions.values_mut().filter(ends) {
                if session.revoked_at.is_none() {
                    session.revoked_at = Some(now);
                    session.revision += 1;
                }
            }
        }
        state.head.0 += 1;
        let position = state.head;
        state.feed.push((position, now, change.clone()));
        Ok(position)
    }

    async fn changes(&self, after: Position) -> Result<Changes, StoreError> {
        let state = self.state();
        let start = state.feed.partition_point(|(position, ..)| *position <= after);
        let changes = state.feed[start..].iter().map(|(position, _, change)| (*position, change.clone()));
        Ok(Changes { changes: changes.collect(), head: state.head })
    }

    async fn sweep(&self, now: UnixTime, changes_before: UnixTime) -> Result<u64, StoreError> {
        let mut state = self.state();
        let before = state.sessions.len();
        state.sessions.retain(|_, session| session.expires_at > now);
        state.feed.retain(|(_, at, _)| *at >= changes_before);
        Ok((before - state.sessions.len()) as u64)
    }
}
