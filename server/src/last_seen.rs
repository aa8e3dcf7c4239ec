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

pub(crate) struct LastSeen([Mutex<HashMap<SessionId, UnixTime>>; SHARDS]);

impl LastSeen {
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

    /// All notes, to be written down.
    pub(crate) fn notes(&self) -> Vec<(SessionId, UnixTime)> {
        let mut notes = Vec::new();
        for shard in &self.0 {
            notes.extend(lock(shard).iter().map(|(session, at)| (*session, *at)));
        }
        notes
    }

    /// Forgets notes that were written down, and keeps those that have moved on since.
    pub(crate) fn forget(&self, written: &[(SessionId, UnixTime)]) {
        for (session, at) in written {
            let mut shard = self.shard(session);
            if shard.get(session).is_some_and(|noted| noted <= at) {
                shard.remove(session);
            }
        }
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

    /// Covers: S-009
    #[test]
    fn many_requests_become_one_note_with_the_latest_time() {
        let last_seen = LastSeen::new();
        let session = SessionId::from_bytes([1; 16]);
        for at in [5, 9, 7] {
            last_seen.note(session, UnixTime(at));
        }
        assert_eq!(last_seen.of(&session), Some(UnixTime(9)));
        let notes = last_seen.notes();
        assert_eq!(notes, [(session, UnixTime(9))]);
        assert_eq!(last_seen.of(&session), Some(UnixTime(9)), "it counts while it is being written down");
        last_seen.note(session, UnixTime(10));
        last_seen.forget(&notes);
        assert_eq!(last_seen.of(&session), Some(UnixTime(10)), "this was not written down");
        last_seen.forget(&last_seen.notes());
        assert_eq!((last_seen.of(&session), last_seen.notes()), (None, vec![]));
    }
}
