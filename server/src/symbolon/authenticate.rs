//! The hot path: whether a request is somebody's.

use http::HeaderMap;

use super::Symbolon;
use crate::{
    config::MAX_STALENESS,
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
        let who = self.verify(bearer, headers)?;
        if self.0.live.silence() > MAX_STALENESS {
            self.catch_up().await?;
            self.0.live.check(&who.session(), who.subject(), who.version())?;
        }
        self.0.activity.note(who.session(), self.now());
        Ok(who)
    }

    /// All that can be said without waiting.
    fn verify(&self, bearer: &str, headers: &HeaderMap) -> Result<Authenticated, Reason> {
        let now = self.now();
        let config = self.config();
        let fingerprint = self.fingerprint(headers)?;
        let keys = self.0.keys.load();
        let mut buffer = [0; MAX_LEN];
        let signed =
            Signed::check(bearer, &keys, &config.origin, config.fingerprint_format, now, &mut buffer)?;
        match signed.bind(&fingerprint) {
            Ok(bound) => bound.confirm(&self.0.live, now),
            Err(mismatch) => {
                if let Some(subject) = mismatch.subject {
                    self.tell(&Event::HalvesMismatched { subject, session: mismatch.session });
                }
                Err(Reason::FingerprintMismatch)
            }
        }
    }
}
