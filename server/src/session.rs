//! One sign-in as the server remembers it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use symbolon_shared::{
    claims::Subject, fingerprint::FingerprintHash, id::SessionId, proof::WorkerPublicKey,
    refresh::RefreshHash, time::UnixTime,
};

use crate::{config::REFRESH_GRACE, error::Reason};

/// How many workers, and so tabs, one session can have. The one unused for longest makes room.
pub const MAX_WORKERS: usize = 16;

/// The record of a session. Of every secret it holds a hash only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its name.
    pub id: SessionId,
    /// Whose it is.
    pub subject: Subject,
    /// Counts the changes: a store replaces a record only by one that was made from it.
    pub revision: u64,
    /// When the person proved who they are.
    pub authenticated_at: UnixTime,
    /// When it was last used by a request, not by a refresh.
    pub last_seen_at: UnixTime,
    /// When it ends, however much it is used.
    pub expires_at: UnixTime,
    /// How long it may go unused.
    pub idle_timeout: Duration,
    /// When it was ended, if it was.
    pub revoked_at: Option<UnixTime>,
    /// The hash of the cookie half.
    pub fingerprint: FingerprintHash,
    /// The hash of the refresh handle that is good now.
    pub refresh: RefreshHash,
    /// The hash of the one before, and when it was spent.
    pub spent_refresh: Option<(RefreshHash, UnixTime)>,
    /// The workers that may refresh it, the one used last at the end.
    pub workers: Vec<WorkerPublicKey>,
}

/// What a presented refresh handle is to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handle {
    /// The good one.
    Current,
    /// The one before, spent a moment ago: a race of two tabs, or a lost answer.
    JustSpent,
    /// Any other: somebody kept a copy.
    Reused,
}

impl Session {
    /// Refuses a session that is over.
    pub(crate) fn check(&self, now: UnixTime) -> Result<(), Reason> {
        if self.revoked_at.is_some() {
            Err(Reason::SessionRevoked)
        } else if now >= self.expires_at {
            Err(Reason::SessionExpired)
        } else if now - self.last_seen_at >= self.idle_timeout {
            Err(Reason::SessionIdle)
        } else {
            Ok(())
        }
    }

    /// Whether a request now should be written down. Not each one is: an eighth of the idle time is near enough.
    pub(crate) fn should_touch(&self, now: UnixTime) -> bool {
        now - self.last_seen_at >= self.idle_timeout / 8
    }

    pub(crate) fn recognise(&self, presented: RefreshHash, now: UnixTime) -> Handle {
        match self.spent_refresh {
            _ if presented == self.refresh => Handle::Current,
            Some((spent, at)) if presented == spent && now - at <= REFRESH_GRACE => Handle::JustSpent,
            _ => Handle::Reused,
        }
    }

    /// The worker whose key has this thumbprint.
    pub(crate) fn worker(&self, thumbprint: &[u8; 32]) -> Option<WorkerPublicKey> {
        self.workers.iter().find(|worker| worker.thumbprint() == *thumbprint).copied()
    }

    /// Notes that `worker` was used last.
    pub(crate) fn used_by(&mut self, worker: WorkerPublicKey) {
        self.workers.retain(|known| *known != worker);
        self.workers.push(worker);
        let too_many = self.workers.len().saturating_sub(MAX_WORKERS);
        self.workers.drain(..too_many);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use symbolon_shared::{fingerprint::Fingerprint, refresh::RefreshHandle};

    use super::*;

    pub(crate) fn session(id: u8) -> Session {
        let id = SessionId::from_bytes([id; 16]);
        Session {
            id,
            subject: Subject::new("ann").unwrap(),
            revision: 0,
            authenticated_at: UnixTime(1000),
            last_seen_at: UnixTime(1000),
            expires_at: UnixTime(10_000),
            idle_timeout: Duration::from_secs(100),
            revoked_at: None,
            fingerprint: Fingerprint::from_random([1; 32]).hash(),
            refresh: RefreshHandle::new(id, [2; 32]).hash(),
            spent_refresh: Some((RefreshHandle::new(id, [1; 32]).hash(), UnixTime(1000))),
            workers: vec![WorkerPublicKey::from_bytes([4; 65])],
        }
    }

    #[test]
    fn the_limits_are_exact() {
        let session = session(1);
        assert_eq!(session.check(UnixTime(1099)), Ok(()));
        assert_eq!(session.check(UnixTime(1100)), Err(Reason::SessionIdle));
        assert_eq!(session.check(UnixTime(10_000)), Err(Reason::SessionExpired));
        assert_eq!(session.check(UnixTime(0)), Ok(()), "a clock set back ends nothing and panics nowhere");
        assert_eq!(
            Session { revoked_at: Some(UnixTime(1)), ..session }.check(UnixTime(1000)),
            Err(Reason::SessionRevoked)
        );
    }

    #[test]
    fn a_spent_handle_is_good_for_a_moment_and_then_a_sign_of_theft() {
        let session = session(1);
        let handle = |secret: u8| RefreshHandle::new(session.id, [secret; 32]).hash();
        assert_eq!(session.recognise(handle(2), UnixTime(5000)), Handle::Current);
        assert_eq!(session.recognise(handle(1), UnixTime(1010)), Handle::JustSpent);
        assert_eq!(session.recognise(handle(1), UnixTime(1011)), Handle::Reused);
        assert_eq!(session.recognise(handle(0), UnixTime(1000)), Handle::Reused);
    }

    #[test]
    fn the_worker_unused_for_longest_makes_room() {
        let mut session = session(1);
        let worker = |n: u8| WorkerPublicKey::from_bytes([n; 65]);
        (10..26).for_each(|n| session.used_by(worker(n)));
        session.used_by(worker(10));
        session.used_by(worker(99));
        assert_eq!(session.workers.len(), MAX_WORKERS);
        assert_eq!(session.workers.last(), Some(&worker(99)));
        assert_eq!(session.worker(&worker(10).thumbprint()), Some(worker(10)));
        assert_eq!(session.worker(&worker(11).thumbprint()), None);
    }
}
