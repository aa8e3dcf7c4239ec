//! The bytes nobody may see, and the token that is made with them.

use alloc::string::String;
use core::fmt;

use constant_time_eq::constant_time_eq_32;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    encoding::{self, Malformed},
    reader::Reader,
};

/// 32 secret bytes. Private to the crate: outside, a secret says *which* secret it is.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<[u8; 32]>);

impl Secret {
    pub(crate) fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        encoding::decode_array(text).map(Self::new)
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn text(&self) -> Zeroizing<String> {
        Zeroizing::new(encoding::encode(&*self.0))
    }
}

/// What may be kept of a secret. `==` takes the same time whatever it compares.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hash(pub(crate) [u8; 32]);

impl Hash {
    pub(crate) fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }
}

impl PartialEq for Hash {
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq_32(&self.0, &other.0)
    }
}

impl Eq for Hash {}

impl Serialize for Hash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encoding::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        encoding::decode_array(<&str>::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

/// A compact JWT (RFC 7519), wiped when dropped.
///
/// It has no `Display`, and its `Debug` shows nothing:
///
/// ```
/// # use symbolon_shared::secret::AccessToken;
/// assert_eq!(format!("{:?}", AccessToken::new("h.p.s".into())), "AccessToken(..)");
/// ```
#[derive(Clone)]
pub struct AccessToken(Zeroizing<String>);

impl AccessToken {
    /// Takes `compact` over.
    #[must_use]
    pub fn new(compact: String) -> Self {
        Self(Zeroizing::new(compact))
    }

    /// The token's text. Every caller is a place where the secret leaves.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The middle segment: what the token claims, which is no secret, for without the signature it opens nothing.
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
