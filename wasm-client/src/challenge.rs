//! The challenge in `WWW-Authenticate`, and the error that it stands for.

use symbolon_shared::problem::{Ended, Problem};

use crate::{error::VaultError, http::Head};

pub(crate) const BAD_CREDENTIALS: &str = Problem::BadCredentials.code();
pub(crate) const PROOF_STALE: &str = Problem::ProofStale.code();
pub(crate) const SIGN_IN_REQUIRED: &str = Problem::SignInRequired.code();
pub(crate) const STEP_UP_REQUIRED: &str = Problem::StepUpRequired.code();
pub(crate) const TOKEN_EXPIRED: &str = Problem::TokenExpired.code();
pub(crate) const TOKEN_STALE: &str = Problem::TokenStale.code();

/// The parameters of our server's challenge (RFC 6750 section 3).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Challenge<'a>(&'a str);

impl<'a> Challenge<'a> {
    /// Takes the value of `WWW-Authenticate`.
    pub(crate) fn new(header: Option<&'a str>) -> Self {
        Self(header.unwrap_or_default())
    }

    /// Returns whether the problem has this code. Reading the code as a [`Problem`] would put the names of all problems
    /// into the module.
    pub(crate) fn says(self, code: &str) -> bool {
        self.parameter(r#"problem=""#) == Some(code)
    }

    /// Returns the server's time, in seconds since 1970.
    pub(crate) fn now(self) -> Option<u64> {
        self.parameter(r#"now=""#)?.parse().ok()
    }

    /// Returns why the session ended.
    fn ended(self) -> Option<Ended> {
        self.parameter(r#"ended=""#).and_then(Ended::from_code)
    }

    /// Returns the error for an answer of our own endpoints with this challenge and status.
    pub(crate) fn refusal(self, status: u16) -> VaultError {
        if self.says(BAD_CREDENTIALS) {
            return VaultError::BadCredentials;
        }
        if self.says(SIGN_IN_REQUIRED) || self.says(TOKEN_EXPIRED) {
            return self.session_ended();
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

    /// Returns the error for a session that has ended.
    pub(crate) fn session_ended(self) -> VaultError {
        VaultError::SessionExpired(self.ended())
    }

    /// Returns the value of the parameter that begins with `start`.
    fn parameter(self, start: &str) -> Option<&'a str> {
        let value = self.0.split_ascii_whitespace().find_map(|parameter| parameter.strip_prefix(start))?;
        value.strip_suffix(',').unwrap_or(value).strip_suffix('"')
    }
}

impl Head {
    /// Returns the challenge of the answer; without a header, one that has no parameters.
    pub(crate) fn challenge(&self) -> Challenge<'_> {
        Challenge::new(self.challenge.as_deref())
    }

    /// Returns whether the answer is a 401 whose problem has this code.
    pub(crate) fn is_refused_for(&self, code: &str) -> bool {
        self.status == 401 && self.challenge().says(code)
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
