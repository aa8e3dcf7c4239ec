//! Sessions that die with the process; for tests, and for trying things out.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use async_trait::async_trait;
use symbolon_shared::{id::SessionId, time::UnixTime};

use super::Store;
use crate::{error::StoreError, session::Session};

/// A map behind a lock.
#[derive(Debug, Default)]
pub struct Memory(Mutex<HashMap<SessionId, Session>>);

impl Memory {
    /// A panic elsewhere leaves whole records behind, for each is replaced in one step.
    fn sessions(&self) -> MutexGuard<'_, HashMap<SessionId, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for Memory {
    async fn insert(&self, session: &Session) -> Result<(), StoreError> {
        let mut sessions = self.sessions();
        if sessions.contains_key(&session.id) {
            return Err(StoreError::new("the session id is taken"));
        }
        sessions.insert(session.id, session.clone());
        Ok(())
    }

    async fn load(&self, id: &SessionId) -> Result<Option<Session>, StoreError> {
        Ok(self.sessions().get(id).cloned())
    }

    async fn update(&self, session: &Session) -> Result<bool, StoreError> {
        match self.sessions().get_mut(&session.id) {
            Some(kept) if kept.revision == session.revision => {
                *kept = Session { revision: session.revision + 1, ..session.clone() };
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    async fn sweep(&self, now: UnixTime) -> Result<u64, StoreError> {
        let mut sessions = self.sessions();
        let before = sessions.len();
        sessions.retain(|_, session| session.expires_at > now);
        Ok((before - sessions.len()) as u64)
    }
}
