//! The authenticated user of a request.

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

/// The type of [`Authenticated`]'s claims for a handler that does not use any. It accepts whatever the token holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoClaims;

impl<'de> Deserialize<'de> for NoClaims {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

/// The user and the session of an authenticated request. A handler that takes it as an argument runs only for requests
/// with a valid access token, its fingerprint cookie, and a live session.
///
/// `C` is the type of the application's claims, which its hook put into the token
/// ([`Builder::claims`](crate::symbolon::Builder::claims)). The value is a snapshot: it does not change while a handler
/// runs.
///
/// ```
/// # use symbolon_server::{Authenticated, Error};
/// #[derive(serde::Deserialize)]
/// struct Access {
///     role: String,
/// }
///
/// async fn greet(who: Authenticated) -> String {
///     format!("hello, {}", who.subject())
/// }
///
/// async fn publish(who: Authenticated<Access>) -> Result<(), Error> {
///     if who.claims().role == "editor" { Ok(()) } else { Err(Error::Forbidden) }
/// }
/// ```
///
/// With feature `axum`, `Authenticated` is an extractor. Without it, [`Symbolon::gate`](crate::Symbolon::gate) puts an
/// `Authenticated` into the extensions of the request.
#[derive(Clone)]
pub struct Authenticated<C = NoClaims> {
    identity: Arc<Identity>,
    decided_at: UnixTime,
    claims: C,
}

/// The verified claims of a token, shared by all requests that bring it.
pub(crate) struct Identity {
    pub(crate) subject: Subject,
    pub(crate) session: SessionId,
    /// The position of the change feed when the token was issued.
    pub(crate) version: u64,
    pub(crate) authenticated_at: UnixTime,
    /// The items of the claim `amr`: quoted, and separated by commas.
    pub(crate) methods: Box<str>,
    /// The claim `acr`.
    pub(crate) level: Option<Box<str>>,
    /// The application's claims as JSON.
    pub(crate) app: Option<Box<str>>,
    /// The second, since 1970, in which a use of the token was last noted.
    pub(crate) noted_at: AtomicU64,
}

impl Authenticated {
    /// Wraps verified claims. Callers have checked that the session is live at `decided_at`.
    pub(crate) fn new(identity: Arc<Identity>, decided_at: UnixTime) -> Self {
        Self { identity, decided_at, claims: NoClaims }
    }

    /// Parses the application's claims, for services that do not use the axum extractor.
    ///
    /// ```
    /// # use symbolon_server::{Authenticated, Error};
    /// # #[derive(serde::Deserialize)] struct Access { role: String }
    /// fn role(request: &http::request::Parts) -> Result<Option<String>, Error> {
    ///     // The gate has put it there.
    ///     let Some(who) = request.extensions.get::<Authenticated>() else { return Ok(None) };
    ///     let who = who.clone().with_claims::<Access>()?;
    ///     Ok(Some(who.claims().role.clone()))
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Reason::TokenStale`] if the claims do not parse as a `C`: a previous version of the application wrote them.
    /// The vault then refreshes, and the new token has the claims of this version.
    pub fn with_claims<C: DeserializeOwned>(self) -> Result<Authenticated<C>, Error> {
        let claims = serde_json::from_str(self.identity.app.as_deref().unwrap_or("null"));
        let claims = claims.map_err(|_| Reason::TokenStale)?;
        Ok(Authenticated { identity: self.identity, decided_at: self.decided_at, claims })
    }
}

impl<C> Authenticated<C> {
    /// Returns the application's id of the user, as text.
    ///
    /// ```
    /// # use symbolon_server::{Authenticated, Error};
    /// async fn user_id(who: Authenticated) -> Result<u64, Error> {
    ///     // The id that was given to `Symbolon::sign_in`.
    ///     who.subject().parse().map_err(|_| Error::Forbidden)
    /// }
    /// ```
    #[must_use]
    pub fn subject(&self) -> &str {
        self.identity.subject.as_str()
    }

    /// Returns the application's id of the user, as a [`Subject`]: a map key that is cheap to clone.
    ///
    /// ```
    /// # use symbolon_server::{Authenticated, Subject};
    /// # use std::{collections::HashMap, sync::Mutex};
    /// fn count(who: &Authenticated, requests: &Mutex<HashMap<Subject, u64>>) {
    ///     *requests.lock().unwrap().entry(who.as_subject().clone()).or_default() += 1;
    /// }
    /// ```
    #[must_use]
    pub fn as_subject(&self) -> &Subject {
        &self.identity.subject
    }

    /// Returns the id of the session.
    ///
    /// ```
    /// # use symbolon_server::{Authenticated, Error, Symbolon};
    /// async fn end_the_other_devices(symbolon: &Symbolon, who: Authenticated) -> Result<(), Error> {
    ///     for session in symbolon.sessions(who.subject()).await? {
    ///         if session.id != who.session() {
    ///             symbolon.revoke(&session.id).await?;
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// ```
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.identity.session
    }

    /// Returns when the user proved who they are (`auth_time`, `OpenID` Connect Core 1.0, section 2).
    ///
    /// ```
    /// # use symbolon_server::Authenticated;
    /// async fn signed_in_at(who: Authenticated) -> String {
    ///     format!("signed in {} seconds after 1970", who.authenticated_at().0)
    /// }
    /// ```
    #[must_use]
    pub fn authenticated_at(&self) -> UnixTime {
        self.identity.authenticated_at
    }

    /// Returns how the user authenticated: the method names (`amr`, RFC 8176) that the application gave at sign-in.
    ///
    /// ```
    /// # use symbolon_server::{Authenticated, Error};
    /// async fn with_one_time_password(who: Authenticated) -> Result<(), Error> {
    ///     if who.methods().any(|method| method == "otp") { Ok(()) } else { Err(Error::Forbidden) }
    /// }
    /// ```
    pub fn methods(&self) -> impl Iterator<Item = &str> {
        self.identity
            .methods
            .split(',')
            .map(|quoted| quoted.trim_matches('"'))
            .filter(|name| !name.is_empty())
    }

    /// Returns the authentication level (`acr`) that the application gave at sign-in, or `None` if it gave none.
    ///
    /// ```
    /// # use symbolon_server::Authenticated;
    /// async fn may_see_balance(who: Authenticated) -> &'static str {
    ///     if who.level() == Some("two-factor") { "yes" } else { "after a second factor" }
    /// }
    /// ```
    #[must_use]
    pub fn level(&self) -> Option<&str> {
        self.identity.level.as_deref()
    }

    /// Returns the application's claims, as they were when the token was issued.
    ///
    /// Claims are current: after [`permissions_changed`](crate::Symbolon::permissions_changed), tokens with the old
    /// claims are refused.
    ///
    /// ```
    /// # use symbolon_server::{Authenticated, Error};
    /// #[derive(serde::Deserialize)]
    /// struct Access {
    ///     role: String,
    /// }
    ///
    /// async fn delete(who: Authenticated<Access>) -> Result<(), Error> {
    ///     if who.claims().role == "admin" { Ok(()) } else { Err(Error::Forbidden) }
    /// }
    /// ```
    #[must_use]
    pub fn claims(&self) -> &C {
        &self.claims
    }

    /// Requires that the user authenticated within the last `max_age`.
    ///
    /// ```
    /// # use symbolon_server::{Authenticated, Error};
    /// # use std::time::Duration;
    /// async fn change_password(who: Authenticated) -> Result<(), Error> {
    ///     who.require_recent(Duration::from_mins(5))?;
    ///     // ...
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::StepUp`] if it was longer ago. The response is 401 with the problem `step_up_required` and `max_age`
    /// (RFC 9470), so that the client asks the user to sign in again.
    pub fn require_recent(&self, max_age: Duration) -> Result<(), Error> {
        if self.decided_at - self.authenticated_at() <= max_age {
            return Ok(());
        }
        Err(Error::StepUp(StepUp { max_age: Some(max_age), level: None }))
    }

    /// Requires that the user authenticated at exactly this level. Levels are words of the application and have no order.
    ///
    /// ```
    /// # use symbolon_server::{Authenticated, Error};
    /// async fn transfer(who: Authenticated) -> Result<(), Error> {
    ///     who.require_level("two-factor")?; // given by `SignIn::level`
    ///     // ...
    ///     Ok(())
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::StepUp`] if the level is another, or none. The response is 401 with the problem `step_up_required` and
    /// `acr_values` (RFC 9470).
    pub fn require_level(&self, level: &'static str) -> Result<(), Error> {
        if self.level() == Some(level) {
            return Ok(());
        }
        Err(Error::StepUp(StepUp { max_age: None, level: Some(level) }))
    }

    /// Returns the position of the change feed when the token was issued.
    pub(crate) fn version(&self) -> u64 {
        self.identity.version
    }

    /// Returns whether this is the first use of the token within the second `now`, so that a burst of requests is noted
    /// once.
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
