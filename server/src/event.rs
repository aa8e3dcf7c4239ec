//! Security events, as they happen, for the application's own alerts and audit trail.
//!
//! [`Builder::on_event`](crate::symbolon::Builder::on_event) receives every event. Each is also written to the log
//! (`tracing`), and counted in the metric `symbolon_events_total{event}`, under the name in the second column. Names
//! follow the OWASP Logging Vocabulary where it has one.
//!
//! | event | name | severity | when | what to do |
//! | --- | --- | --- | --- | --- |
//! | [`SignedIn`](Event::SignedIn) | `session_created` | info | a user signed in | tell the user if the browser is new to them |
//! | [`Refreshed`](Event::Refreshed) | `session_renewed` | info | a vault got a new access token | nothing |
//! | [`Ended`](Event::Ended) | `authn_token_revoked` | info | sessions were ended | nothing |
//! | [`PermissionsChanged`](Event::PermissionsChanged) | `authz_change` | info | the application changed a user's permissions | nothing |
//! | [`SignInFailed`](Event::SignInFailed) | `authn_login_fail` | warning | the application rejected credentials | alert on an unusual number |
//! | [`LimitReached`](Event::LimitReached) | `excess_sessions_exceeded` | warning | a user reached `Config::max_sessions` | nothing, or tell the user |
//! | [`BrowserChanged`](Event::BrowserChanged) | `session_browser_changed` | warning | a session's refresh came from another browser | decide about such refreshes in `Builder::assess` |
//! | [`TooManyFailures`](Event::TooManyFailures) | `excess_rate_limit_exceeded` | warning | one client address passed `Config::max_failures` | find out who it is; block it at the proxy |
//! | [`KeyRevoked`](Event::KeyRevoked) | `signing_key_revoked` | warning | a signing key was revoked | remove the key from the configuration too |
//! | [`RefreshUnproven`](Event::RefreshUnproven) | `session_refresh_unproven` | high | the session's cookies came without a vault proof | look for injected script, or for copied cookies |
//! | [`RefreshReused`](Event::RefreshReused) | `authn_token_reuse` | high | a spent refresh token was used; the session was ended | tell the user |
//! | [`HalvesMismatched`](Event::HalvesMismatched) | `session_halves_mismatched` | high | a valid token came with another fingerprint cookie | find where tokens leak; see `Config::end_stolen_sessions` |

use std::net::IpAddr;

use symbolon_shared::{id::SessionId, subject::Subject};

use crate::{keys::KeyId, store::Scope};

/// A security event of one session, one user or the whole server. The [module](self) lists all with their meaning.
///
/// ```
/// # use symbolon_server::*;
/// # async fn alert(text: String) {}
/// # fn configured(builder: symbolon::Builder) -> symbolon::Builder {
/// builder.on_event(|event| match event {
///     // The hook runs on the thread of the request: hand work over and return.
///     Event::RefreshReused { subject, .. } => {
///         let text = format!("a refresh token of user {} was stolen", subject.as_str());
///         tokio::spawn(alert(text));
///     }
///     _ => {}
/// })
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A user signed in.
    SignedIn {
        /// The user.
        subject: Subject,
        /// The new session.
        session: SessionId,
        /// The families of browser and operating system, such as `Firefox on Linux`.
        browser: String,
    },
    /// A sign-in failed: the application rejected the credentials.
    SignInFailed {
        /// The client address, or `None` if no peer address was recorded for the connection.
        client_address: Option<IpAddr>,
    },
    /// A vault got a new access token for its session.
    Refreshed {
        /// The session.
        session: SessionId,
    },
    /// A refresh with the session's valid cookies had no valid vault proof, and was refused. Script in the document
    /// tried it, or an attacker who copied the cookies.
    RefreshUnproven {
        /// The session.
        session: SessionId,
    },
    /// A spent refresh token was used again, so a copy of it exists. The session was ended (RFC 9700 section 4.14).
    RefreshReused {
        /// The user.
        subject: Subject,
        /// The session.
        session: SessionId,
    },
    /// A valid access token came with a fingerprint cookie that is not its own, and was refused: the token was stolen.
    HalvesMismatched {
        /// The user whose token it is.
        subject: Subject,
        /// The session whose token it is.
        session: SessionId,
    },
    /// Sessions were ended: by a sign-out, by the application, or by Symbolon itself.
    Ended(Scope),
    /// A user signed in and already had as many sessions as
    /// [`Config::max_sessions`](crate::Config::max_sessions) allows.
    LimitReached {
        /// The user.
        subject: Subject,
        /// The session that was ended to make room, or `None` if the sign-in was refused.
        ended: Option<SessionId>,
    },
    /// The application said that a user's permissions changed.
    PermissionsChanged {
        /// The user.
        subject: Subject,
    },
    /// A refresh came from another browser or operating system than the session's last one.
    BrowserChanged {
        /// The session.
        session: SessionId,
    },
    /// A client address failed more often within a minute than
    /// [`Config::max_failures`](crate::Config::max_failures) allows. Its requests to `/auth/*` are answered 429 for the
    /// rest of that minute.
    TooManyFailures {
        /// The client's IPv4 address, or the /64 network of its IPv6 address.
        client_address: IpAddr,
    },
    /// A signing key was revoked: every token that it signed is refused from now on.
    KeyRevoked(KeyId),
}

/// The urgency of an event. Later variants are more urgent.
///
/// ```
/// # use symbolon_server::{Event, SigningKeys, event::Severity, shared::id::SessionId};
/// let event = Event::RefreshUnproven { session: SessionId::from_bytes([7; 16]) };
/// assert!(event.severity() >= Severity::Warning);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Normal operation; logged at level `INFO`.
    Info,
    /// Harmless alone, suspicious in numbers; logged at level `WARN`.
    Warning,
    /// One is enough to act: a secret was stolen or script was injected; logged at level `ERROR`.
    High,
}

impl Event {
    /// Returns the stable name of the event, as it stands in the log and in metrics.
    ///
    /// ```
    /// # use symbolon_server::Event;
    /// let event = Event::SignInFailed { client_address: None };
    /// assert_eq!(event.name(), "authn_login_fail");
    /// ```
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

    /// Returns how urgent the event is.
    ///
    /// ```
    /// # use symbolon_server::{Event, event::Severity, symbolon::Builder};
    /// # fn page_on_call(name: &str) {}
    /// # fn configured(builder: Builder) -> Builder {
    /// builder.on_event(|event| {
    ///     if event.severity() == Severity::High {
    ///         page_on_call(event.name());
    ///     }
    /// })
    /// # }
    /// ```
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

    /// Returns the user that the event concerns, or `None` if it names none or concerns several.
    ///
    /// ```
    /// # use symbolon_server::{Event, Subject, store::Scope};
    /// let ann = Subject::new("ann").unwrap();
    /// assert_eq!(Event::PermissionsChanged { subject: ann.clone() }.subject(), Some(&ann));
    /// assert_eq!(Event::Ended(Scope::Everyone).subject(), None);
    /// ```
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

    /// Returns the session that the event concerns, or `None` if it names none or concerns several.
    ///
    /// ```
    /// # use symbolon_server::{Event, SessionId};
    /// let session = SessionId::from_bytes([7; 16]);
    /// assert_eq!(Event::Refreshed { session }.session(), Some(session));
    /// ```
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

/// A refresh that the application allows or refuses ([`Builder::assess`](crate::symbolon::Builder::assess)).
///
/// ```
/// # use symbolon_server::{event::{RefreshContext, Verdict}, symbolon::Builder};
/// # fn configured(builder: Builder) -> Builder {
/// builder.assess(async |refresh: RefreshContext| {
///     if refresh.browser_now == refresh.browser_then { Verdict::Allow } else { Verdict::StepUp }
/// })
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct RefreshContext {
    /// The user.
    pub subject: Subject,
    /// The session.
    pub session: SessionId,
    /// The families of browser and operating system that used the session until now, such as `Firefox on Linux`.
    pub browser_then: String,
    /// The families of browser and operating system that ask for the refresh.
    pub browser_now: String,
}

/// The application's decision about a refresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Allows the refresh: the vault gets a new token.
    Allow,
    /// Refuses the refresh with `step_up_required`. The session stays as it is until the user authenticates again.
    StepUp,
    /// Refuses the refresh and ends the session.
    End,
}
