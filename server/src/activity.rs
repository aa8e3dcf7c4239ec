//! When sessions were last used, until that is written down.
//!
//! A request only notes the time here; many such notes become one write.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use symbolon_shared::{id::SessionId, time::UnixTime};

/// More locks than cores that a server usually has, so that requests rarely wait for each other.
const SHARDS: usize = 64;

pub(crate) struct Activity([Mutex<HashMap<SessionId, UnixTime>>; SHARDS]);

impl Activity {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }

    pub(crate) fn note(&self, session: SessionId, at: UnixTime) {
        let mut shard = self.shard(&session);
        let noted = shard.entry(session).or_insert(at);
        *noted = (*noted).max(at);
    }

    /// What is noted of a session and not yet written down.
    pub(crate) fn of(&self, session: &SessionId) -> Option<UnixTime> {
        self.shard(session).get(session).copied()
    }

    /// Takes all notes out, to write them down. Who fails to must [`note`](Self::note) them again.
    pub(crate) fn take(&self) -> Vec<(SessionId, UnixTime)> {
        self.0.iter().flat_map(|shard| std::mem::take(&mut *lock(shard))).collect()
    }

    fn shard(&self, session: &SessionId) -> MutexGuard<'_, HashMap<SessionId, UnixTime>> {
        lock(&self.0[usize::from(session.as_bytes()[0]) % SHARDS])
    }
}

/// A panic elsewhere leaves whole entries behind.
fn lock(shard: &Mutex<HashMap<SessionId, UnixTime>>) -> MutexGuard<'_, HashMap<SessionId, UnixTime>> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s_009_many_requests_become_one_note_with_the_latest_time() {
        let activity = Activity::new();
        let session = SessionId::from_bytes([1; 16]);
        for at in [5, 9, 7] {
            activity.note(session, UnixTime(at));
        }
        assert_eq!(activity.of(&session), Some(UnixTime(9)));
        assert_eq!(activity.take(), [(session, UnixTime(9))]);
        assert_eq!((activity.of(&session), activity.take()), (None, vec![]));
    }
}
