//! The ids of sessions and tokens: public, but not guessable.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::encoding::{self, Malformed};

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 128 random bits (OWASP ASVS 5.0, 7.2.3); as text, 22 characters of base64url. `Debug` shows nothing, so that
        /// nobody can follow a person through a log.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes 16 bytes: random ones for a new id, or those that a store kept.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Returns the 16 bytes, for a store to keep.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// Returns 22 characters of base64url.
            #[must_use]
            pub fn to_text(&self) -> String {
                encoding::encode(&self.0)
            }

            /// Reads a text that [`to_text`](Self::to_text) wrote.
            ///
            /// # Errors
            /// [`Malformed`] for anything but 16 bytes as 22 characters of base64url.
            pub fn parse(text: &str) -> Result<Self, Malformed> {
                encoding::decode_array(text).map(Self)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.to_text())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::parse(<&str>::deserialize(deserializer)?).map_err(D::Error::custom)
            }
        }
    };
}

random_id! {
    /// The id of one session.
    ///
    /// ```
    /// # use symbolon_shared::id::SessionId;
    /// let id = SessionId::from_bytes([1; 16]);
    /// assert_eq!(SessionId::parse(&id.to_text()), Ok(id));
    /// assert_eq!(format!("{id:?}"), "SessionId(..)");
    /// ```
    SessionId
}

random_id! {
    /// The id of one token (`jti`, RFC 7519 section 4.1.7).
    TokenId
}
