//! Who a request is from.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serde::{Deserialize, de::DeserializeOwned};
use symbolon_shared::{id::SessionId, subject::Subject, time::UnixTime};

use crate::error::{Error, Reason, StepUp};

/// For [`Authenticated`], when a handler does not ask what the application put into the token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoClaims;

impl<'de> Deserialize<'de> for NoClaims {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// Somebody who holds both halves of a living session. A handler that takes it cannot run without.
///
/// `C` is what the application's own hook put into the token ([`Builder::claims`](crate::symbolon::Builder::claims)).
/// It is as of one moment: a handler sees no change half-way.
#[derive(Clone)]
pub struct Authenticated<C = NoClaims> {
    identity: Arc<Identity>,
    decided_at: UnixTime,
    claims: C,
}

/// What a token says of a person.
pub(crate) struct Identity {
    pub(crate) subject: Subject,
    pub(crate) session: SessionId,
    pub(crate) version: u64,
    pub(crate) authenticated_at: UnixTime,
    pub(crate) methods: Box<str>,
    pub(crate) level: Option<Box<str>>,
    pub(crate) app: Option<Box<str>>,
    /// The second in which its use was noted last.
    pub(crate) noted_at: AtomicU64,
}

impl Authenticated {
    pub(crate) fn new(identity: Arc<Identity>, decided_at: UnixTime) -> Self {
        Self { identity, decided_at, claims: NoClaims }
    }

    /// The same with what the application put into the token.
    ///
    /// # Errors
    /// [`Reason::TokenStale`] when that is something else than a `C`: the application has changed since, and a refresh
    /// brings what it says now.
    pub fn with_claims<C: DeserializeOwned>(self) -> Result<Authenticated<C>, Error> {
        let claims = serde_json::from_str(self.identity.app.as_deref().unwrap_or("null"));
        let claims = claims.map_err(|_| Reason::TokenStale)?;
        Ok(Authenticated { identity: self.identity, decided_at: self.decided_at, claims })
    }
}

impl<C> Authenticated<C> {
    /// Who.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.identity.subject.as_str()
    }

    /// Who, as the type that the other verbs take.
    #[must_use]
    pub fn as_subject(&self) -> &Subject {
        &self.identity.subject
    }

    /// In which session.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.identity.session
    }

    /// When they proved who they are.
    #[must_use]
    pub fn authenticated_at(&self) -> UnixTime {
        self.identity.authenticated_at
    }

    /// How they did: the names of RFC 8176 that the application gave at sign-in.
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        self.identity
            .methods
            .split(',')
            .map(|quoted| quoted.trim_matches('"'))
            .filter(|name| !name.is_empty())
    }

    /// At what level, if the application said so at sign-in.
    #[must_use]
    pub fn level(&self) -> Option<&str> {
        self.identity.level.as_deref()
    }

    /// What the application put into the token.
    #[must_use]
    pub fn claims(&self) -> &C {
        &self.claims
    }

    /// Goes on only if they proved who they are within `max_age`; otherwise the client is told to have them do it.
    ///
    /// # Errors
    /// [`Error::StepUp`].
    pub fn require_recent(&self, max_age: Duration) -> Result<(), Error> {
        if self.decided_at - self.authenticated_at() <= max_age {
            return Ok(());
        }
        Err(Error::StepUp(StepUp { max_age: Some(max_age), level: None }))
    }

    /// Goes on only if they proved who they are at exactly this level. Levels are the application's own words, and
    /// have no order.
    ///
    /// # Errors
    /// [`Error::StepUp`].
    pub fn require_level(&self, level: &'static str) -> Result<(), Error> {
        if self.level() == Some(level) {
            return Ok(());
        }
        Err(Error::StepUp(StepUp { max_age: None, level: Some(level) }))
    }

    pub(crate) fn version(&self) -> u64 {
        self.identity.version
    }

    /// Whether this use of the token is the first of its second, so that a burst of requests is noted once.
    pub(crate) fn is_first_use_at(&self, now: UnixTime) -> bool {
        let noted_at = &self.identity.noted_at;
        noted_at.load(Ordering::Relaxed) != now.0 && noted_at.swap(now.0, Ordering::Relaxed) != now.0
    }
}

impl<C> fmt::Debug for Authenticated<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authenticated(..)")
    }
}
