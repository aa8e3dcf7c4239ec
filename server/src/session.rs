//! One sign-in as the server remembers it.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use symbolon_shared::{
    fingerprint::FingerprintHash, id::SessionId, proof::WorkerPublicKey, refresh_token::RefreshHash,
    subject::Subject, time::UnixTime,
};

use crate::{config::REFRESH_GRACE, error::Reason, sign_in::Authentication};

/// How many workers, and so tabs, one session can have. The one unused for longest makes room.
pub const MAX_WORKERS: usize = 32;

/// The record of a session. Of every secret it holds a hash only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its name.
    pub id: SessionId,
    /// Whose it is.
    pub subject: Subject,
    /// Counts the changes: a store replaces a record only by one that was made from it.
    pub revision: u64,
    /// How the person proved who they are.
    pub authentication: Authentication,
    /// With what they use it: the families of browser and system, and no more.
    pub browser: String,
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
    pub workers: Vec<Worker>,
}

/// A worker that may refresh a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Worker {
    /// Its key.
    pub key: WorkerPublicKey,
    /// When it last did.
    pub used_at: UnixTime,
}

/// What a presented refresh handle is to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefreshStatus {
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
        } else if now >= self.idle_at() {
            Err(Reason::SessionIdle)
        } else {
            Ok(())
        }
    }

    /// When it ends if it is not used.
    fn idle_at(&self) -> UnixTime {
        self.last_seen_at.plus(self.idle_timeout)
    }

    /// The end of a token that is issued now. No token outlives its session's limits as they are known at its issue,
    /// so a verifier need not know when the session was last used.
    pub(crate) fn token_end(&self, now: UnixTime, lifetime: Duration) -> UnixTime {
        now.plus(lifetime).min(self.expires_at).min(self.idle_at())
    }

    pub(crate) fn recognise(&self, presented: RefreshHash, now: UnixTime) -> RefreshStatus {
        match self.spent_refresh {
            _ if presented == self.refresh => RefreshStatus::Current,
            Some((spent, at)) if presented == spent && now - at <= REFRESH_GRACE => RefreshStatus::JustSpent,
            _ => RefreshStatus::Reused,
        }
    }

    /// The worker whose key has this thumbprint.
    pub(crate) fn worker(&self, thumbprint: &[u8; 32]) -> Option<WorkerPublicKey> {
        self.workers.iter().map(|worker| worker.key).find(|key| key.thumbprint() == *thumbprint)
    }

    /// Notes that the worker with this key was used last, and forgets those that were not for as long as the session
    /// itself may go unused.
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
    /// A session to test a store with: signed in at 1000, good until 10,000, idle after 100 seconds.
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
    use symbolon_shared::refresh_token::RefreshToken;

    use super::*;

    fn session() -> Session {
        Session::example(1, &Subject::new("ann").unwrap())
    }

    /// Covers: S-05, S-06, S-007
    #[test]
    fn the_limits_are_exact() {
        let session = session();
        assert_eq!(session.check(UnixTime(1099)), Ok(()));
        assert_eq!(session.check(UnixTime(1100)), Err(Reason::SessionIdle));
        assert_eq!(session.check(UnixTime(10_000)), Err(Reason::SessionExpired));
        assert_eq!(
            Session { revoked_at: Some(UnixTime(1)), ..session }.check(UnixTime(1000)),
            Err(Reason::SessionRevoked)
        );
    }

    /// Covers: S-27, S-010
    #[test]
    fn a_clock_set_back_ends_nothing_and_panics_nowhere() {
        assert_eq!(session().check(UnixTime(0)), Ok(()));
        assert_eq!(session().token_end(UnixTime(0), Duration::from_secs(50)), UnixTime(50));
    }

    /// Covers: S-06, S-008
    #[test]
    fn no_token_outlives_its_session() {
        let minutes = Duration::from_mins(5);
        assert_eq!(session().token_end(UnixTime(1000), minutes), UnixTime(1100), "idle by then");
        let busy = Session { last_seen_at: UnixTime(9950), ..session() };
        assert_eq!(busy.token_end(UnixTime(9950), minutes), UnixTime(10_000), "over by then");
        let short = Duration::from_secs(20);
        assert_eq!(busy.token_end(UnixTime(9950), short), UnixTime(9970));
    }

    /// Covers: S-10
    #[test]
    fn a_spent_handle_is_good_for_a_moment_and_then_a_sign_of_theft() {
        let session = session();
        let handle = |secret: u8| RefreshToken::new(session.id, [secret; 32]).hash();
        assert_eq!(session.recognise(handle(2), UnixTime(5000)), RefreshStatus::Current);
        assert_eq!(session.recognise(handle(1), UnixTime(1010)), RefreshStatus::JustSpent);
        assert_eq!(session.recognise(handle(1), UnixTime(1011)), RefreshStatus::Reused);
        assert_eq!(session.recognise(handle(0), UnixTime(1000)), RefreshStatus::Reused);
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
