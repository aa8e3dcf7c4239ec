//! What an application may want to know of, as it happens.

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
    /// A key was revoked.
    KeyRevoked(KeyId),
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
