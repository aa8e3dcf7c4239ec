//! The errors of the vault, with the codes that the page sees.

use symbolon_shared::problem::Ended;

/// Why the vault did not do what the page asked for. [`code`](Self::code) is one of the TypeScript `AuthErrorCode`s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
pub enum VaultError {
    /// The browser's cookies belong to another person's session than the page's.
    AccountChanged,
    /// The name or the password is wrong.
    BadCredentials,
    /// The server does not let this person sign in, or not now.
    Forbidden,
    /// The page's request got no answer. The session does not depend on it.
    Network,
    /// The page has no session.
    NotSignedIn,
    /// The server could not be reached to begin, renew or end a session. Nothing has changed.
    Offline,
    /// The server does not name this origin as one that may get the token.
    OriginNotAllowed,
    /// The answer is not one that a Symbolon server sends.
    Protocol,
    /// The answer to the page's request is a redirect.
    RedirectBlocked,
    /// The server says that the session has ended, and perhaps why.
    SessionExpired(Option<Ended>),
    /// The server requires the person to authenticate again, or with a stronger method.
    StepUpRequired,
    /// The vault secret is used up, so the page half must start a new worker. The application never sees this error.
    Spent,
    /// The server did not answer in time. Nothing has changed.
    Timeout,
    /// The server cannot answer now. Nothing has changed.
    Unavailable,
    /// The vault does not send such a request: its URL or one of its headers is not the page's to use.
    Unsupported,
}

impl VaultError {
    /// All errors.
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

    /// Returns the code that the page sees.
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

    /// Returns whether the server has decided nothing, so that the operation can be tried again later.
    pub(crate) fn is_transient(self) -> bool {
        matches!(self, Self::Offline | Self::Timeout | Self::Unavailable)
    }
}
