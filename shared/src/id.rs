//! The names of sessions and tokens: public, but not to be guessed.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::encoding::{self, Malformed};

macro_rules! random_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// 128 random bits (ASVS 5.0, 7.2.3); as text, 22 characters of base64url. `Debug` shows nothing, so that
        /// nobody can follow a person through a log.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name([u8; 16]);

        impl $name {
            /// From 16 bytes: fresh random ones, or those a store kept.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The bytes, as a store keeps them.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// 22 characters of base64url.
            #[must_use]
            pub fn to_text(&self) -> String {
                encoding::encode(&self.0)
            }

            /// Reads what [`to_text`](Self::to_text) wrote.
            ///
            /// # Errors
            /// [`Malformed`] for anything else.
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
    /// Names one session.
    SessionId
}

random_id! {
    /// Names one token (`jti`, RFC 7519 section 4.1.7).
    TokenId
}
