//! Uncompressed P-256 points, of which each kind of public key is one.

/// Defines a public type for one kind of public key. The bytes are not checked: use shows whether the point is on the
/// curve.
macro_rules! p256_point {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// A P-256 point, uncompressed (SEC 1 section 2.3.3): 65 bytes. Only use shows whether the point is on the
        /// curve.
        #[derive(Clone, Copy, PartialEq, Eq)]
        pub struct $name([u8; 65]);

        impl $name {
            /// Takes the 65 bytes of a point, without checking them.
            #[must_use]
            pub fn from_bytes(bytes: [u8; 65]) -> Self {
                Self(bytes)
            }

            /// Returns the 65 bytes of the point.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 65] {
                &self.0
            }

            /// Reads the text that [`to_text`](Self::to_text) wrote.
            pub(crate) fn parse(text: &str) -> Result<Self, $crate::encoding::Malformed> {
                $crate::encoding::decode_array(text).map(Self)
            }

            /// Returns the point in base64url.
            pub(crate) fn to_text(self) -> ::alloc::string::String {
                $crate::encoding::encode(&self.0)
            }
        }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}
pub(crate) use p256_point;
