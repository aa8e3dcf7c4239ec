//! Authenticates requests. Every request to a protected path comes through here.

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

/// The result of authenticating a request without awaiting.
pub(crate) enum Attempt {
    /// The request is authenticated.
    Authenticated(Authenticated),
    /// The request is authenticated, unless the store has changes that this server has not read.
    MustAsk(Authenticated),
}

impl Attempt {
    /// Returns the authenticated person, and asks the store first if it must be asked.
    pub(crate) async fn or_confirm_with_store(self, symbolon: &Symbolon) -> Result<Authenticated, Error> {
        match self {
            Self::Authenticated(who) => Ok(who),
            // Boxed, so that the common case does not carry the memory of this one.
            Self::MustAsk(who) => Box::pin(symbolon.confirm_with_store(who)).await,
        }
    }
}

impl Symbolon {
    /// Authenticates a token and the fingerprint cookie in `headers`. Asks the store only if the change feed could not be
    /// read for [`MAX_STALENESS`].
    ///
    /// For a whole request there is [`authenticate_request`](Self::authenticate_request), which also reads the token from
    /// `Authorization`.
    ///
    /// ```
    /// # use symbolon_server::{Error, Symbolon};
    /// # async fn first_message(symbolon: Symbolon, headers: http::HeaderMap, token: &str) -> Result<(), Error> {
    /// let who = symbolon.authenticate(token, &headers).await?; // of a socket that sends its token in a message
    /// println!("{} is connected", who.subject());
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`Error::Refused`] with the reason. [`Error::Store`] if the store had to be asked and failed; the request is then
    /// not authenticated.
    pub async fn authenticate(&self, token: &str, headers: &HeaderMap) -> Result<Authenticated, Error> {
        self.try_authenticate(token, headers)?.or_confirm_with_store(self).await
    }

    /// Authenticates without awaiting; returns [`Attempt::MustAsk`] if the store has to be read first.
    pub(crate) fn try_authenticate(&self, token: &str, headers: &HeaderMap) -> Result<Attempt, Reason> {
        let cookie = cookie::read(headers, self.config().fingerprint_cookie())?;
        self.try_authenticate_halves(TokenKind::Vault, token, cookie)
    }

    /// Authenticates a token and a fingerprint without awaiting, wherever in the request they were.
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

    /// Reads the change feed, and confirms that the session is live and the token up to date.
    pub(crate) async fn confirm_with_store(&self, who: Authenticated) -> Result<Authenticated, Error> {
        self.read_feed().await?;
        let known = self.0.live.check(&who.session(), who.subject(), who.version())?;
        // A token that knows of later changes than the store was issued before the store was restored from a backup.
        known.ok_or(Reason::TokenStale)?;
        self.note_use(&who, self.now());
        Ok(who)
    }

    /// Notes that the session is in use, once a second for each token.
    fn note_use(&self, who: &Authenticated, now: UnixTime) {
        if who.is_first_use_at(now) {
            self.0.last_seen.note(who.session(), now);
        }
    }

    /// Verifies a token, binds it to the cookie, and remembers the pair.
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

    /// Returns the verifier for tokens of this kind.
    pub(super) fn verifier<'a>(&'a self, kind: TokenKind, ring: &'a Ring, now: UnixTime) -> Verifier<'a> {
        let Config { origin, fingerprint_format, .. } = self.config();
        Verifier { kind, keys: &ring.keys, origin, format: *fingerprint_format, now }
    }

    /// Binds a verified token to the fingerprint cookie. Emits [`Event::HalvesMismatched`] if they belong to different
    /// sessions.
    pub(super) fn bind(&self, signed: Signed, cookie: &str) -> Result<Bound, Reason> {
        // Hashed after the token, so that a forged one costs little more than its MAC.
        let fingerprint = Fingerprint::hash_of(cookie, self.config().fingerprint_format);
        signed.bind(fingerprint.map_err(|_| Reason::CookieMalformed)?).map_err(|mismatch| {
            let (subject, session) = (mismatch.subject().clone(), mismatch.session());
            // A tab that was open when another signed in has a token of the session before: nobody stole it.
            if !self.0.live.has_ended(&session) {
                self.emit(&Event::HalvesMismatched { subject, session });
                if self.config().ends_stolen_sessions {
                    let symbolon = self.clone();
                    // This request is refused in either case. If ending the session fails, the log says so.
                    tokio::spawn(async move {
                        if let Err(error) = symbolon.revoke(&session).await {
                            tracing::error!(%error, "a stolen session could not be ended; it is live until it expires or is revoked");
                        }
                    });
                }
            }
            Reason::FingerprintMismatch
        })
    }
}
