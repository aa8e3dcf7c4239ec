//! Why a request or a call failed: in detail for the log, in outline for the client.
//!
//! [`Error::problem`] is the only way from an error to an HTTP response.

mod config;
mod key;
mod reason;
mod store;

use std::time::Duration;

use symbolon_shared::problem::Problem;

pub use self::{config::ConfigError, key::KeyError, reason::Reason, store::StoreError};

/// The error of handlers and of [`Symbolon`](crate::Symbolon)'s methods. Returning it from a handler logs the cause
/// and answers with its [`Problem`].
///
/// ```
/// # use symbolon_server::{Error, error::Reason, shared::problem::Problem};
/// let error = Error::from(Reason::SignatureInvalid);
/// assert_eq!(error.to_string(), "request refused: the token's signature is invalid"); // for the log
/// assert_eq!(error.problem(), Problem::SignInRequired); // for the client
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name or the password is wrong. For the application's sign-in handler; counts towards the rate limit.
    #[error("sign-in refused: the name or the password is wrong")]
    BadCredentials,
    /// The application's claims are too long, or cannot be written as JSON.
    #[error(
        "no token issued: the application's claims cannot be written as JSON, or make the token longer than 2048 bytes; \
         return fewer or shorter claims from the hook `Builder::claims`"
    )]
    Claims,
    /// The settings or the keys cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The person may not do this. For the application's handlers.
    #[error("request refused: the person has no permission for it")]
    Forbidden,
    /// The user id cannot be a subject: it is empty, longer than 255 bytes, or contains a quotation mark, a backslash or
    /// a control character. Or a method or level is not a word.
    #[error(
        "the user id cannot be a token's subject, or a method or level is not a word: write the id in 1 to 255 bytes \
         without quotation marks, backslashes or control characters, and methods and levels in 1 to 64 ASCII letters, \
         digits, `-`, `_`, `.`, `:` or `/`"
    )]
    InvalidSubject,
    /// The person has as many sessions as they may, and [`WhenFull::Refuse`](crate::config::WhenFull::Refuse) is set.
    #[error(
        "sign-in refused: the person has as many sessions as `Config::max_sessions` allows; end one, raise the limit, or \
         set `WhenFull::EndOldest`"
    )]
    TooManySessions,
    /// The person must authenticate again, or at another level (RFC 9470).
    #[error(
        "request refused: the authentication is too old, or at another level; the client is asked to step up"
    )]
    StepUp(StepUp),
    /// The operating system gave no random bytes.
    #[error("the operating system gave no random bytes; check that the process may call getrandom")]
    Randomness(#[source] getrandom::Error),
    /// Symbolon refused the request, for this reason: a missing or wrong proof, an ended session, a limit.
    #[error("request refused: {0}")]
    Refused(#[from] Reason),
    /// The store failed, or did not answer in time.
    #[error("the session store failed")]
    Store(#[from] StoreError),
    /// The vault's script and module are not part of this build.
    #[error("the vault is not part of this build: run `cargo xtask build`, then build the server again")]
    VaultMissing,
}

impl Error {
    /// Returns what a client may learn of this error. No other function maps errors to responses.
    #[must_use]
    pub fn problem(&self) -> Problem {
        match self {
            Self::BadCredentials => Problem::BadCredentials,
            Self::Claims | Self::Config(_) | Self::InvalidSubject | Self::Randomness(_) => Problem::Internal,
            Self::Forbidden
            | Self::TooManySessions
            | Self::Refused(Reason::DestinationWrong | Reason::ServiceWorker | Reason::WorkerOnly) => {
                Problem::Forbidden
            }
            Self::StepUp(_) => Problem::StepUpRequired,
            Self::Refused(Reason::CrossOrigin) => Problem::CrossOrigin,
            Self::Refused(Reason::HeadersTooLarge) => Problem::HeadersTooLarge,
            Self::Refused(Reason::HostAmbiguous) => Problem::BadRequest,
            Self::Refused(Reason::MethodRefused) => Problem::MethodNotAllowed,
            Self::Refused(Reason::ProofStale(_)) => Problem::ProofStale,
            Self::Refused(Reason::NotJson) => Problem::UnsupportedMediaType,
            Self::Refused(Reason::TooManyFailures) => Problem::TooManyRequests,
            Self::Refused(Reason::TooSlow) => Problem::Timeout,
            Self::Refused(Reason::TokenExpired) => Problem::TokenExpired,
            Self::Refused(Reason::TokenStale) => Problem::TokenStale,
            Self::Refused(_) => Problem::SignInRequired,
            Self::Store(_) | Self::VaultMissing => Problem::Unavailable,
        }
    }

    /// Returns the name of this error in the metric `symbolon_refused_total`.
    pub(crate) fn cause(&self) -> &'static str {
        match self {
            Self::Refused(reason) => reason.into(),
            other => other.problem().code(),
        }
    }

    /// Whether this error counts towards the rate limit.
    ///
    /// Errors that honest clients meet now and then do not count, such as a token of a revoked key. Neither do requests
    /// that another site's page can make any browser send: that page could use up the limit of its visitors.
    pub(crate) fn counts_towards_rate_limit(&self) -> bool {
        match self {
            Self::BadCredentials => true,
            Self::Refused(reason) => matches!(
                reason,
                Reason::BearerMalformed
                    | Reason::CookieDuplicated
                    | Reason::CookieMalformed
                    | Reason::FingerprintMismatch
                    | Reason::ProofInvalid
                    | Reason::ProofMissing
                    | Reason::ProofReplayed
                    | Reason::RefreshReused
                    | Reason::SignatureInvalid
                    | Reason::TokenMalformed
            ),
            _ => false,
        }
    }
}

impl From<KeyError> for Error {
    fn from(error: KeyError) -> Self {
        Self::Config(error.into())
    }
}

/// The authentication that a request needs. The client is told both members (RFC 9470 section 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepUp {
    /// The greatest age of the authentication, or `None` if any age will do.
    pub max_age: Option<Duration>,
    /// The authentication level (`acr`) that is needed, or `None` if any level will do.
    pub level: Option<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        config::{MAX_TOKEN_LIFETIME, PROOF_WINDOW},
        keys::MIN_KEY_LEN,
        token::MAX_LEN,
        web::{admission::MAX_HEADERS, auth::AUTH_DEADLINE},
    };

    #[test]
    fn the_numbers_in_error_texts_are_the_limits_in_force() {
        for (error, limit) in [
            (Error::Claims, format!("{MAX_LEN} bytes")),
            (Reason::HeadersTooLarge.into(), format!("{} KiB", MAX_HEADERS / 1024)),
            (
                Reason::ProofStale(symbolon_shared::time::UnixTime(1)).into(),
                format!("{} seconds", PROOF_WINDOW.as_secs()),
            ),
            (Reason::TooSlow.into(), format!("{} seconds", AUTH_DEADLINE.as_secs())),
            (KeyError::Short(1).into(), format!("at least {MIN_KEY_LEN}")),
            (KeyError::RetiredTooSoon(1).into(), format!("{} minutes", MAX_TOKEN_LIFETIME.as_secs() / 60)),
        ] {
            assert!(error.to_string().contains(&limit), "{error}: {limit}");
        }
    }
}
