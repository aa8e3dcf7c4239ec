//! The codes of refusals on the wire.

use core::fmt;

/// The code of a refusal, as a client sees it (RFC 9457). `WWW-Authenticate` carries it too (RFC 6750 section 3).
///
/// The codes are coarse on purpose: only the server's log has the exact reason.
///
/// ```
/// # use symbolon_shared::problem::Problem;
/// let problem = Problem::from_code("token_expired").unwrap();
/// assert_eq!((problem, problem.status()), (Problem::TokenExpired, 401));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The name or the password is wrong.
    BadCredentials,
    /// The request names two hosts, so servers on its way could read it differently.
    BadRequest,
    /// The request came from another site, or cannot show that it did not.
    CrossOrigin,
    /// The person is signed in, but may not do this.
    Forbidden,
    /// The request's headers are too large.
    HeadersTooLarge,
    /// The server failed: a bug or a wrong configuration.
    Internal,
    /// The path does not answer this HTTP method.
    MethodNotAllowed,
    /// The time in the vault proof is too far from the server's. The answer carries the server's time: set the clock,
    /// and try once more.
    ProofStale,
    /// The token, the cookie or the vault proof is missing or invalid, or the session has ended. Forget the token, and
    /// sign in.
    SignInRequired,
    /// Too many requests failed from this client address. Wait, and try again.
    TooManyRequests,
    /// The person is signed in, but must authenticate again, or with a stronger method (RFC 9470).
    StepUpRequired,
    /// The request did not arrive in full in time.
    Timeout,
    /// The token is genuine, but has expired. Refresh, and try once more.
    TokenExpired,
    /// The token is genuine, but its claims are out of date. Refresh, and try once more.
    TokenStale,
    /// The server cannot decide now, and has changed nothing. The session may be alive.
    Unavailable,
    /// The body has another content type than `application/json`.
    UnsupportedMediaType,
}

impl Problem {
    /// All problems.
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

    /// Returns the code on the wire.
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

    /// Returns the problem with this code, or `None` if no problem has it.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|problem| problem.code() == code)
    }

    /// Returns the HTTP status of the answer (RFC 9110 section 15).
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

    /// Returns one sentence for a person: the `title` of RFC 9457.
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

/// Why a session ended, as its own person may know.
///
/// The server sends this beside [`Problem::SignInRequired`], only to a client that showed both halves, or the refresh
/// token, of that session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The session reached its absolute timeout.
    Expired,
    /// The session reached its idle timeout.
    Idle,
    /// The session was revoked: by its person elsewhere, by an administrator, or because it looked stolen.
    Revoked,
}

impl Ended {
    /// All causes of a session's end.
    pub const ALL: [Self; 3] = [Self::Expired, Self::Idle, Self::Revoked];

    /// Returns the code on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Idle => "idle",
            Self::Revoked => "revoked",
        }
    }

    /// Returns the cause with this code, or `None` if no cause has it.
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
