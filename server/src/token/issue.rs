//! Issues tokens: fills in the claims and signs them.

use base64_simd::URL_SAFE_NO_PAD;
use hmac::Mac;
use symbolon_shared::{
    access_token::AccessToken, claims::Claims, fingerprint::FingerprintFormat, grant_body::GrantBody,
    id::TokenId, time::UnixTime,
};

use super::MAX_LEN;
use crate::{
    config::Config,
    error::Error,
    keys::{SigningKeys, TokenKey, TokenKind},
    random,
    session::Session,
    store::Position,
};

/// Issues tokens at one time, with one set of settings and keys.
pub(crate) struct Issuer<'a> {
    pub(crate) config: &'a Config,
    pub(crate) keys: &'a SigningKeys,
    pub(crate) now: UnixTime,
}

impl Issuer<'_> {
    /// Issues a token of `session`, with the application's claims `app`. The token is up to date with the change feed up to
    /// `known`.
    ///
    /// # Errors
    /// [`Error::Claims`], [`Error::Randomness`], or [`Error::Config`] if no key is active.
    pub(crate) fn issue(
        &self,
        kind: TokenKind,
        session: &Session,
        app: Option<&str>,
        known: Position,
    ) -> Result<GrantBody, Error> {
        let Config { origin, timeouts, fingerprint_format, .. } = self.config;
        let expires_at = session.token_end(self.now, timeouts.token);
        let claims = Claims {
            iss: origin.as_str(),
            aud: origin.as_str(),
            sub: session.subject.as_str(),
            sid: &session.id.to_text(),
            jti: &TokenId::from_bytes(random::bytes()?).to_text(),
            iat: self.now,
            nbf: self.now,
            exp: expires_at,
            auth_time: session.authenticated_at,
            amr: &session.authentication.methods,
            acr: session.authentication.level.as_deref(),
            version: known.0,
            fingerprint: session.fingerprint,
            app,
        };
        let access_token = sign(&claims, *fingerprint_format, self.keys.signer(self.now)?.token(kind))?;
        Ok(GrantBody { access_token, expires_in: (expires_at - self.now).as_secs() })
    }
}

/// Signs `claims` as a compact HS256 token.
///
/// # Errors
/// [`Error::Claims`] if the token would be longer than [`MAX_LEN`].
pub(crate) fn sign(
    claims: &Claims<'_>,
    format: FingerprintFormat,
    key: &TokenKey,
) -> Result<AccessToken, Error> {
    let payload = URL_SAFE_NO_PAD.encode_to_string(claims.write(format));
    let mac = URL_SAFE_NO_PAD.encode_to_string(key.mac(&payload).finalize().into_bytes());
    let token = format!("{}{payload}.{mac}", key.header());
    if token.len() > MAX_LEN { Err(Error::Claims) } else { Ok(AccessToken::new(token)) }
}
