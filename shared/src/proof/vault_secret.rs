//! The two secrets behind an enrolment: one in the worker's script, one in a cookie.

use alloc::string::String;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::{encoding::encode, secret::secret_type};

secret_type! {
    /// The 32 secret bytes that the server writes into one worker's script.
    ///
    /// ```
    /// # use symbolon_shared::proof::VaultSecret;
    /// let secret = VaultSecret::from_bytes([7; 32]);
    /// assert_eq!(format!("{secret:?}"), "VaultSecret(..)");
    /// assert_eq!(secret.mac("message").len(), 43);
    /// ```
    VaultSecret
}

impl VaultSecret {
    /// Returns the MAC of a message by this secret: HMAC-SHA-256 (RFC 2104), in base64url.
    #[must_use]
    pub fn mac(&self, message: &str) -> String {
        encode(&self.hmac(message).finalize().into_bytes())
    }

    pub(super) fn hmac(&self, message: &str) -> Hmac<Sha256> {
        Hmac::<Sha256>::new_from_slice(self.0.bytes())
            .expect("HMAC takes a key of any length")
            .chain_update(message)
    }
}

secret_type! {
    /// The 32 random bytes that one browser keeps in a cookie that no script can read.
    ///
    /// A [`VaultSecret`] works only beside the cookie with which it was issued. So a secret that an attacker fetched
    /// elsewhere is worthless in a victim's browser.
    VaultCookie
}
