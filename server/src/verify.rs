//! The three proofs that make a request a person's: `Signed`, `Bound`, [`Authenticated`].
//!
//! Each is a type that is made only from the one before, so a check cannot be left out: `Signed` from a token whose
//! MAC and claims hold, `Bound` from a `Signed` and the cookie it names, `Authenticated` from a `Bound` and the
//! server's own record of the session.

use std::sync::Arc;

use symbolon_shared::{
    claims::{Claims, Subject},
    fingerprint::Fingerprint,
    id::SessionId,
    time::UnixTime,
};

use crate::{
    config::{MAX_TOKEN_LIFETIME, Origin, PROOF_WINDOW},
    error::{Error, Reason},
    keys::SigningKeys,
    session::Session,
    store::Store,
    token,
};

/// A genuine token of ours, in its time.
pub(crate) struct Signed(Claims);

impl Signed {
    pub(crate) fn check(
        token: &str,
        keys: &SigningKeys,
        origin: &Origin,
        now: UnixTime,
    ) -> Result<Self, Reason> {
        let claims = token::open(token, keys)?;
        if claims.iss != origin.as_str() {
            return Err(Reason::IssuerWrong);
        }
        if claims.aud != origin.as_str() {
            return Err(Reason::AudienceWrong);
        }
        if claims.iat > now.plus(PROOF_WINDOW) || claims.exp - claims.iat > MAX_TOKEN_LIFETIME {
            return Err(Reason::TokenLifetime);
        }
        if now >= claims.exp {
            return Err(Reason::TokenExpired);
        }
        Ok(Self(claims))
    }

    /// Fits the halves together.
    pub(crate) fn bind(self, fingerprint: &Fingerprint) -> Result<Bound, Reason> {
        if fingerprint.hash() == self.0.fingerprint {
            Ok(Bound(self.0))
        } else {
            Err(Reason::FingerprintMismatch)
        }
    }
}

/// A token together with the cookie it names.
pub(crate) struct Bound(Claims);

impl Bound {
    /// Asks the store whether the session lives; also hands out the record.
    pub(crate) async fn confirm(
        self,
        store: &dyn Store,
        now: UnixTime,
    ) -> Result<(Authenticated, Session), Error> {
        let Self(claims) = self;
        let session = store.load(&claims.sid).await?.ok_or(Reason::SessionUnknown)?;
        session.check(now)?;
        if session.fingerprint != claims.fingerprint || session.subject != claims.sub {
            return Err(Reason::FingerprintMismatch.into());
        }
        Ok((Authenticated(Arc::new(claims)), session))
    }
}

/// Somebody who holds both halves of a living session. A handler that takes it cannot run without.
#[derive(Clone, Debug)]
pub struct Authenticated(Arc<Claims>);

impl Authenticated {
    /// Who.
    #[must_use]
    pub fn subject(&self) -> &str {
        self.0.sub.as_str()
    }

    /// Who, as the type that the other verbs take.
    #[must_use]
    pub fn as_subject(&self) -> &Subject {
        &self.0.sub
    }

    /// In which session.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.0.sid
    }

    /// When they proved who they are.
    #[must_use]
    pub fn authenticated_at(&self) -> UnixTime {
        self.0.auth_time
    }
}

#[cfg(test)]
mod tests {
    use symbolon_shared::{id::TokenId, secret::AccessToken};

    use super::*;
    use crate::{Config, store::Memory};

    const NOW: UnixTime = UnixTime(1_700_000_000);

    struct Fixture {
        keys: SigningKeys,
        origin: Origin,
        session: Session,
        fingerprint: Fingerprint,
    }

    impl Fixture {
        fn new() -> Self {
            let fingerprint = Fingerprint::from_random([1; 32]);
            let session = Session {
                fingerprint: fingerprint.hash(),
                last_seen_at: NOW,
                expires_at: NOW.plus(MAX_TOKEN_LIFETIME),
                ..crate::session::tests::session(1)
            };
            let origin = Config::new("https://app.example").unwrap().origin;
            Self { keys: SigningKeys::generate().unwrap(), origin, session, fingerprint }
        }

        fn token(&self, change: impl FnOnce(&mut Claims)) -> AccessToken {
            let mut claims = Claims {
                iss: self.origin.as_str().into(),
                aud: self.origin.as_str().into(),
                sub: self.session.subject.clone(),
                sid: self.session.id,
                jti: TokenId::from_bytes([9; 16]),
                iat: NOW,
                exp: UnixTime(NOW.0 + 300),
                auth_time: NOW,
                fingerprint: self.fingerprint.hash(),
            };
            change(&mut claims);
            token::sign(&claims, self.keys.current())
        }

        fn check(&self, token: &AccessToken, now: UnixTime) -> Result<Signed, Reason> {
            Signed::check(token.expose(), &self.keys, &self.origin, now)
        }
    }

    #[test]
    fn claims_that_do_not_hold_refuse_a_genuine_token() {
        let fixture = Fixture::new();
        let refused = |change: fn(&mut Claims)| fixture.check(&fixture.token(change), NOW).err();
        assert_eq!(refused(|_| ()), None);
        assert_eq!(refused(|claims| claims.iss.push('x')), Some(Reason::IssuerWrong));
        assert_eq!(
            refused(|claims| claims.aud = "https://app.example.evil".into()),
            Some(Reason::AudienceWrong)
        );
        assert_eq!(refused(|claims| claims.exp = UnixTime(u64::MAX)), Some(Reason::TokenLifetime));
        assert_eq!(refused(|claims| claims.iat = UnixTime(NOW.0 + 61)), Some(Reason::TokenLifetime));
        assert_eq!(refused(|claims| claims.exp = UnixTime(0)), Some(Reason::TokenExpired));
    }

    #[test]
    fn a_token_expires_on_the_second() {
        let fixture = Fixture::new();
        let token = fixture.token(|_| ());
        assert!(fixture.check(&token, UnixTime(NOW.0 + 299)).is_ok());
        assert_eq!(fixture.check(&token, UnixTime(NOW.0 + 300)).err(), Some(Reason::TokenExpired));
    }

    #[test]
    fn t_18_a_token_is_nothing_without_its_own_cookie() {
        let fixture = Fixture::new();
        let signed = || fixture.check(&fixture.token(|_| ()), NOW).unwrap();
        assert!(signed().bind(&fixture.fingerprint).is_ok());
        let another = Fingerprint::from_random([2; 32]);
        assert_eq!(signed().bind(&another).err(), Some(Reason::FingerprintMismatch));
    }

    #[tokio::test]
    async fn the_record_has_the_last_word() {
        let fixture = Fixture::new();
        let store = Memory::default();
        let confirm = |change: fn(&mut Claims)| {
            let bound =
                fixture.check(&fixture.token(change), NOW).unwrap().bind(&fixture.fingerprint).unwrap();
            bound.confirm(&store, NOW)
        };
        let reason = |result: Result<_, Error>| match result {
            Err(Error::Refused(reason)) => Some(reason),
            Ok(_) => None,
            Err(other) => panic!("{other}"),
        };
        assert_eq!(reason(confirm(|_| ()).await), Some(Reason::SessionUnknown));
        store.insert(&fixture.session).await.unwrap();
        assert_eq!(reason(confirm(|_| ()).await), None);
        let another = |claims: &mut Claims| claims.sub = Subject::new("eve").unwrap();
        assert_eq!(reason(confirm(another).await), Some(Reason::FingerprintMismatch));
        store.update(&Session { revoked_at: Some(NOW), ..fixture.session.clone() }).await.unwrap();
        assert_eq!(reason(confirm(|_| ()).await), Some(Reason::SessionRevoked));
    }
}
