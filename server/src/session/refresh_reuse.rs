//! Whether a presented refresh token is current, just spent, or reused (RFC 9700 section 4.14).

use std::time::Duration;

use symbolon_shared::{refresh_token::RefreshHash, time::UnixTime};

use super::Session;

/// How long a spent refresh token still gets the answer it got: 10 seconds. Two tabs may refresh at once, or an answer may
/// be lost on its way.
pub const REFRESH_GRACE: Duration = Duration::from_secs(10);

/// The status of a presented refresh token in its session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RefreshStatus {
    /// The current refresh token.
    Current,
    /// The previous refresh token, spent within [`REFRESH_GRACE`]: two tabs raced, or an answer was lost.
    JustSpent,
    /// Any other refresh token: somebody kept a copy.
    Reused,
}

impl Session {
    /// Returns the status of a presented refresh token, by its hash.
    pub(crate) fn refresh_status(&self, presented: RefreshHash, now: UnixTime) -> RefreshStatus {
        match self.spent_refresh {
            _ if presented == self.refresh => RefreshStatus::Current,
            Some((spent, at)) if presented == spent && now - at <= REFRESH_GRACE => RefreshStatus::JustSpent,
            _ => RefreshStatus::Reused,
        }
    }
}

#[cfg(test)]
mod tests {
    use symbolon_shared::{refresh_token::RefreshToken, subject::Subject};

    use super::*;

    /// Covers: S-10
    #[test]
    fn a_spent_refresh_token_is_accepted_for_ten_seconds_and_then_counts_as_stolen() {
        let session = Session::example(1, &Subject::new("ann").unwrap());
        let token = |secret: u8| RefreshToken::new(session.id, [secret; 32]).hash();
        assert_eq!(session.refresh_status(token(2), UnixTime(5000)), RefreshStatus::Current);
        assert_eq!(session.refresh_status(token(1), UnixTime(1010)), RefreshStatus::JustSpent);
        assert_eq!(session.refresh_status(token(1), UnixTime(1011)), RefreshStatus::Reused);
        assert_eq!(session.refresh_status(token(0), UnixTime(1000)), RefreshStatus::Reused);
    }
}
