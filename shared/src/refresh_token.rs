//! The refresh token: the one-use secret in the refresh cookie.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    encoding::{self, Malformed},
    id::SessionId,
    secret::{Hash, Secret},
};

/// The one-use secret with which a vault gets the next access token of its session. The text encodes the 16 bytes of
/// the [`SessionId`], and 32 random bytes.
///
/// The refresh token lives in an `HttpOnly` cookie and never in a body. Each refresh replaces it (rotation), and the
/// server detects when a replaced one is used again (RFC 9700 section 4.14).
///
/// ```
/// # use symbolon_shared::{id::SessionId, refresh_token::RefreshToken};
/// let token = RefreshToken::new(SessionId::from_bytes([1; 16]), [7; 32]);
/// let from_cookie = RefreshToken::parse(&token.expose()).unwrap();
/// assert_eq!(from_cookie.session(), token.session());
/// assert_eq!(from_cookie.hash(), token.hash());
/// assert_eq!(format!("{token:?}"), "RefreshToken(..)");
/// ```
#[derive(Clone)]
pub struct RefreshToken {
    session: SessionId,
    secret: Secret,
}

impl RefreshToken {
    /// Makes the refresh token of `session` from 32 random bytes.
    #[must_use]
    pub fn new(session: SessionId, secret: [u8; 32]) -> Self {
        Self { session, secret: Secret::new(secret) }
    }

    /// Reads the value of the refresh cookie.
    ///
    /// # Errors
    /// [`Malformed`] for anything but 48 bytes as 64 characters of base64url.
    pub fn parse(cookie_value: &str) -> Result<Self, Malformed> {
        let mut bytes: [u8; 48] = encoding::decode_array(cookie_value)?;
        let (mut session, mut secret) = ([0; 16], [0; 32]);
        session.copy_from_slice(&bytes[..16]);
        secret.copy_from_slice(&bytes[16..]);
        bytes.zeroize();
        Ok(Self::new(SessionId::from_bytes(session), secret))
    }

    /// Returns the id of the session. Only the [hash](Self::hash) shows whether the token is genuine.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// Returns the value of the cookie. Every caller is a place where the secret leaves.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; 48]);
        bytes[..16].copy_from_slice(self.session.as_bytes());
        bytes[16..].copy_from_slice(self.secret.bytes());
        Zeroizing::new(encoding::encode(&*bytes))
    }

    /// Returns the SHA-256 of the cookie's value, which the session record keeps.
    #[must_use]
    pub fn hash(&self) -> RefreshHash {
        RefreshHash(Hash::of(&self.expose()))
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RefreshToken(..)")
    }
}

/// The SHA-256 of a [`RefreshToken`]'s text. `==` takes constant time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefreshHash(Hash);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refresh_token_survives_its_cookie() {
        let token = RefreshToken::new(SessionId::from_bytes([3; 16]), [9; 32]);
        let again = RefreshToken::parse(&token.expose()).unwrap();
        assert_eq!(again.session(), token.session());
        assert_eq!(again.hash(), token.hash());
        assert_eq!(alloc::format!("{token:?}"), "RefreshToken(..)");
    }

    #[test]
    fn a_cookie_of_another_length_is_malformed() {
        for wrong in ["", &"A".repeat(63), &"A".repeat(65), &"*".repeat(64)] {
            assert!(RefreshToken::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
