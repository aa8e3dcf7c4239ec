//! The hot path: whether a request is somebody's.

use std::time::Duration;

use http::HeaderMap;
use symbolon_shared::{fingerprint::Fingerprint, time::UnixTime};

use super::Symbolon;
use crate::{
    config::MAX_STALENESS,
    cookie,
    error::{Error, Reason},
    event::Event,
    identity::Authenticated,
    token::MAX_LEN,
    verify::Signed,
};

/// What can be said of a request without waiting.
pub(crate) enum Judged {
    /// It is this person's.
    Known(Authenticated),
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
        match self.judge(bearer, headers)? {
            Judged::Known(who) => Ok(who),
            Judged::MustAsk(who) => self.ask(who).await,
        }
    }

    /// The same, as far as it can be said without waiting.
    pub(crate) fn judge(&self, bearer: &str, headers: &HeaderMap) -> Result<Judged, Reason> {
        let now = self.now();
        let (who, age) = self.verify(bearer, headers, now)?;
        if age > MAX_STALENESS {
            return Ok(Judged::MustAsk(who));
        }
        self.0.activity.note(who.session(), now);
        Ok(Judged::Known(who))
    }

    /// And the rest of it.
    pub(crate) async fn ask(&self, who: Authenticated) -> Result<Authenticated, Error> {
        self.catch_up().await?;
        self.0.live.check(&who.session(), who.subject(), who.version())?;
        self.0.activity.note(who.session(), self.now());
        Ok(who)
    }

    fn verify(
        &self,
        bearer: &str,
        headers: &HeaderMap,
        now: UnixTime,
    ) -> Result<(Authenticated, Duration), Reason> {
        let config = self.config();
        let cookie = cookie::read(headers, config.fingerprint_cookie())?;
        let keys = self.0.keys.load();
        let mut buffer = [0; MAX_LEN];
        let signed =
            Signed::check(bearer, &keys, &config.origin, config.fingerprint_format, now, &mut buffer)?;
        // Hashed after the token, so that a forged one costs little more than its MAC.
        let fingerprint = Fingerprint::hash_of(cookie, config.fingerprint_format);
        match signed.bind(fingerprint.map_err(|_| Reason::CookieMalformed)?) {
            Ok(bound) => bound.confirm(&self.0.live, now),
            Err(mismatch) => {
                if let (Some(subject), Some(session)) = (mismatch.subject, mismatch.session) {
                    self.tell(&Event::HalvesMismatched { subject, session });
                }
                Err(Reason::FingerprintMismatch)
            }
        }
    }
}
