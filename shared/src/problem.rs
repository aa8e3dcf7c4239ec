//! What a client may learn of a refusal.

use core::fmt;

/// Coarse on purpose: why exactly a request was refused stands in the server's log and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The name or the password is wrong.
    BadCredentials,
    /// The request can be read in two ways.
    BadRequest,
    /// The request came from another site, or cannot show that it did not.
    CrossOrigin,
    /// The person is known, and may not do this.
    Forbidden,
    /// The request's headers are too large.
    HeadersTooLarge,
    /// A fault of the server.
    Internal,
    /// No part of the application answers such a request.
    MethodNotAllowed,
    /// The vault's clock is wrong: set it by the time that comes along, and try once more.
    ProofStale,
    /// The two halves do not make a session: forget everything and sign in.
    SignInRequired,
    /// Too many failures came from there: wait.
    TooManyRequests,
    /// The person is known, but must prove again, or better, who they are (RFC 9470).
    StepUpRequired,
    /// The request did not come to its end in time.
    Timeout,
    /// The token is genuine and its time is over: refresh, and try once more.
    TokenExpired,
    /// The token is genuine and what it says is out of date: refresh, and try once more.
    TokenStale,
    /// The server cannot decide now. It has changed nothing; the session may well be alive.
    Unavailable,
    /// The body is of another type than the one that is read here.
    UnsupportedMediaType,
}

impl Problem {
    /// All of them, for whoever must know every one.
    pub const ALL: [Self; 16] = [
        Self::BadCredentials,
        Self::BadRequest,
        Self::CrossOrigin,
        Self::Forbidden,
        Self::HeadersTooLarge,
        Self::Internal,
        Self::MethodNotAllowed,
        Self::ProofStale,
        Self::SignInRequired,
        Self::TooManyRequests,
        Self::StepUpRequired,
        Self::Timeout,
        Self::TokenExpired,
        Self::TokenStale,
        Self::Unavailable,
        Self::UnsupportedMediaType,
    ];

    /// Its name on the wire.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::BadCredentials => "bad_credentials",
            Self::BadRequest => "bad_request",
            Self::CrossOrigin => "cross_origin",
            Self::Forbidden => "forbidden",
            Self::HeadersTooLarge => "headers_too_large",
            Self::Internal => "internal",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::ProofStale => "proof_stale",
            Self::SignInRequired => "sign_in_required",
            Self::TooManyRequests => "too_many_requests",
            Self::StepUpRequired => "step_up_required",
            Self::Timeout => "timeout",
            Self::TokenExpired => "token_expired",
            Self::TokenStale => "token_stale",
            Self::Unavailable => "unavailable",
            Self::UnsupportedMediaType => "unsupported_media_type",
        }
    }

    /// The problem with this name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|problem| problem.code() == code)
    }

    /// The HTTP status it travels with (RFC 9110 section 15).
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::BadCredentials
            | Self::ProofStale
            | Self::SignInRequired
            | Self::StepUpRequired
            | Self::TokenExpired
            | Self::TokenStale => 401,
            Self::BadRequest => 400,
            Self::CrossOrigin | Self::Forbidden => 403,
            Self::MethodNotAllowed => 405,
            Self::Timeout => 408,
            Self::UnsupportedMediaType => 415,
            Self::TooManyRequests => 429,
            Self::HeadersTooLarge => 431,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// One sentence for a person.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::BadCredentials => "The name or the password is wrong.",
            Self::BadRequest => "The request can be read in two ways.",
            Self::CrossOrigin => "The request must come from the application's own origin.",
            Self::Forbidden => "This is not allowed.",
            Self::HeadersTooLarge => "The request's headers are too large.",
            Self::Internal => "The server made a mistake.",
            Self::MethodNotAllowed => "Nothing here answers such a request.",
            Self::ProofStale => "The clock of the browser is wrong.",
            Self::SignInRequired => "Sign in to go on.",
            Self::TooManyRequests => "Too many attempts: wait a minute.",
            Self::StepUpRequired => "Prove again who you are to do this.",
            Self::Timeout => "The request took too long.",
            Self::TokenExpired => "The token has expired.",
            Self::TokenStale => "The token is out of date.",
            Self::Unavailable => "The server cannot answer now.",
            Self::UnsupportedMediaType => "The body must be JSON.",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// Why a session is over, as far as its own person may know: told beside [`Problem::SignInRequired`] to whoever showed
/// both halves, or the refresh handle, of that session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It reached its absolute limit.
    Expired,
    /// It was unused for too long.
    Idle,
    /// It was ended: by its person elsewhere, by an administrator, or because it looked stolen.
    Revoked,
}

impl Ended {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Expired, Self::Idle, Self::Revoked];

    /// Its name on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Idle => "idle",
            Self::Revoked => "revoked",
        }
    }

    /// The cause with this name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ended| ended.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_found_by_its_own_code() {
        for problem in Problem::ALL {
            assert_eq!(Problem::from_code(problem.code()), Some(problem));
        }
        for ended in Ended::ALL {
            assert_eq!(Ended::from_code(ended.code()), Some(ended));
        }
        assert_eq!(Problem::from_code("Internal"), None);
    }
}
