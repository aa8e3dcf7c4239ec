//! The idle and the absolute limit of a session.

use std::time::Duration;

use symbolon_shared::time::UnixTime;

use super::Session;
use crate::error::Reason;

impl Session {
    /// Refuses a session that is over: ended, past its absolute limit, or idle for too long.
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

    /// Returns when the session goes idle unless it is used.
    fn idle_at(&self) -> UnixTime {
        self.last_seen_at.plus(self.idle_timeout)
    }

    /// Returns when a token that is issued now expires.
    ///
    /// No token outlives its session's limits as known at its issue, so a verifier need not know when the session was last
    /// used.
    pub(crate) fn token_end(&self, now: UnixTime, lifetime: Duration) -> UnixTime {
        now.plus(lifetime).min(self.expires_at).min(self.idle_at())
    }
}

#[cfg(test)]
mod tests {
    use symbolon_shared::subject::Subject;

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
}
