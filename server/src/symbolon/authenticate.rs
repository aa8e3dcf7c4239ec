//! The hot path: whether a request is somebody's.

use http::HeaderMap;
use symbolon_shared::{fingerprint::Fingerprint, time::UnixTime};

use super::Symbolon;
use crate::{
    config::{Config, MAX_STALENESS},
    cookie,
    error::{Error, Reason},
    event::Event,
    identity::Authenticated,
    keys::TokenKind,
    verify::{Bound, Ring, Signed, Verifier},
};

/// What can be said of a request without waiting.
pub(crate) enum Attempt {
    /// It is this person's.
    Authenticated(Authenticated),
    /// It is, unless something has changed that this server has not heard of.
    MustAsk(Authenticated),
}

impl Symbolon {
    /// Whether a request brings both halves of a living session. The store is not asked, unless its feed of changes
    /// has been silent for too long.
    ///
    /// # Errors
    /// [`Error::Refused`] with the reason, or [`Error::Store`] when it cannot be known: never a yes.
    pub async fn authenticate(&self, bearer: &str, headers: &HeaderMap) -> Result<Authenticated, Error> {
        match self.try_authenticate(bearer, headers)? {
            Attempt::Authenticated(who) => Ok(who),
            // Boxed, so that the answer that need not wait is not moved about with all that this one needs.
            Attempt::MustAsk(who) => Box::pin(self.confirm_with_store(who)).await,
        }
    }

    /// What is left to say, where waiting is no matter.
    pub(crate) async fn confirm(&self, judged: Attempt) -> Result<Authenticated, Error> {
        match judged {
            Attempt::Authenticated(who) => Ok(who),
            Attempt::MustAsk(who) => self.confirm_with_store(who).await,
        }
    }

    /// The same, as far as it can be said without waiting.
    pub(crate) fn try_authenticate(&self, bearer: &str, headers: &HeaderMap) -> Result<Attempt, Reason> {
        let cookie = cookie::read(headers, self.config().fingerprint_cookie())?;
        self.try_authenticate_halves(TokenKind::Vault, bearer, cookie)
    }

    /// The same of two halves, wherever they were.
    pub(crate) fn try_authenticate_halves(
        &self,
        kind: TokenKind,
        token: &str,
        cookie: &str,
    ) -> Result<Attempt, Reason> {
        let now = self.now();
        let ring = self.0.ring.load();
        let bound = match Bound::recall(kind, token, cookie, &ring, now) {
            Some(bound) => bound,
            None => self.verify_and_bind(kind, token, cookie, &ring, now)?,
        };
        let (who, age) = bound.confirm(&self.0.live, now)?;
        if age.is_none_or(|age| age > MAX_STALENESS) {
            return Ok(Attempt::MustAsk(who));
        }
        self.note_use(&who, now);
        Ok(Attempt::Authenticated(who))
    }

    /// And the rest of it.
    pub(crate) async fn confirm_with_store(&self, who: Authenticated) -> Result<Authenticated, Error> {
        self.read_feed().await?;
        let known = self.0.live.check(&who.session(), who.subject(), who.version())?;
        // A token that knows of changes which the store does not is from before the store was restored.
        known.ok_or(Reason::TokenStale)?;
        self.note_use(&who, self.now());
        Ok(who)
    }

    fn note_use(&self, who: &Authenticated, now: UnixTime) {
        if who.is_first_use_at(now) {
            self.0.last_seen.note(who.session(), now);
        }
    }

    /// Fits two halves together that were not seen together lately.
    fn verify_and_bind(
        &self,
        kind: TokenKind,
        token: &str,
        cookie: &str,
        ring: &Ring,
        now: UnixTime,
    ) -> Result<Bound, Reason> {
        let bound = self.bind(self.verifier(kind, ring, now).check(token)?, cookie)?;
        bound.remember(kind, token, cookie, ring, now);
        Ok(bound)
    }

    pub(super) fn verifier<'a>(&'a self, kind: TokenKind, ring: &'a Ring, now: UnixTime) -> Verifier<'a> {
        let Config { origin, fingerprint_format, .. } = self.config();
        Verifier { kind, keys: &ring.keys, origin, format: *fingerprint_format, now }
    }

    /// Fits a token and a cookie together; a pair that does not fit is told of.
    pub(super) fn bind(&self, signed: Signed, cookie: &str) -> Result<Bound, Reason> {
        // Hashed after the token, so that a forged one costs little more than its MAC.
        let fingerprint = Fingerprint::hash_of(cookie, self.config().fingerprint_format);
        signed.bind(fingerprint.map_err(|_| Reason::CookieMalformed)?).map_err(|mismatch| {
            let (subject, session) = (mismatch.subject().clone(), mismatch.session());
            // A tab that was open when another signed in has a token of the session that was: nobody stole it.
            if !self.0.live.has_ended(&session) {
                self.emit(&Event::HalvesMismatched { subject, session });
                if self.config().ends_stolen_sessions {
                    let symbolon = self.clone();
                    // This request is refused whatever comes of it; and if it fails, the log says so.
                    tokio::spawn(async move {
                        if let Err(error) = symbolon.revoke(&session).await {
                            tracing::error!(%error, "a stolen session could not be ended");
                        }
                    });
                }
            }
            Reason::FingerprintMismatch
        })
    }
}
