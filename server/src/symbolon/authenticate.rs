//! The hot path: whether a request is somebody's.

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

impl Symbolon {
    /// Whether a request brings both halves of a living session. The store is not asked, unless its feed of changes
    /// has been silent for too long.
    ///
    /// # Errors
    /// [`Error::Refused`] with the reason, or [`Error::Store`] when it cannot be known: never a yes.
    pub async fn authenticate(&self, bearer: &str, headers: &HeaderMap) -> Result<Authenticated, Error> {
        let now = self.now();
        let who = self.verify(bearer, headers, now)?;
        if self.0.live.silence() > MAX_STALENESS {
            self.catch_up().await?;
            self.0.live.check(&who.session(), who.subject(), who.version())?;
        }
        self.0.activity.note(who.session(), now);
        Ok(who)
    }

    /// All that can be said without waiting.
    fn verify(&self, bearer: &str, headers: &HeaderMap, now: UnixTime) -> Result<Authenticated, Reason> {
        let config = self.config();
        let fingerprint = cookie::read(headers, config.fingerprint_cookie())?;
        let fingerprint = Fingerprint::hash_of(fingerprint, config.fingerprint_format)
            .map_err(|_| Reason::CookieMalformed)?;
        let keys = self.0.keys.load();
        let mut buffer = [0; MAX_LEN];
        let signed =
            Signed::check(bearer, &keys, &config.origin, config.fingerprint_format, now, &mut buffer)?;
        match signed.bind(fingerprint) {
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
