//! Buffers when sessions were last used until the store is updated (write-behind).
//!
//! A request only notes its time in memory. Every [`LAST_SEEN_INTERVAL`](crate::config::LAST_SEEN_INTERVAL) all notes
//! become one write. Idle timeouts are judged by the buffered time, so they are exact on this node.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use symbolon_shared::{id::SessionId, time::UnixTime};

/// The number of locks. 64 is more than a server usually has cores, so requests rarely wait for each other.
const SHARDS: usize = 64;

/// The time of each session's last request that the store does not have yet.
pub(crate) struct LastSeen([Mutex<HashMap<SessionId, UnixTime>>; SHARDS]);

impl LastSeen {
    /// Creates an empty buffer.
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }

    /// Notes that a request used this session. An earlier time than the noted one changes nothing.
    pub(crate) fn note(&self, session: SessionId, at: UnixTime) {
        let mut shard = self.shard(&session);
        let noted = shard.entry(session).or_insert(at);
        *noted = (*noted).max(at);
    }

    /// Returns the noted time of a session, or `None` if the store already has its last use.
    pub(crate) fn of(&self, session: &SessionId) -> Option<UnixTime> {
        self.shard(session).get(session).copied()
    }

    /// Returns all notes, for [`Store::touch`](crate::store::Store::touch).
    pub(crate) fn notes(&self) -> Vec<(SessionId, UnixTime)> {
        let mut notes = Vec::new();
        for shard in &self.0 {
            notes.extend(lock(shard).iter().map(|(session, at)| (*session, *at)));
        }
        notes
    }

    /// Removes the notes that were written to the store. A session used again since keeps its newer note.
    pub(crate) fn forget(&self, written: &[(SessionId, UnixTime)]) {
        for (session, at) in written {
            let mut shard = self.shard(session);
            if shard.get(session).is_some_and(|noted| noted <= at) {
                shard.remove(session);
            }
        }
    }

    /// Locks the part of the buffer that holds this session.
    fn shard(&self, session: &SessionId) -> MutexGuard<'_, HashMap<SessionId, UnixTime>> {
        lock(&self.0[usize::from(session.as_bytes()[0]) % SHARDS])
    }
}

/// Locks a shard even after a panic elsewhere: each entry is written in one step, so none is half-written.
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
