//! The refresh handle: the second `HttpOnly` cookie, spent and replaced at every refresh.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, Zeroizing};

use crate::{
    encoding::{self, Malformed},
    id::SessionId,
    secret::{Hash, Secret},
};

/// Names a session and proves, once, the right to its next token: 16 bytes of [`SessionId`] and 32 of secret.
#[derive(Clone)]
pub struct RefreshToken {
    session: SessionId,
    secret: Secret,
}

impl RefreshToken {
    /// The handle of `session` with this secret.
    #[must_use]
    pub fn new(session: SessionId, secret: [u8; 32]) -> Self {
        Self { session, secret: Secret::new(secret) }
    }

    /// Reads a cookie's value: exactly 64 characters of base64url.
    ///
    /// # Errors
    /// [`Malformed`] for anything else.
    pub fn parse(cookie_value: &str) -> Result<Self, Malformed> {
        let mut bytes: [u8; 48] = encoding::decode_array(cookie_value)?;
        let (mut session, mut secret) = ([0; 16], [0; 32]);
        session.copy_from_slice(&bytes[..16]);
        secret.copy_from_slice(&bytes[16..]);
        bytes.zeroize();
        Ok(Self::new(SessionId::from_bytes(session), secret))
    }

    /// The session it belongs to.
    #[must_use]
    pub fn session(&self) -> SessionId {
        self.session
    }

    /// The cookie's value. Every caller is a place where the secret leaves.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; 48]);
        bytes[..16].copy_from_slice(self.session.as_bytes());
        bytes[16..].copy_from_slice(self.secret.bytes());
        Zeroizing::new(encoding::encode(&*bytes))
    }

    /// What the session record keeps of it.
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

/// SHA-256 of a [`RefreshToken`]'s text. `==` takes the same time whatever it compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RefreshHash(Hash);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_survives_its_cookie() {
        let handle = RefreshToken::new(SessionId::from_bytes([3; 16]), [9; 32]);
        let again = RefreshToken::parse(&handle.expose()).unwrap();
        assert_eq!(again.session(), handle.session());
        assert_eq!(again.hash(), handle.hash());
        assert_eq!(alloc::format!("{handle:?}"), "RefreshToken(..)");
    }

    #[test]
    fn a_cookie_of_another_length_is_malformed() {
        for wrong in ["", &"A".repeat(63), &"A".repeat(65), &"*".repeat(64)] {
            assert!(RefreshToken::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
