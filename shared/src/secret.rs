//! 32 secret bytes, the types made of them, and the hash that may be kept of a secret.

use alloc::string::String;

use constant_time_eq::constant_time_eq_32;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::encoding::{self, Malformed};

/// 32 secret bytes, wiped from memory when dropped. Outside this crate each kind of secret has its own type.
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

/// Defines a public type for one kind of [`Secret`]. The type is never compared or copied, and `Debug` shows nothing.
macro_rules! secret_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        pub struct $name($crate::secret::Secret);

        impl $name {
            /// Takes 32 secret bytes.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 32]) -> Self {
                Self($crate::secret::Secret::new(bytes))
            }

            /// Reads a text that [`expose`](Self::expose) wrote.
            ///
            /// # Errors
            /// [`Malformed`]($crate::encoding::Malformed) for anything but 32 bytes as 43 characters of base64url.
            pub fn parse(text: &str) -> Result<Self, $crate::encoding::Malformed> {
                $crate::secret::Secret::parse(text).map(Self)
            }

            /// Returns the secret as 43 characters of base64url. Every caller is a place where the secret leaves.
            #[must_use]
            pub fn expose(&self) -> ::zeroize::Zeroizing<::alloc::string::String> {
                self.0.text()
            }
        }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}
pub(crate) use secret_type;

/// The SHA-256 of a secret. `==` takes constant time.
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
