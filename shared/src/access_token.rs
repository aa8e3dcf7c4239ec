//! The access token: the token half of a session.

use alloc::string::String;
use core::fmt;

use zeroize::Zeroizing;

use crate::reader::Reader;

/// A compact JWT (RFC 7519 section 3), wiped from memory when dropped.
///
/// It has no `Display`, and `Debug` shows nothing of it:
///
/// ```
/// # use symbolon_shared::access_token::AccessToken;
/// let token = AccessToken::new("header.payload.mac".into());
/// assert_eq!(token.payload(), Some("payload"));
/// assert_eq!(format!("{token:?}"), "AccessToken(..)");
/// ```
#[derive(Clone)]
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// Takes ownership of a compact JWT, without checking it.
    #[must_use]
    pub fn new(compact: String) -> Self {
        Self(Zeroizing::new(compact))
    }

    /// Returns the token as text. Every caller is a place where the secret leaves.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the middle segment: the claims, in base64url; `None` unless the text has two dots.
    ///
    /// The claims are no secret, because they open nothing without the MAC.
    #[must_use]
    pub fn payload(&self) -> Option<&str> {
        let mut rest = Reader::new(&self.0);
        rest.up_to("", b'.').ok()?;
        rest.up_to("", b'.').ok()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(..)")
    }
}
