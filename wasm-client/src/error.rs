//! What can go wrong, by the names that the page sees.

use symbolon_shared::problem::Problem;

/// Why the vault did not do what it was asked. `code` is one of the TypeScript `AuthErrorCode`s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum VaultError {
    /// The name or the password is wrong.
    BadCredentials,
    /// The server does not let this person sign in, or not now.
    Forbidden,
    /// The server could not be reached, or its answer was not readable.
    Network,
    /// There is no session.
    NotSignedIn,
    /// The token does not go to this origin.
    OriginNotAllowed,
    /// The server answered what no Symbolon server answers.
    Protocol,
    /// The answer is a redirect.
    RedirectBlocked,
    /// There was a session, and the server says that it is over.
    SessionExpired,
    /// The server wants the person to prove again who they are.
    StepUpRequired,
    /// This vault has used up its secret: the page must start a new worker. Never seen outside the client.
    Spent,
    /// The server cannot answer now; nothing has changed.
    Unavailable,
    /// The vault does not send such a request: a header or a path of its own.
    Unsupported,
}

impl VaultError {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::BadCredentials,
        Self::Forbidden,
        Self::Network,
        Self::NotSignedIn,
        Self::OriginNotAllowed,
        Self::Protocol,
        Self::RedirectBlocked,
        Self::SessionExpired,
        Self::Spent,
        Self::StepUpRequired,
        Self::Unavailable,
        Self::Unsupported,
    ];

    /// Its name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::BadCredentials => "bad_credentials",
            Self::Forbidden => "forbidden",
            Self::Network => "network",
            Self::NotSignedIn => "not_signed_in",
            Self::OriginNotAllowed => "origin_not_allowed",
            Self::Protocol => "protocol",
            Self::RedirectBlocked => "redirect_blocked",
            Self::SessionExpired => "session_expired",
            Self::Spent => "spent",
            Self::StepUpRequired => "step_up_required",
            Self::Unavailable => "unavailable",
            Self::Unsupported => "unsupported",
        }
    }

    /// What an answer with this status and problem means.
    pub(crate) fn from_answer(status: u16, problem: Option<Problem>) -> Self {
        match (status, problem) {
            (_, Some(Problem::BadCredentials)) => Self::BadCredentials,
            (_, Some(Problem::Forbidden)) => Self::Forbidden,
            (_, Some(Problem::SignInRequired | Problem::TokenExpired)) => Self::SessionExpired,
            (_, Some(Problem::StepUpRequired)) => Self::StepUpRequired,
            (429 | 500.., _) => Self::Unavailable,
            _ => Self::Protocol,
        }
    }
}
