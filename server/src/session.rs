//! A sign-in as the server remembers it.

mod limits;
mod refresh_reuse;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use symbolon_shared::{
    fingerprint::FingerprintHash, id::SessionId, proof::WorkerPublicKey, refresh_token::RefreshHash,
    subject::Subject, time::UnixTime,
};

pub use self::refresh_reuse::REFRESH_GRACE;
pub(crate) use self::refresh_reuse::RefreshStatus;
use crate::sign_in::Authentication;

/// The number of workers, and so of tabs, that one session can have: 32. The worker unused for longest makes room.
pub const MAX_WORKERS: usize = 32;

/// A session as the store keeps it. Secrets are kept as hashes only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// The person who signed in.
    pub subject: Subject,
    /// The number of changes to this record so far. A store replaces a record only by one with the same revision.
    pub revision: u64,
    /// How the person proved who they are.
    pub authentication: Authentication,
    /// The families of browser and operating system, such as "Firefox on Linux".
    pub browser: String,
    /// When the person proved who they are.
    pub authenticated_at: UnixTime,
    /// When a request last used the session. A refresh does not count.
    pub last_seen_at: UnixTime,
    /// When the session ends, however much it is used.
    pub expires_at: UnixTime,
    /// How long the session lives without a request.
    pub idle_timeout: Duration,
    /// When the session was ended, or `None` if it was not.
    pub revoked_at: Option<UnixTime>,
    /// The hash of the fingerprint cookie.
    pub fingerprint: FingerprintHash,
    /// The hash of the current refresh token.
    pub refresh: RefreshHash,
    /// The hash of the previous refresh token, and when it was spent; `None` before the first refresh.
    pub spent_refresh: Option<(RefreshHash, UnixTime)>,
    /// The workers that may refresh the session, the one used last at the end.
    pub workers: Vec<Worker>,
}

/// A worker that may refresh a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// The worker's public key.
    pub key: WorkerPublicKey,
    /// When the worker last refreshed the session.
    pub used_at: UnixTime,
}

impl Session {
    /// Returns the key of the session's worker with this thumbprint.
    pub(crate) fn worker(&self, thumbprint: &[u8; 32]) -> Option<WorkerPublicKey> {
        self.workers.iter().map(|worker| worker.key).find(|key| key.thumbprint() == *thumbprint)
    }

    /// Notes that the worker with this key was used last. Forgets workers that were unused for the session's idle timeout.
    pub(crate) fn used_by(&mut self, key: WorkerPublicKey, now: UnixTime) {
        let limit = self.idle_timeout;
        self.workers.retain(|known| known.key != key && now - known.used_at < limit);
        self.workers.push(Worker { key, used_at: now });
        let too_many = self.workers.len().saturating_sub(MAX_WORKERS);
        self.workers.drain(..too_many);
    }
}

#[cfg(any(test, feature = "test-util"))]
impl Session {
    /// Returns a session to test a store with: signed in at 1000, valid until 10,000, idle after 100 seconds.
    #[must_use]
    pub fn example(id: u8, subject: &Subject) -> Self {
        use symbolon_shared::{fingerprint::Fingerprint, refresh_token::RefreshToken};
        let id = SessionId::from_bytes([id; 16]);
        Self {
            id,
            subject: subject.clone(),
            revision: 0,
            authentication: Authentication::default(),
            browser: "Firefox on Linux".into(),
            authenticated_at: UnixTime(1000),
            last_seen_at: UnixTime(1000),
            expires_at: UnixTime(10_000),
            idle_timeout: Duration::from_secs(100),
            revoked_at: None,
            fingerprint: Fingerprint::from_random([1; 32]).hash(),
            refresh: RefreshToken::new(id, [2; 32]).hash(),
            spent_refresh: Some((RefreshToken::new(id, [1; 32]).hash(), UnixTime(1000))),
            workers: vec![Worker { key: WorkerPublicKey::from_bytes([4; 65]), used_at: UnixTime(1000) }],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session::example(1, &Subject::new("ann").unwrap())
    }

    #[test]
    fn the_worker_unused_for_longest_makes_room() {
        let mut session = session();
        let key = |n: u8| WorkerPublicKey::from_bytes([n; 65]);
        (10..42).for_each(|n| session.used_by(key(n), UnixTime(1001)));
        session.used_by(key(10), UnixTime(1002));
        session.used_by(key(99), UnixTime(1002));
        assert_eq!(session.workers.len(), MAX_WORKERS);
        assert_eq!(session.workers.last().map(|worker| worker.key), Some(key(99)));
        assert_eq!(session.worker(&key(10).thumbprint()), Some(key(10)));
        assert_eq!(session.worker(&key(11).thumbprint()), None);
    }

    /// Covers: P-04
    #[test]
    fn a_worker_that_is_gone_is_forgotten() {
        let mut session = session();
        let key = WorkerPublicKey::from_bytes([9; 65]);
        session.used_by(key, UnixTime(1100));
        assert_eq!(session.workers, [Worker { key, used_at: UnixTime(1100) }]);
    }
}
