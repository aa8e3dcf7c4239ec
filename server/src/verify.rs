//! Token verification, in three steps with a type each: `Signed`, `Bound`, [`Authenticated`].
//!
//! Each type can be made only from the one before, so no check can be left out:
//!
//! 1. `Signed`: the token's MAC is valid, and its issuer, audience and times are right.
//! 2. `Bound`: the request also has the fingerprint cookie whose hash the token carries.
//! 3. `Authenticated`: the live view knows of no revocation or permission change since the token was issued.

mod recent;

use std::{
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use symbolon_shared::{
    claims::Claims,
    fingerprint::{FingerprintFormat, FingerprintHash},
    id::SessionId,
    subject::Subject,
    time::UnixTime,
};

use self::recent::RecentPairs;
pub use crate::identity::{Authenticated, NoClaims};
use crate::{
    config::{MAX_TOKEN_LIFETIME, PROOF_WINDOW},
    error::Reason,
    identity::Identity,
    keys::{SigningKeys, TokenKind},
    live::LiveView,
    origin::Origin,
    token::{MAX_LEN, MacVerified, decode_array},
};

/// The signing keys in use, and a cache of the pairs that were verified with them. A pair is a token and its fingerprint
/// cookie.
///
/// Replacing the keys replaces the cache, so the cache never accepts a token that the keys in use would refuse.
pub(crate) struct Ring {
    pub(crate) keys: SigningKeys,
    vault_pairs: RecentPairs,
    rendered_pairs: RecentPairs,
}

impl Ring {
    /// Starts with an empty cache.
    pub(crate) fn new(keys: SigningKeys) -> Self {
        Self { keys, vault_pairs: RecentPairs::new(), rendered_pairs: RecentPairs::new() }
    }

    /// Wipes the cached pairs that have expired.
    pub(crate) fn prune(&self, now: UnixTime) {
        self.vault_pairs.prune(now);
        self.rendered_pairs.prune(now);
    }

    /// Returns the cache for this kind of token.
    fn recent(&self, kind: TokenKind) -> &RecentPairs {
        match kind {
            TokenKind::Vault => &self.vault_pairs,
            TokenKind::Rendered => &self.rendered_pairs,
        }
    }
}

/// The values that a token is verified against: keys, origin and time.
pub(crate) struct Verifier<'a> {
    pub(crate) kind: TokenKind,
    pub(crate) keys: &'a SigningKeys,
    pub(crate) origin: &'a Origin,
    pub(crate) format: FingerprintFormat,
    pub(crate) now: UnixTime,
}

/// A token with a valid MAC, issuer, audience and lifetime. The fingerprint cookie was not checked yet.
pub(crate) struct Signed {
    identity: Arc<Identity>,
    fingerprint: FingerprintHash,
    expires_at: UnixTime,
}

impl Verifier<'_> {
    /// Verifies a token, its expiry included.
    pub(crate) fn check(&self, token: &str) -> Result<Signed, Reason> {
        let signed = self.check_but_time(token)?;
        if self.now >= signed.expires_at { Err(Reason::TokenExpired) } else { Ok(signed) }
    }

    /// Verifies a token that may have expired. Such a token grants no access; it names the session to renew or to end.
    pub(crate) fn check_but_time(&self, token: &str) -> Result<Signed, Reason> {
        let verified = MacVerified::check(token, self.kind, self.keys, self.now)?;
        let mut buffer = [0; MAX_LEN];
        let claims = verified.claims(self.format, &mut buffer)?;
        if claims.iss != self.origin.as_str() {
            return Err(Reason::IssuerWrong);
        }
        if claims.aud != self.origin.as_str() {
            return Err(Reason::AudienceWrong);
        }
        // The clock of the node that issued the token may be up to 1 minute ahead of this one's.
        let begins = claims.iat.max(claims.nbf);
        if begins > self.now.plus(PROOF_WINDOW) || claims.exp - claims.iat > MAX_TOKEN_LIFETIME {
            return Err(Reason::TokenLifetime);
        }
        let identity = Arc::new(identity_of(&claims)?);
        Ok(Signed { identity, fingerprint: claims.fingerprint, expires_at: claims.exp })
    }
}

impl Signed {
    /// Checks the hash of the fingerprint cookie against the one in the token.
    ///
    /// # Errors
    /// [`Mismatch`] if they differ: the token was stolen, or another sign-in replaced the cookie.
    pub(crate) fn bind(self, fingerprint: FingerprintHash) -> Result<Bound, Mismatch> {
        let Self { identity, expires_at, .. } = self;
        if fingerprint == self.fingerprint {
            Ok(Bound { identity, expires_at })
        } else {
            Err(Mismatch(identity))
        }
    }
}

/// Copies what handlers may ask for out of verified claims.
fn identity_of(claims: &Claims<'_>) -> Result<Identity, Reason> {
    let session = decode_array(claims.sid).map(SessionId::from_bytes).ok_or(Reason::TokenMalformed)?;
    Ok(Identity {
        subject: Subject::from_text(claims.sub).map_err(|_| Reason::TokenMalformed)?,
        session,
        version: claims.version,
        authenticated_at: claims.auth_time,
        methods: claims.amr.into(),
        level: claims.acr.map(Into::into),
        app: claims.app.map(Into::into),
        noted_at: AtomicU64::new(u64::MAX),
    })
}

/// A valid token that came with a fingerprint cookie which is not its own.
pub(crate) struct Mismatch(Arc<Identity>);

impl Mismatch {
    /// Returns the subject of the token.
    pub(crate) fn subject(&self) -> &Subject {
        &self.0.subject
    }

    /// Returns the session of the token.
    pub(crate) fn session(&self) -> SessionId {
        self.0.session
    }
}

/// A verified token together with its fingerprint cookie. Revocation was not checked yet.
pub(crate) struct Bound {
    identity: Arc<Identity>,
    expires_at: UnixTime,
}

impl Bound {
    /// Returns the cached result for this token and cookie if exactly these bytes were verified recently and have not
    /// expired.
    pub(crate) fn recall(
        kind: TokenKind,
        token: &str,
        cookie: &str,
        ring: &Ring,
        now: UnixTime,
    ) -> Option<Self> {
        ring.recent(kind).get(token, cookie, now)
    }

    /// Caches the result of this verification until the token expires or one of the keys is retired.
    pub(crate) fn remember(&self, kind: TokenKind, token: &str, cookie: &str, ring: &Ring, now: UnixTime) {
        let until = self.expires_at.min(ring.keys.unchanged_until(now));
        ring.recent(kind).put(token, cookie, Arc::clone(&self.identity), now..until);
    }

    /// Returns the session, for a look-up in the store. The token may have expired; it grants no access by itself.
    pub(crate) fn session(&self) -> SessionId {
        self.identity.session
    }

    /// Checks the live view for a revocation or a permission change since the token was issued.
    ///
    /// Returns the age of the view, or `None` if the token was issued after a change that this node has not read yet.
    ///
    /// # Errors
    /// [`Reason::SessionRevoked`] or [`Reason::TokenStale`].
    pub(crate) fn confirm(
        self,
        live: &LiveView,
        now: UnixTime,
    ) -> Result<(Authenticated, Option<Duration>), Reason> {
        let identity = self.identity;
        let age = live.check(&identity.session, identity.subject.as_str(), identity.version)?;
        Ok((Authenticated::new(identity, now), age))
    }
}

#[cfg(test)]
mod tests {
    use symbolon_shared::{access_token::AccessToken, fingerprint::Fingerprint};

    use super::*;
    use crate::{
        Config,
        store::{Change, Position, Scope},
        token,
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
            token::issue::sign(&claims, FORMAT, self.keys.signer(NOW).unwrap().token(TokenKind::Vault))
                .unwrap()
        }

        fn check(&self, token: &AccessToken, now: UnixTime) -> Result<Signed, Reason> {
            let (keys, origin) = (&self.keys, &self.origin);
            Verifier { kind: TokenKind::Vault, keys, origin, format: FORMAT, now }.check(token.expose())
        }

        fn refusal(&self, now: UnixTime, change: impl FnOnce(&mut Claims<'_>)) -> Option<Reason> {
            self.check(&self.token(change), now).err()
        }
    }

    /// Covers: T-10, T-13, T-14
    #[test]
    fn a_valid_mac_does_not_save_wrong_claims() {
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

    /// Covers: T-10, J-023
    #[test]
    fn a_token_expires_on_the_second() {
        let fixture = Fixture::new();
        assert_eq!(fixture.refusal(UnixTime(NOW.0 + 299), |_| ()), None);
        assert_eq!(fixture.refusal(UnixTime(NOW.0 + 300), |_| ()), Some(Reason::TokenExpired));
    }

    /// Covers: T-18
    #[test]
    fn a_token_is_refused_with_another_fingerprint_cookie() {
        let fixture = Fixture::new();
        let token = fixture.token(|_| ());
        let bind = |fingerprint: &Fingerprint| {
            let fingerprint = fingerprint.hash();
            fixture.check(&token, NOW).unwrap().bind(fingerprint).map(drop)
        };
        assert!(bind(&fixture.fingerprint).is_ok());
        let mismatch = bind(&Fingerprint::from_random([2; 32])).unwrap_err();
        assert_eq!(mismatch.session(), SessionId::from_bytes([1; 16]));
    }

    /// Covers: J-050
    #[test]
    fn a_cached_pair_is_refused_when_its_key_retires_or_the_clock_is_set_back() {
        let fixture = Fixture::new();
        let token = fixture.token(|_| ());
        let (key, cookie) = (fixture.keys.signer(NOW).unwrap().clone(), fixture.fingerprint.expose());
        let follower = SigningKeys::generate().unwrap().signer(NOW).unwrap().clone();
        let retired_at = UnixTime(NOW.0 + 100);
        let follower = follower.active_from(UnixTime(retired_at.0 - 900));
        let ring = Ring::new(SigningKeys::new([key.retired_at(retired_at), follower]).unwrap());
        let known =
            |now| Bound::recall(TokenKind::Vault, token.expose(), cookie, &ring, UnixTime(now)).is_some();
        assert!(!known(NOW.0));
        let signed = fixture.check(&token, NOW).unwrap();
        assert!(signed.bind(fixture.fingerprint.hash()).is_ok_and(|bound| {
            bound.remember(TokenKind::Vault, token.expose(), cookie, &ring, NOW);
            true
        }));
        assert_eq!([NOW.0 - 1, NOW.0, NOW.0 + 99, NOW.0 + 100].map(known), [false, true, true, false]);
        let as_rendered = Bound::recall(TokenKind::Rendered, token.expose(), cookie, &ring, NOW);
        assert!(as_rendered.is_none(), "another kind of token");
        ring.prune(retired_at);
        assert!(!known(NOW.0));
    }

    ///
    #[test]
    fn a_change_after_the_issue_of_a_token_refuses_it() {
        let fixture = Fixture::new();
        let live = LiveView::new();
        let confirm = |change: fn(&mut Claims<'_>)| {
            let token = fixture.token(change);
            let Ok(bound) = fixture.check(&token, NOW).unwrap().bind(fixture.fingerprint.hash()) else {
                panic!("the cookie is the one in the token")
            };
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
