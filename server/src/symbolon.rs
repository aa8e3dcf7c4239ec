//! The verbs.

mod authenticate;
mod close;
mod refresh;
mod rendered;
mod revoke;
mod session_ended;
mod sign_in;

use std::{
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use http::HeaderMap;
use serde::Serialize;
use symbolon_shared::{
    claims::Claims,
    fingerprint::Fingerprint,
    id::TokenId,
    proof::Operation,
    refresh_token::RefreshToken,
    seal::SealedGrant,
    subject::Subject,
    time::UnixTime,
    wire::{GrantBody, REFRESH_COOKIE},
};

use crate::{
    clock::{Clock, SystemClock},
    config::Config,
    cookie,
    error::{Error, KeyError, Reason},
    event::{Event, RefreshContext, Severity, Verdict},
    grant::Grant,
    keys::{KeyId, SigningKeys, TokenKind},
    last_seen::LastSeen,
    live::LiveView,
    random,
    rate_limit::RateLimit,
    replay::ReplayWindow,
    session::Session,
    store::{Deadline, Position, Store},
    token,
    vault_proof::{self, VerifiedProof},
    verify::Ring,
};

pub(crate) use self::authenticate::Attempt;
pub use self::rendered::{RenderedCookie, SameOriginForm};

/// Everything a server does with sessions. Cloning it is cheap, and all clones are one.
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

/// Asks the application something.
type Ask<Question, Answer> =
    Box<dyn Fn(Question) -> Pin<Box<dyn Future<Output = Answer> + Send>> + Send + Sync>;

/// What the application adds.
struct Hooks {
    claims: Ask<Subject, Result<Option<String>, Error>>,
    assess: Ask<RefreshContext, Verdict>,
    event: Box<dyn Fn(&Event) + Send + Sync>,
}

/// A server that is being put together.
#[must_use = "it does nothing until it is started"]
pub struct Builder {
    config: Config,
    keys: SigningKeys,
    store: Box<dyn Store>,
    clock: Box<dyn Clock>,
    hooks: Hooks,
}

impl Builder {
    /// What the application puts into every token, as the claim `app`. It is asked at every sign-in and refresh, so that
    /// a changed permission needs no second code path. [`Reason::AccountClosed`] ends the session; any other error
    /// is answered as it is, and the session is as it was.
    pub fn claims<F, A, C>(mut self, hook: F) -> Self
    where
        F: Fn(Subject) -> A + Send + Sync + 'static,
        A: Future<Output = Result<C, Error>> + Send + 'static,
        C: Serialize,
    {
        self.hooks.claims = Box::new(move |subject| {
            let answer = hook(subject);
            Box::pin(async move {
                let claims = answer.await?;
                serde_json::to_string(&claims).map(Some).map_err(|_| Error::Claims)
            })
        });
        self
    }

    /// Judges every refresh. Without it, a session may move from one device to another, and only its event tells.
    pub fn assess<F, A>(mut self, hook: F) -> Self
    where
        F: Fn(RefreshContext) -> A + Send + Sync + 'static,
        A: Future<Output = Verdict> + Send + 'static,
    {
        self.hooks.assess = Box::new(move |context| Box::pin(hook(context)));
        self
    }

    /// Hears of everything that happens, at once and on the thread where it does: it should pass it on and return.
    pub fn on_event(mut self, hook: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.hooks.event = Box::new(hook);
        self
    }

    /// Another clock than the machine's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Box::new(clock);
        self
    }

    /// Checks the settings and asks the store for the first time, so that what is wrong shows now; and begins to read
    /// the feed of changes, until the last clone is dropped. It must be called within a tokio runtime.
    ///
    /// # Errors
    /// [`Error::Config`] or [`Error::Store`].
    pub async fn start(self) -> Result<Symbolon, Error> {
        let Self { config, keys, store, clock, hooks } = self;
        config.check()?;
        keys.signer(clock.now())?;
        let symbolon = Symbolon(Arc::new(Inner {
            config,
            ring: ArcSwap::from_pointee(Ring::new(keys)),
            key_change: Mutex::default(),
            store: Box::new(Deadline(store)),
            clock,
            hooks,
            live: LiveView::new(),
            last_seen: LastSeen::new(),
            replay: ReplayWindow::default(),
            rate_limit: RateLimit::default(),
        }));
        symbolon.read_feed().await?;
        symbolon.spawn_feed_reader();
        Ok(symbolon)
    }
}

impl Symbolon {
    /// A server with these settings, keys and sessions, and nothing more.
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub async fn new(config: Config, keys: SigningKeys, store: impl Store) -> Result<Self, Error> {
        Self::builder(config, keys, store).start().await
    }

    /// The same, to be given what the application adds.
    pub fn builder(config: Config, keys: SigningKeys, store: impl Store) -> Builder {
        let hooks = Hooks {
            claims: Box::new(|_| Box::pin(async { Ok(None) })),
            assess: Box::new(|_| Box::pin(async { Verdict::Allow })),
            event: Box::new(|_| ()),
        };
        Builder { config, keys, store: Box::new(store), clock: Box::new(SystemClock), hooks }
    }

    /// Uses another ring from now on. Requests under way finish with the one they began with.
    ///
    /// # Errors
    /// [`KeyError::NoneActive`] when none of its keys signs now; the ring stays as it was.
    pub fn replace_keys(&self, keys: SigningKeys) -> Result<(), KeyError> {
        self.change_keys(|_| Ok(keys))
    }

    /// Takes a key out of the ring: every token that it signed is refused from now on, and vaults get new ones. Take
    /// it out of the configuration as well, or the next start brings it back.
    ///
    /// # Errors
    /// [`KeyError::NoneActive`] when it is the only one: put another into the ring first.
    pub fn revoke_key(&self, id: &KeyId) -> Result<(), KeyError> {
        self.change_keys(|keys| keys.without(id))?;
        self.emit(&Event::KeyRevoked(id.clone()));
        Ok(())
    }

    /// One change at a time, or one of two would be undone by the other.
    fn change_keys(
        &self,
        change: impl FnOnce(&SigningKeys) -> Result<SigningKeys, KeyError>,
    ) -> Result<(), KeyError> {
        let _turn = self.0.key_change.lock().unwrap_or_else(PoisonError::into_inner);
        let keys = change(&self.ring().keys)?;
        keys.signer(self.now())?;
        self.0.ring.store(Arc::new(Ring::new(keys)));
        Ok(())
    }

    /// The names of the keys that verify now.
    #[must_use]
    pub fn key_ids(&self) -> Vec<KeyId> {
        self.ring().keys.verifiers(self.now()).map(|key| key.id().clone()).collect()
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

    pub(crate) fn check_proof(
        &self,
        headers: &HeaderMap,
        operation: Operation,
    ) -> Result<VerifiedProof, Reason> {
        vault_proof::check(headers, operation, &self.ring().keys, self.now())
    }

    /// The cookie half of a request.
    fn fingerprint(&self, headers: &HeaderMap) -> Result<Fingerprint, Reason> {
        let value = cookie::read(headers, self.config().fingerprint_cookie())?;
        Fingerprint::parse(value, self.config().fingerprint_format).map_err(|_| Reason::CookieMalformed)
    }

    /// Both cookies of a request.
    pub(crate) fn halves(&self, headers: &HeaderMap) -> Result<(Fingerprint, RefreshToken), Reason> {
        let handle = cookie::read(headers, REFRESH_COOKIE)?;
        Ok((self.fingerprint(headers)?, RefreshToken::parse(handle).map_err(|_| Reason::CookieMalformed)?))
    }

    /// The session that two cookies name together, if it lives.
    async fn session_of(
        &self,
        fingerprint: &Fingerprint,
        handle: &RefreshToken,
        now: UnixTime,
    ) -> Result<Session, Error> {
        let session = self.0.store.load(&handle.session()).await?.ok_or(Reason::SessionUnknown)?;
        if session.fingerprint != fingerprint.hash() {
            return Err(Reason::FingerprintMismatch.into());
        }
        let session = self.with_last_seen(session);
        session.check(now)?;
        Ok(session)
    }

    /// The record with the uses of this node that were not written down yet.
    fn with_last_seen(&self, mut session: Session) -> Session {
        if let Some(at) = self.0.last_seen.of(&session.id) {
            session.last_seen_at = session.last_seen_at.max(at);
        }
        session
    }

    /// The token half of a session. It is made before the store is told of anything, so that what cannot be made changes
    /// nothing.
    fn token(
        &self,
        session: &Session,
        app: Option<&str>,
        known: Position,
        now: UnixTime,
        kind: TokenKind,
    ) -> Result<GrantBody, Error> {
        let Config { origin, timeouts, fingerprint_format, .. } = self.config();
        let expires_at = session.token_end(now, timeouts.token);
        let claims = Claims {
            iss: origin.as_str(),
            aud: origin.as_str(),
            sub: session.subject.as_str(),
            sid: &session.id.to_text(),
            jti: &TokenId::from_bytes(random::bytes()?).to_text(),
            iat: now,
            nbf: now,
            exp: expires_at,
            auth_time: session.authenticated_at,
            amr: &session.authentication.methods,
            acr: session.authentication.level.as_deref(),
            version: known.0,
            fingerprint: session.fingerprint,
            app,
        };
        let ring = self.ring();
        let access_token = token::sign(&claims, *fingerprint_format, ring.keys.signer(now)?.token(kind))?;
        Ok(GrantBody { access_token, expires_in: (expires_at - now).as_secs() })
    }

    /// Both halves, on their way out.
    fn grant(&self, fingerprint: Fingerprint, refresh: RefreshToken, body: SealedGrant) -> Grant {
        Grant { fingerprint_cookie: self.config().fingerprint_cookie(), fingerprint, refresh, body }
    }

    /// Tells the application, the metrics, and the log: of a session, that has only a hash which nobody can turn back
    /// or compare without the key.
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
