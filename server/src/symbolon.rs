//! The verbs.

use std::{fmt::Display, sync::Arc};

use http::HeaderMap;
use symbolon_shared::{
    claims::{Claims, Subject},
    fingerprint::Fingerprint,
    id::{SessionId, TokenId},
    proof::Operation,
    refresh::RefreshHandle,
    time::UnixTime,
    wire::{FINGERPRINT_COOKIE, GrantBody, REFRESH_COOKIE},
};

use crate::{
    clock::{Clock, SystemClock},
    config::Config,
    cookie,
    error::{Error, Reason, StoreError},
    grant::Grant,
    keys::SigningKeys,
    random,
    replay::ReplayWindow,
    session::{Handle, Session},
    store::Store,
    token,
    vault_proof::{self, Checked, ProvenVault},
    verify::{Authenticated, Signed},
};

/// How often a change is tried again when others change the same session in the same moment.
const MAX_ATTEMPTS: usize = 32;

/// Everything a server does with sessions. Cloning it is cheap, and all clones are one.
#[derive(Clone)]
pub struct Symbolon(Arc<Inner>);

struct Inner {
    config: Config,
    keys: SigningKeys,
    store: Box<dyn Store>,
    clock: Box<dyn Clock>,
    replay: ReplayWindow,
}

impl Symbolon {
    /// Checks the settings and asks the store for the first time, so that what is wrong shows now.
    ///
    /// # Errors
    /// [`Error::Config`] or [`Error::Store`].
    pub async fn new(config: Config, keys: SigningKeys, store: impl Store) -> Result<Self, Error> {
        Self::with_clock(config, keys, store, SystemClock).await
    }

    /// The same by another clock.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub async fn with_clock(
        config: Config,
        keys: SigningKeys,
        store: impl Store,
        clock: impl Clock,
    ) -> Result<Self, Error> {
        config.check()?;
        let swept = store.sweep(clock.now()).await?;
        tracing::debug!(swept, "the session store answers");
        let inner = Inner {
            config,
            keys,
            store: Box::new(store),
            clock: Box::new(clock),
            replay: ReplayWindow::default(),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Begins a session for a person who has just proved who they are. One that the same browser had ends.
    ///
    /// # Errors
    /// [`Error::InvalidSubject`], [`Error::Store`], [`Error::Randomness`], or [`Error::Refused`] when `vault` has begun
    /// a session before.
    pub async fn sign_in(&self, user: impl Display, vault: ProvenVault) -> Result<Grant, Error> {
        let now = self.now();
        let subject = Subject::new(user).map_err(|_| Error::InvalidSubject)?;
        vault_proof::spend_secret(&vault.enrolment, &self.0.replay, now)?;
        let id = SessionId::from_bytes(random::bytes()?);
        let fingerprint = Fingerprint::from_random(random::bytes()?);
        let refresh = RefreshHandle::new(id, random::bytes()?);
        let session = Session {
            id,
            subject,
            revision: 0,
            authenticated_at: now,
            last_seen_at: now,
            expires_at: now.plus(self.0.config.absolute_timeout),
            idle_timeout: self.0.config.idle_timeout,
            revoked_at: None,
            fingerprint: fingerprint.hash(),
            refresh: refresh.hash(),
            spent_refresh: None,
            workers: vec![vault.enrolment.key],
        };
        self.0.store.insert(&session).await?;
        if let Some((fingerprint, handle)) = vault.previous {
            self.end_previous(&fingerprint, handle.session()).await?;
        }
        self.grant(&session, fingerprint, refresh, now)
    }

    /// The next token of the session that the cookies name, for the vault that proves itself.
    pub(crate) async fn refresh(&self, headers: &HeaderMap) -> Result<Grant, Error> {
        let now = self.now();
        let (fingerprint, presented) = halves(headers)?;
        let checked = self.check_proof(headers, Operation::Refresh)?;
        let session = self.live_session(&fingerprint, presented.session(), now).await?;
        let worker = match checked {
            Checked::Enrolment(enrolment) => {
                vault_proof::spend_secret(&enrolment, &self.0.replay, now)?;
                enrolment.key
            }
            Checked::Signature(signature) => {
                vault_proof::signer(&signature, Operation::Refresh, &session, &self.0.replay, now)?
            }
        };
        let mut successor = None;
        let session = self
            .change(session, |session| {
                session.check(now)?;
                match session.recognise(presented.hash(), now) {
                    Handle::Current => {
                        let next = self.0.keys.current().successor(&presented);
                        session.spent_refresh = Some((session.refresh, now));
                        session.refresh = next.hash();
                        successor = Some(next);
                    }
                    Handle::JustSpent => {
                        let next = self.0.keys.all().iter().map(|key| key.successor(&presented));
                        successor = next.into_iter().find(|next| next.hash() == session.refresh);
                    }
                    Handle::Reused => {
                        session.revoked_at = Some(now);
                        successor = None;
                    }
                }
                session.used_by(worker);
                Ok(())
            })
            .await?;
        self.grant(&session, fingerprint, successor.ok_or(Reason::RefreshReused)?, now)
    }

    /// Whether a request brings both halves of a living session.
    ///
    /// # Errors
    /// [`Error::Refused`] with the reason, or [`Error::Store`] when it cannot be known: never a yes.
    pub async fn authenticate(&self, bearer: &str, headers: &HeaderMap) -> Result<Authenticated, Error> {
        let now = self.now();
        let fingerprint = fingerprint(headers)?;
        let bound = Signed::check(bearer, &self.0.keys, &self.0.config.origin, now)?.bind(&fingerprint)?;
        let (who, mut session) = bound.confirm(&*self.0.store, now).await?;
        if session.should_touch(now) {
            session.last_seen_at = now;
            // When somebody else has changed the record in this moment, this session was seen anyway.
            self.0.store.update(&session).await?;
        }
        Ok(who)
    }

    /// Ends this session, and no other.
    ///
    /// # Errors
    /// [`Error::Store`] when it cannot be said that it has ended.
    pub async fn sign_out(&self, who: &Authenticated) -> Result<(), Error> {
        self.revoke(&who.session()).await
    }

    /// Ends the session with this id; the next request with its token is refused. Ending it twice is ending it once.
    ///
    /// # Errors
    /// [`Error::Store`] when it cannot be said that it has ended.
    pub async fn revoke(&self, id: &SessionId) -> Result<(), Error> {
        let now = self.now();
        let Some(session) = self.0.store.load(id).await? else { return Ok(()) };
        self.change(session, |session| {
            session.revoked_at.get_or_insert(now);
            Ok(())
        })
        .await?;
        Ok(())
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn keys(&self) -> &SigningKeys {
        &self.0.keys
    }

    pub(crate) fn now(&self) -> UnixTime {
        self.0.clock.now()
    }

    pub(crate) fn check_proof(&self, headers: &HeaderMap, operation: Operation) -> Result<Checked, Reason> {
        vault_proof::check(headers, operation, &self.0.keys, &self.0.replay, self.now())
    }

    /// The session with this id, if it lives and `fingerprint` is its cookie half.
    async fn live_session(
        &self,
        fingerprint: &Fingerprint,
        id: SessionId,
        now: UnixTime,
    ) -> Result<Session, Error> {
        let session = self.0.store.load(&id).await?.ok_or(Reason::SessionUnknown)?;
        if session.fingerprint != fingerprint.hash() {
            return Err(Reason::FingerprintMismatch.into());
        }
        session.check(now)?;
        Ok(session)
    }

    async fn end_previous(&self, fingerprint: &Fingerprint, id: SessionId) -> Result<(), Error> {
        match self.live_session(fingerprint, id, self.now()).await {
            Ok(session) => self.revoke(&session.id).await,
            Err(Error::Refused(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Applies a change to the newest record: compare, and swap, and if another was faster, again.
    async fn change(
        &self,
        mut session: Session,
        mut change: impl FnMut(&mut Session) -> Result<(), Reason>,
    ) -> Result<Session, Error> {
        for _ in 0..MAX_ATTEMPTS {
            change(&mut session)?;
            if self.0.store.update(&session).await? {
                return Ok(session);
            }
            session = self.0.store.load(&session.id).await?.ok_or(Reason::SessionUnknown)?;
        }
        Err(StoreError::new("a session changes faster than it can be changed").into())
    }

    fn grant(
        &self,
        session: &Session,
        fingerprint: Fingerprint,
        refresh: RefreshHandle,
        now: UnixTime,
    ) -> Result<Grant, Error> {
        let expires_at = now.plus(self.0.config.token_lifetime).min(session.expires_at);
        let claims = Claims {
            iss: self.0.config.origin.as_str().to_owned(),
            aud: self.0.config.origin.as_str().to_owned(),
            sub: session.subject.clone(),
            sid: session.id,
            jti: TokenId::from_bytes(random::bytes()?),
            iat: now,
            exp: expires_at,
            auth_time: session.authenticated_at,
            fingerprint: session.fingerprint,
        };
        let access_token = token::sign(&claims, self.0.keys.current());
        let body = GrantBody { access_token, expires_in: (expires_at - now).as_secs() };
        Ok(Grant { fingerprint, refresh, body })
    }
}

/// The cookie half of a request.
fn fingerprint(headers: &HeaderMap) -> Result<Fingerprint, Reason> {
    Fingerprint::parse(cookie::read(headers, FINGERPRINT_COOKIE)?).map_err(|_| Reason::CookieMalformed)
}

/// Both cookies of a request.
pub(crate) fn halves(headers: &HeaderMap) -> Result<(Fingerprint, RefreshHandle), Reason> {
    let handle = cookie::read(headers, REFRESH_COOKIE)?;
    Ok((fingerprint(headers)?, RefreshHandle::parse(handle).map_err(|_| Reason::CookieMalformed)?))
}
