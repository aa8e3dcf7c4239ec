//! The server: [`Symbolon`] and its methods, one file for each.

mod authenticate;
mod background;
mod builder;
mod close;
mod feed;
mod keys;
mod refresh;
mod rendered;
mod revoke;
mod session_ended;
mod sign_in;

use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use http::HeaderMap;
use symbolon_shared::{
    cookies::REFRESH_COOKIE, fingerprint::Fingerprint, grant_body::GrantBody, proof::Operation,
    refresh_token::RefreshToken, seal::SealedGrant, subject::Subject, time::UnixTime,
};

pub(crate) use self::authenticate::Attempt;
use self::builder::Hooks;
pub use self::{
    builder::Builder,
    rendered::{RenderedCookie, SameOriginForm},
};
use crate::{
    clock::Clock,
    config::Config,
    cookie,
    error::{Error, Reason},
    event::{Event, Severity},
    grant::Grant,
    keys::{SigningKeys, TokenKind},
    last_seen::LastSeen,
    live::LiveView,
    rate_limit::RateLimit,
    replay::ReplayWindow,
    session::Session,
    store::{Position, Store},
    token::issue::Issuer,
    vault_proof::{self, VerifiedProof},
    verify::Ring,
};

/// A server's sessions: begins, refreshes, authenticates and ends them. Clones are cheap and share everything.
///
/// ```
/// # use symbolon_server::{Authenticated, Error, Symbolon};
/// async fn password_changed(symbolon: Symbolon, who: Authenticated) -> Result<(), Error> {
///     symbolon.revoke_others(&who).await
/// }
/// ```
#[derive(Clone)]
pub struct Symbolon(Arc<Inner>);

struct Inner {
    config: Config,
    ring: ArcSwap<Ring>,
    key_change: Mutex<()>,
    store: Box<dyn Store>,
    clock: Box<dyn Clock>,
    hooks: Hooks,
    live: LiveView,
    last_seen: LastSeen,
    replay: ReplayWindow,
    rate_limit: RateLimit,
}

impl Symbolon {
    /// Starts a server without hooks.
    ///
    /// ```
    /// # use symbolon_server::{Config, Error, SigningKeys, Symbolon, store::Memory};
    /// # async fn start(keys: SigningKeys) -> Result<(), Error> {
    /// let config = Config::new("https://app.example")?;
    /// let symbolon = Symbolon::new(config, keys, Memory::default()).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Config`] or [`Error::Store`], as [`Builder::start`].
    pub async fn new(config: Config, keys: SigningKeys, store: impl Store) -> Result<Self, Error> {
        Self::builder(config, keys, store).start().await
    }

    /// Returns a builder, for a server with the application's hooks.
    ///
    /// ```
    /// # use symbolon_server::{Config, Error, SigningKeys, Symbolon, store::Memory};
    /// # async fn start(config: Config, keys: SigningKeys) -> Result<(), Error> {
    /// let builder = Symbolon::builder(config, keys, Memory::default());
    /// let symbolon = builder.on_event(|event| println!("{}", event.name())).start().await?;
    /// # Ok(()) }
    /// ```
    pub fn builder(config: Config, keys: SigningKeys, store: impl Store) -> Builder {
        Builder::new(config, keys, store)
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn rate_limit(&self) -> &RateLimit {
        &self.0.rate_limit
    }

    pub(crate) fn ring(&self) -> Arc<Ring> {
        self.0.ring.load_full()
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.0.clock.now()
    }

    /// Verifies the vault proof of a request.
    pub(crate) fn check_proof(
        &self,
        headers: &HeaderMap,
        operation: Operation,
    ) -> Result<VerifiedProof, Reason> {
        vault_proof::check(headers, operation, &self.ring().keys, self.now())
    }

    /// Returns the fingerprint cookie and the refresh token of a request.
    pub(crate) fn cookies(&self, headers: &HeaderMap) -> Result<(Fingerprint, RefreshToken), Reason> {
        let refresh_token = cookie::read(headers, REFRESH_COOKIE)?;
        let fingerprint = cookie::read(headers, self.config().fingerprint_cookie())?;
        let fingerprint = Fingerprint::parse(fingerprint, self.config().fingerprint_format);
        match (fingerprint, RefreshToken::parse(refresh_token)) {
            (Ok(fingerprint), Ok(refresh_token)) => Ok((fingerprint, refresh_token)),
            _ => Err(Reason::CookieMalformed),
        }
    }

    /// Returns the session that both cookies name, unless it is over.
    async fn session_of(
        &self,
        fingerprint: &Fingerprint,
        refresh_token: &RefreshToken,
        now: UnixTime,
    ) -> Result<Session, Error> {
        let session = self.0.store.load(&refresh_token.session()).await?.ok_or(Reason::SessionUnknown)?;
        if session.fingerprint != fingerprint.hash() {
            return Err(Reason::FingerprintMismatch.into());
        }
        let session = self.with_last_seen(session);
        session.check(now)?;
        Ok(session)
    }

    /// Adds this node's last use of a session that is not in the store yet.
    fn with_last_seen(&self, mut session: Session) -> Session {
        if let Some(at) = self.0.last_seen.of(&session.id) {
            session.last_seen_at = session.last_seen_at.max(at);
        }
        session
    }

    /// Issues a token of `session`. Call it before the store is changed, so that a failure changes nothing.
    fn issue_token(
        &self,
        kind: TokenKind,
        session: &Session,
        app: Option<&str>,
        known: Position,
        now: UnixTime,
    ) -> Result<GrantBody, Error> {
        let ring = self.ring();
        Issuer { config: self.config(), keys: &ring.keys, now }.issue(kind, session, app, known)
    }

    /// Returns the response of a sign-in or a refresh: both cookies and the sealed token.
    fn grant(&self, fingerprint: Fingerprint, refresh: RefreshToken, body: SealedGrant) -> Grant {
        Grant { fingerprint_cookie: self.config().fingerprint_cookie(), fingerprint, refresh, body }
    }

    /// Emits an event to the log, the metrics and the application's hook. The log names a session by a keyed hash, which
    /// nobody can turn back or compare without the key.
    pub(crate) fn emit(&self, event: &Event) {
        let session = event.session().map(|id| self.ring().keys.log_name(&id));
        let (name, subject) = (event.name(), event.subject().map(Subject::as_str));
        match event.severity() {
            Severity::Info => tracing::info!(event = name, subject, session),
            Severity::Warning => tracing::warn!(event = name, subject, session),
            Severity::High => tracing::error!(event = name, subject, session),
        }
        metrics::counter!("symbolon_events_total", "event" => name).increment(1);
        (self.0.hooks.event)(event);
    }
}
