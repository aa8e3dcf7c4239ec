//! The three proofs that make a request a person's: `Signed`, `Bound`, [`Authenticated`].
//!
//! Each is a type that is made only from the one before, so a check cannot be left out: `Signed` from a token whose
//! MAC and claims hold, `Bound` from a `Signed` and the cookie it names, `Authenticated` from a `Bound` and the
//! server's view of what has ended or changed since.

use std::time::Duration;

use symbolon_shared::{
    claims::Claims,
    fingerprint::{FingerprintFormat, FingerprintHash},
    id::SessionId,
    subject::Subject,
    time::UnixTime,
};

pub use crate::identity::{Authenticated, NoClaims};
use crate::{
    config::{MAX_TOKEN_LIFETIME, Origin, PROOF_WINDOW},
    error::Reason,
    identity::Identity,
    keys::SigningKeys,
    live::LiveView,
    token::{self, Buffer},
};

/// A genuine token of ours, in its time.
#[derive(Debug)]
pub(crate) struct Signed<'a>(Claims<'a>);

impl<'a> Signed<'a> {
    pub(crate) fn check(
        token: &str,
        keys: &SigningKeys,
        origin: &Origin,
        format: FingerprintFormat,
        now: UnixTime,
        buffer: &'a mut Buffer,
    ) -> Result<Self, Reason> {
        let claims = token::open(token, format, keys, now, buffer)?;
        if claims.iss != origin.as_str() {
            return Err(Reason::IssuerWrong);
        }
        if claims.aud != origin.as_str() {
            return Err(Reason::AudienceWrong);
        }
        // Another node's clock may be ahead of this one's, but not by more than that.
        let begins = claims.iat.max(claims.nbf);
        if begins > now.plus(PROOF_WINDOW) || claims.exp - claims.iat > MAX_TOKEN_LIFETIME {
            return Err(Reason::TokenLifetime);
        }
        if now >= claims.exp {
            return Err(Reason::TokenExpired);
        }
        Ok(Self(claims))
    }

    /// Fits the halves together.
    pub(crate) fn bind(self, fingerprint: FingerprintHash) -> Result<Bound<'a>, Mismatch> {
        if fingerprint == self.0.fingerprint {
            Ok(Bound(self.0))
        } else {
            Err(Mismatch { session: session_of(&self.0).ok(), subject: Subject::from_text(self.0.sub).ok() })
        }
    }
}

/// A genuine token with a cookie that is not its own.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mismatch {
    pub(crate) session: Option<SessionId>,
    pub(crate) subject: Option<Subject>,
}

/// A token together with the cookie it names.
#[derive(Debug)]
pub(crate) struct Bound<'a>(Claims<'a>);

impl Bound<'_> {
    /// Looks whether the session lives and the token still says what is true; and tells how old that knowledge is.
    pub(crate) fn confirm(self, live: &LiveView, now: UnixTime) -> Result<(Authenticated, Duration), Reason> {
        let Self(claims) = self;
        let session = session_of(&claims)?;
        let age = live.check(&session, claims.sub, claims.version)?;
        let subject = Subject::from_text(claims.sub).map_err(|_| Reason::TokenMalformed)?;
        let who = Authenticated::new(Identity {
            subject,
            session,
            version: claims.version,
            authenticated_at: claims.auth_time,
            methods: claims.amr.into(),
            level: claims.acr.map(Into::into),
            app: claims.app.map(Into::into),
            decided_at: now,
        });
        Ok((who, age))
    }
}

fn session_of(claims: &Claims<'_>) -> Result<SessionId, Reason> {
    token::decode_array(claims.sid).map(SessionId::from_bytes).ok_or(Reason::TokenMalformed)
}

#[cfg(test)]
mod tests {
    use symbolon_shared::{fingerprint::Fingerprint, secret::AccessToken};

    use super::*;
    use crate::{
        Config,
        store::{Change, Position, Scope},
        token::MAX_LEN,
    };

    const NOW: UnixTime = UnixTime(1_700_000_000);
    const FORMAT: FingerprintFormat = FingerprintFormat::Base64Url;
    const ORIGIN: &str = "https://app.example";

    struct Fixture {
        keys: SigningKeys,
        origin: Origin,
        fingerprint: Fingerprint,
    }

    impl Fixture {
        fn new() -> Self {
            let origin = Config::new(ORIGIN).unwrap().origin;
            let fingerprint = Fingerprint::from_random([1; 32]);
            Self { keys: SigningKeys::generate().unwrap(), origin, fingerprint }
        }

        fn token(&self, change: impl FnOnce(&mut Claims<'_>)) -> AccessToken {
            let mut claims = Claims {
                iss: ORIGIN,
                aud: ORIGIN,
                sub: "ann",
                sid: "AQEBAQEBAQEBAQEBAQEBAQ",
                jti: "t",
                iat: NOW,
                nbf: NOW,
                exp: UnixTime(NOW.0 + 300),
                auth_time: NOW,
                amr: "",
                acr: None,
                version: 5,
                fingerprint: self.fingerprint.hash(),
                app: None,
            };
            change(&mut claims);
            token::sign(&claims, FORMAT, self.keys.signer(NOW).unwrap()).unwrap()
        }

        fn check<'a>(
            &self,
            token: &AccessToken,
            now: UnixTime,
            buffer: &'a mut Buffer,
        ) -> Result<Signed<'a>, Reason> {
            Signed::check(token.expose(), &self.keys, &self.origin, FORMAT, now, buffer)
        }

        fn refusal(&self, now: UnixTime, change: impl FnOnce(&mut Claims<'_>)) -> Option<Reason> {
            self.check(&self.token(change), now, &mut [0; MAX_LEN]).err()
        }
    }

    #[test]
    fn t_10_t_13_t_14_claims_that_do_not_hold_refuse_a_genuine_token() {
        let fixture = Fixture::new();
        let refused = |change: fn(&mut Claims<'_>)| fixture.refusal(NOW, change);
        assert_eq!(refused(|_| ()), None);
        assert_eq!(refused(|claims| claims.iss = "https://app.example.evil"), Some(Reason::IssuerWrong));
        assert_eq!(refused(|claims| claims.aud = "https://other.example"), Some(Reason::AudienceWrong));
        assert_eq!(refused(|claims| claims.aud = "https://app.example "), Some(Reason::AudienceWrong));
        assert_eq!(refused(|claims| claims.exp = UnixTime(u64::MAX)), Some(Reason::TokenLifetime));
        assert_eq!(refused(|claims| claims.exp = UnixTime(NOW.0 + 901)), Some(Reason::TokenLifetime));
        assert_eq!(refused(|claims| claims.exp = UnixTime(NOW.0 + 900)), None);
        assert_eq!(refused(|claims| claims.iat = UnixTime(NOW.0 + 61)), Some(Reason::TokenLifetime));
        assert_eq!(refused(|claims| claims.nbf = UnixTime(NOW.0 + 61)), Some(Reason::TokenLifetime));
        assert_eq!(refused(|claims| claims.nbf = UnixTime(NOW.0 + 60)), None, "clocks differ");
        assert_eq!(refused(|claims| claims.exp = UnixTime(0)), Some(Reason::TokenExpired));
    }

    #[test]
    fn t_10_j_023_a_token_expires_on_the_second() {
        let fixture = Fixture::new();
        assert_eq!(fixture.refusal(UnixTime(NOW.0 + 299), |_| ()), None);
        assert_eq!(fixture.refusal(UnixTime(NOW.0 + 300), |_| ()), Some(Reason::TokenExpired));
    }

    #[test]
    fn t_18_a_token_is_nothing_without_its_own_cookie() {
        let fixture = Fixture::new();
        let token = fixture.token(|_| ());
        let bind = |fingerprint: &Fingerprint| {
            let fingerprint = fingerprint.hash();
            fixture.check(&token, NOW, &mut [0; MAX_LEN]).unwrap().bind(fingerprint).map(drop)
        };
        assert_eq!(bind(&fixture.fingerprint), Ok(()));
        let mismatch = bind(&Fingerprint::from_random([2; 32])).unwrap_err();
        assert_eq!(mismatch.session, Some(SessionId::from_bytes([1; 16])));
    }

    #[test]
    fn a_01_a_03_what_has_changed_since_has_the_last_word() {
        let fixture = Fixture::new();
        let live = LiveView::new();
        let confirm = |change: fn(&mut Claims<'_>)| {
            let token = fixture.token(change);
            let mut buffer = [0; MAX_LEN];
            let bound =
                fixture.check(&token, NOW, &mut buffer).unwrap().bind(fixture.fingerprint.hash()).unwrap();
            bound.confirm(&live, NOW).map(|(who, _)| who.subject().to_owned())
        };
        assert_eq!(confirm(|_| ()), Ok("ann".into()));
        live.note(Change::Permissions(Subject::new("ann").unwrap()), Position(6), NOW);
        assert_eq!(confirm(|_| ()), Err(Reason::TokenStale));
        assert_eq!(confirm(|claims| claims.version = 6), Ok("ann".into()));
        live.note(Change::Ended(Scope::Session(SessionId::from_bytes([1; 16]))), Position(7), NOW);
        assert_eq!(confirm(|claims| claims.version = 6), Err(Reason::SessionRevoked));
    }
}
