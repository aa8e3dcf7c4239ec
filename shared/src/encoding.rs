//! Strict base64url (RFC 4648 section 5): no padding, no white space, no stray trailing bits. One spelling per value.

use alloc::{string::String, vec::Vec};

use base64ct::{Base64UrlUnpadded, Encoding};

/// The text is not what it should be. It says no more, because the text may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed")]
pub struct Malformed;

/// The base64url text of `bytes`.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The bytes that `text` spells.
///
/// # Errors
/// [`Malformed`] for another spelling.
pub fn decode(text: &str) -> Result<Vec<u8>, Malformed> {
    Base64UrlUnpadded::decode_vec(text).map_err(|_| Malformed)
}

/// The `N` bytes that `text` spells.
///
/// # Errors
/// [`Malformed`] for another length or spelling.
pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], Malformed> {
    let mut bytes = [0; N];
    match Base64UrlUnpadded::decode(text, &mut bytes) {
        Ok(decoded) if decoded.len() == N => Ok(bytes),
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_value_has_one_spelling() {
        assert_eq!(decode_array::<1>("_w"), Ok([0xff]));
        for other in ["_x", "_w==", "/w", "_w\n", " _w", "_", "", "_wA"] {
            assert_eq!(decode_array::<1>(other), Err(Malformed), "{other:?}");
            assert_ne!(decode(other), Ok([0xff].into()), "{other:?}");
        }
    }

    #[test]
    fn a_shorter_value_does_not_fill_a_longer_one() {
        assert_eq!(decode_array::<2>("_w"), Err(Malformed));
    }
}
