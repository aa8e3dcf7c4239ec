//! Begins a session.

use symbolon_shared::{
    fingerprint::{Fingerprint, FingerprintFormat},
    grant_body::GrantBody,
    id::SessionId,
    proof::Operation,
    refresh_token::RefreshToken,
    subject::Subject,
};

use super::Symbolon;
use crate::{
    config::WhenFull,
    error::{Error, Reason},
    event::Event,
    grant::Grant,
    keys::TokenKind,
    random,
    seal::Seal,
    session::{Session, Worker},
    sign_in::{Authentication, SignIn},
    store::{Change, Position, Scope},
    vault_proof::{self, ProvenVault},
};

/// How often a sign-in tries to make room for its session while other sign-ins of the same person take it: 8 times.
const MAX_ATTEMPTS: usize = 8;

/// A session that is to begin, without its person.
pub(super) struct NewSession {
    /// The last change in the feed before the application was asked who the person is.
    pub(super) known: Position,
    /// The session that this browser had until now. The sign-in ends it.
    pub(super) previous: Option<SessionId>,
    /// The families of browser and system.
    pub(super) browser: String,
    /// The workers that may refresh the session.
    pub(super) workers: Vec<Worker>,
    /// The kind of the session's tokens.
    pub(super) kind: TokenKind,
}

impl Symbolon {
    /// Begins a session for a person who has just proved who they are. Ends the session that the same browser had before.
    ///
    /// ```
    /// # use symbolon_server::*;
    /// # async fn both(symbolon: Symbolon, one: ProvenVault, two: ProvenVault) -> Result<(), Error> {
    /// let plain = symbolon.sign_in(42, one).await?;
    /// let with_a_second_factor = symbolon.sign_in(SignIn::of(42).methods(["pwd", "otp"]), two).await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::InvalidSubject`], [`Error::TooManySessions`], [`Error::Claims`], [`Error::Store`] or
    /// [`Error::Randomness`]. [`Error::Refused`] if `vault` began a session before, or if all sessions of the person were
    /// ended while they signed in.
    pub async fn sign_in(&self, user: impl Into<SignIn>, vault: ProvenVault) -> Result<Grant, Error> {
        let now = self.now();
        let ProvenVault { enrolment, known, previous, browser } = vault;
        let (subject, authentication) = user.into().check()?;
        let seal = Seal::to(&enrolment.recipient(Operation::SignIn))?;
        vault_proof::spend_secret(&enrolment, &self.0.replay, now)?;
        let previous = match &previous {
            None => None,
            Some((fingerprint, refresh_token)) => {
                match self.session_of(fingerprint, refresh_token, now).await {
                    Ok(session) => Some(session.id),
                    Err(Error::Refused(_)) => None,
                    Err(error) => return Err(error),
                }
            }
        };
        let workers = vec![Worker { key: enrolment.key, used_at: now }];
        let new = NewSession { known, previous, browser, workers, kind: TokenKind::Vault };
        let (fingerprint, refresh, body) = self.start_session(subject, authentication, new).await?;
        Ok(self.grant(fingerprint, refresh, seal.close(&body)))
    }

    /// Starts a session of either kind, and returns its cookies and its first token.
    pub(super) async fn start_session(
        &self,
        subject: Subject,
        authentication: Authentication,
        new: NewSession,
    ) -> Result<(Fingerprint, RefreshToken, GrantBody), Error> {
        let now = self.now();
        let NewSession { known, previous, browser, workers, kind } = new;
        let app = (self.0.hooks.claims)(subject.clone()).await?;
        if let Some(previous) = previous {
            self.revoke(&previous).await?;
        }
        let id = SessionId::from_bytes(random::bytes()?);
        let fingerprint = match self.config().fingerprint_format {
            FingerprintFormat::Base64Url => Fingerprint::from_random(random::bytes()?),
            FingerprintFormat::Owasp => Fingerprint::owasp_from_random(random::bytes()?),
        };
        let refresh = RefreshToken::new(id, random::bytes()?);
        let session = Session {
            id,
            subject,
            revision: 0,
            authentication,
            browser: browser.clone(),
            authenticated_at: now,
            last_seen_at: now,
            expires_at: now.plus(self.config().timeouts.absolute),
            idle_timeout: self.config().timeouts.idle,
            revoked_at: None,
            fingerprint: fingerprint.hash(),
            refresh: refresh.hash(),
            spent_refresh: None,
            workers,
        };
        let body = self.issue_token(kind, &session, app.as_deref(), known, now)?;
        self.insert_session(&session).await?;
        if self.ended_since(known, &session.subject).await? {
            self.revoke(&id).await?;
            return Err(Reason::SessionRevoked.into());
        }
        self.emit(&Event::SignedIn { subject: session.subject, session: id, browser });
        Ok((fingerprint, refresh, body))
    }

    /// Whether all sessions of the person were ended while they signed in. The password that they used may have just been
    /// changed, and the new session was not among the ended ones.
    async fn ended_since(&self, known: Position, subject: &Subject) -> Result<bool, Error> {
        let news = self.0.store.changes(known).await?;
        Ok(news.changes.iter().any(|(_, change)| match change {
            Change::Ended(Scope::Subject(ended) | Scope::Others(ended, _)) => ended == subject,
            Change::Ended(Scope::Everyone) => true,
            Change::Ended(Scope::Session(_)) | Change::Permissions(_) => false,
        }))
    }

    /// Inserts a new session into the store, and makes room for it as [`Config::max_sessions`] says.
    ///
    /// [`Config::max_sessions`]: crate::Config::max_sessions
    async fn insert_session(&self, session: &Session) -> Result<(), Error> {
        let (limit, when_full) = self.config().max_sessions.unzip();
        for _ in 0..MAX_ATTEMPTS {
            if self.0.store.insert(session, limit).await? {
                return Ok(());
            }
            self.make_room(&session.subject, when_full.unwrap_or(WhenFull::Refuse)).await?;
        }
        Err(Error::TooManySessions)
    }

    /// Ends the person's sessions that are past a limit. If there are none, ends the session that was unused for longest,
    /// or refuses.
    async fn make_room(&self, subject: &Subject, when_full: WhenFull) -> Result<(), Error> {
        let now = self.now();
        let sessions = self.0.store.sessions_of(subject).await?;
        let sessions = sessions.into_iter().map(|session| self.with_last_seen(session));
        let (alive, over): (Vec<_>, Vec<_>) = sessions.partition(|session| session.check(now).is_ok());
        for session in &over {
            self.change(Change::Ended(Scope::Session(session.id))).await?;
        }
        if !over.is_empty() {
            return Ok(());
        }
        let oldest = alive.into_iter().min_by_key(|session| session.last_seen_at).map(|session| session.id);
        let ended = oldest.filter(|_| when_full == WhenFull::EndOldest);
        self.emit(&Event::LimitReached { subject: subject.clone(), ended });
        match (ended, when_full) {
            (Some(id), _) => self.change(Change::Ended(Scope::Session(id))).await,
            // Another request made room in the meantime.
            (None, WhenFull::EndOldest) => Ok(()),
            (None, WhenFull::Refuse) => Err(Error::TooManySessions),
        }
    }
}
