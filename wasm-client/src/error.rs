//! What can go wrong, by the names that the page sees.

use symbolon_shared::problem::{Ended, Problem};

/// Why the vault did not do what it was asked. `code` is one of the TypeScript `AuthErrorCode`s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum VaultError {
    /// The browser's cookies are of somebody else's session than the page's.
    AccountChanged,
    /// The name or the password is wrong.
    BadCredentials,
    /// The server does not let this person sign in, or not now.
    Forbidden,
    /// The page's request has no answer. What becomes of the session does not depend on it.
    Network,
    /// There is no session.
    NotSignedIn,
    /// The server could not be reached to renew, begin or end a session; nothing has changed.
    Offline,
    /// The token does not go to this origin.
    OriginNotAllowed,
    /// The server answered what no Symbolon server answers.
    Protocol,
    /// The answer is a redirect.
    RedirectBlocked,
    /// There was a session, and the server says that it is over, and perhaps why.
    SessionExpired(Option<Ended>),
    /// The server wants the person to prove again who they are.
    StepUpRequired,
    /// This vault has used up its secret: the page must start a new worker. Never seen outside the client.
    Spent,
    /// The server did not answer in time; nothing has changed.
    Timeout,
    /// The server cannot answer now; nothing has changed.
    Unavailable,
    /// The vault does not send such a request: a header or a path of its own.
    Unsupported,
}

impl VaultError {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::AccountChanged,
        Self::BadCredentials,
        Self::Forbidden,
        Self::Network,
        Self::NotSignedIn,
        Self::Offline,
        Self::OriginNotAllowed,
        Self::Protocol,
        Self::RedirectBlocked,
        Self::SessionExpired(None),
        Self::Spent,
        Self::StepUpRequired,
        Self::Timeout,
        Self::Unavailable,
        Self::Unsupported,
    ];

    /// Its name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::AccountChanged => "account_changed",
            Self::BadCredentials => "bad_credentials",
            Self::Forbidden => "forbidden",
            Self::Network => "network",
            Self::NotSignedIn => "not_signed_in",
            Self::Offline => "offline",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::Protocol => "protocol",
            Self::RedirectBlocked => "redirect_blocked",
            Self::SessionExpired(_) => "session_expired",
            Self::Spent => "spent",
            Self::StepUpRequired => "step_up_required",
            Self::Timeout => "timeout",
            Self::Unavailable => "unavailable",
            Self::Unsupported => "unsupported",
        }
    }

    /// Whether the server has decided nothing, so that the same can be tried later.
    pub(crate) fn is_passing(self) -> bool {
        matches!(self, Self::Offline | Self::Timeout | Self::Unavailable)
    }
}

pub(crate) const BAD_CREDENTIALS: &str = Problem::BadCredentials.code();
pub(crate) const PROOF_STALE: &str = Problem::ProofStale.code();
pub(crate) const SIGN_IN_REQUIRED: &str = Problem::SignInRequired.code();
pub(crate) const STEP_UP_REQUIRED: &str = Problem::StepUpRequired.code();
pub(crate) const TOKEN_EXPIRED: &str = Problem::TokenExpired.code();
pub(crate) const TOKEN_STALE: &str = Problem::TokenStale.code();

/// What a challenge of our server says beside its scheme.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Challenge<'a>(&'a str);

impl<'a> Challenge<'a> {
    pub(crate) fn new(header: Option<&'a str>) -> Self {
        Self(header.unwrap_or_default())
    }

    /// Whether the problem has this code. The names of all that there are would weigh more than of those that are asked for.
    pub(crate) fn says(self, code: &str) -> bool {
        self.parameter(r#"problem=""#) == Some(code)
    }

    /// The server's time, in seconds since 1970.
    pub(crate) fn now(self) -> Option<u64> {
        self.parameter(r#"now=""#)?.parse().ok()
    }

    fn ended(self) -> Option<Ended> {
        self.parameter(r#"ended=""#).and_then(Ended::from_code)
    }

    /// What an answer of our own endpoints with this challenge and status refuses.
    pub(crate) fn refusal(self, status: u16) -> VaultError {
        if self.says(BAD_CREDENTIALS) {
            return VaultError::BadCredentials;
        }
        if self.says(SIGN_IN_REQUIRED) || self.says(TOKEN_EXPIRED) {
            return self.session_over();
        }
        if self.says(STEP_UP_REQUIRED) {
            return VaultError::StepUpRequired;
        }
        match status {
            403 => VaultError::Forbidden,
            408 | 429 | 500.. => VaultError::Unavailable,
            _ => VaultError::Protocol,
        }
    }

    pub(crate) fn session_over(self) -> VaultError {
        VaultError::SessionExpired(self.ended())
    }

    fn parameter(self, start: &str) -> Option<&'a str> {
        let value = self.0.split_ascii_whitespace().find_map(|parameter| parameter.strip_prefix(start))?;
        value.strip_suffix(',').unwrap_or(value).strip_suffix('"')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_read_by_its_parameters() {
        let challenge = |text| Challenge::new(Some(text));
        let over = challenge(r#"Bearer error="invalid_token", problem="sign_in_required", ended="idle""#);
        assert_eq!(over.refusal(401), VaultError::SessionExpired(Some(Ended::Idle)));
        let stale = challenge(r#"Bearer error="invalid_token", problem="proof_stale", now="1700000000""#);
        assert_eq!((stale.says(PROOF_STALE), stale.now()), (true, Some(1_700_000_000)));
        assert_eq!(stale.refusal(401), VaultError::Protocol);
        assert!(!challenge("Basic").says(PROOF_STALE));
        assert_eq!(Challenge::new(None).refusal(503), VaultError::Unavailable);
        assert_eq!(Challenge::new(None).refusal(403), VaultError::Forbidden);
        assert_eq!(Challenge::new(None).refusal(302), VaultError::Protocol);
    }
}
