//! What an application may want to know of, as it happens.

use std::net::IpAddr;

use symbolon_shared::{id::SessionId, subject::Subject};

use crate::{keys::KeyId, store::Scope};

/// Something that happened to a session.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Somebody signed in.
    SignedIn {
        /// Who.
        subject: Subject,
        /// Their new session.
        session: SessionId,
        /// With what: the families of browser and system, for telling them of a device that they do not know.
        browser: String,
    },
    /// Somebody did not, because the application said that name or password is wrong.
    SignInFailed {
        /// From where, if that is known.
        client_address: Option<IpAddr>,
    },
    /// A session's token was renewed.
    Refreshed {
        /// Which session.
        session: SessionId,
    },
    /// Somebody with a session's genuine cookies, but without a vault's proof, asked for a token: script in the page,
    /// or a thief of the cookies. They got none.
    RefreshUnproven {
        /// Which session.
        session: SessionId,
    },
    /// A refresh handle was used again: a copy of it exists. The session has been ended.
    RefreshReused {
        /// Whose.
        subject: Subject,
        /// Which session.
        session: SessionId,
    },
    /// A genuine token came with a cookie that is not its own: the token was stolen, and could not be used.
    HalvesMismatched {
        /// Whose.
        subject: Subject,
        /// Which session.
        session: SessionId,
    },
    /// Sessions were ended, by whomever.
    Ended(Scope),
    /// Somebody reached their number of sessions.
    LimitReached {
        /// Who.
        subject: Subject,
        /// The session that made room, if it did.
        ended: Option<SessionId>,
    },
    /// What somebody may do has changed.
    PermissionsChanged {
        /// Who.
        subject: Subject,
    },
    /// A session is refreshed by what says that it is another browser than before.
    BrowserChanged {
        /// Which session.
        session: SessionId,
    },
    /// One client address, an address or an IPv6 network of a customer's, has failed too often in a minute; for the rest of it,
    /// its requests to the endpoints of the session are not looked at.
    TooManyFailures {
        /// Which.
        client_address: IpAddr,
    },
    /// A key was revoked.
    KeyRevoked(KeyId),
}

/// How much attention an event deserves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// It is a part of every day.
    Info,
    /// Many of them are a sign of something.
    Warning,
    /// One of them is: something was stolen, or script was injected.
    High,
}

impl Event {
    /// Its name, by OWASP's logging vocabulary where that has one.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::SignedIn { .. } => "session_created",
            Self::SignInFailed { .. } => "authn_login_fail",
            Self::Refreshed { .. } => "session_renewed",
            Self::RefreshUnproven { .. } => "session_refresh_unproven",
            Self::RefreshReused { .. } => "authn_token_reuse",
            Self::HalvesMismatched { .. } => "session_halves_mismatched",
            Self::Ended(_) => "authn_token_revoked",
            Self::LimitReached { .. } => "excess_sessions_exceeded",
            Self::PermissionsChanged { .. } => "authz_change",
            Self::BrowserChanged { .. } => "session_browser_changed",
            Self::TooManyFailures { .. } => "excess_rate_limit_exceeded",
            Self::KeyRevoked(_) => "signing_key_revoked",
        }
    }

    /// How much attention it deserves.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::SignedIn { .. }
            | Self::Refreshed { .. }
            | Self::Ended(_)
            | Self::PermissionsChanged { .. } => Severity::Info,
            Self::SignInFailed { .. }
            | Self::LimitReached { .. }
            | Self::BrowserChanged { .. }
            | Self::TooManyFailures { .. }
            | Self::KeyRevoked(_) => Severity::Warning,
            Self::RefreshUnproven { .. } | Self::RefreshReused { .. } | Self::HalvesMismatched { .. } => {
                Severity::High
            }
        }
    }

    /// Whom it concerns, where that is one person.
    #[must_use]
    pub fn subject(&self) -> Option<&Subject> {
        match self {
            Self::SignedIn { subject, .. }
            | Self::RefreshReused { subject, .. }
            | Self::HalvesMismatched { subject, .. }
            | Self::LimitReached { subject, .. }
            | Self::PermissionsChanged { subject }
            | Self::Ended(Scope::Subject(subject) | Scope::Others(subject, _)) => Some(subject),
            _ => None,
        }
    }

    /// Which session it concerns, where that is one.
    #[must_use]
    pub fn session(&self) -> Option<SessionId> {
        match self {
            Self::SignedIn { session, .. }
            | Self::Refreshed { session }
            | Self::RefreshUnproven { session }
            | Self::RefreshReused { session, .. }
            | Self::HalvesMismatched { session, .. }
            | Self::BrowserChanged { session }
            | Self::Ended(Scope::Session(session)) => Some(*session),
            Self::LimitReached { ended, .. } => *ended,
            _ => None,
        }
    }
}

/// A refresh, for the application to judge ([`Builder::assess`](crate::symbolon::Builder::assess)).
#[derive(Clone, Debug)]
pub struct RefreshContext {
    /// Whose session.
    pub subject: Subject,
    /// Which.
    pub session: SessionId,
    /// With what it was used until now: the families of browser and system.
    pub browser_then: String,
    /// With what it is refreshed.
    pub browser_now: String,
}

/// What the application thinks of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Allow,
    /// The person must prove again who they are; the session goes on as it is until they do.
    StepUp,
    /// The session ends.
    End,
}
