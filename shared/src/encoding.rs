//! Strict base64url (RFC 4648 section 5): no padding, no white space, no stray trailing bits. Each value has one
//! spelling.

use alloc::{string::String, vec::Vec};

use base64ct::{Base64UrlUnpadded, Encoding};

/// The error of a text that does not have the required form. The error says no more, because the text may be a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed")]
pub struct Malformed;

/// Returns `bytes` as base64url.
///
/// ```
/// # use symbolon_shared::encoding::{decode, encode};
/// assert_eq!(encode(&[0xff]), "_w");
/// assert_eq!(decode("_w"), Ok(vec![0xff]));
/// assert!(decode("_w==").is_err());
/// ```
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Returns the bytes that `text` encodes.
///
/// # Errors
/// [`Malformed`] if `text` is not strict base64url.
pub fn decode(text: &str) -> Result<Vec<u8>, Malformed> {
    Base64UrlUnpadded::decode_vec(text).map_err(|_| Malformed)
}

/// Returns the `N` bytes that `text` encodes.
///
/// # Errors
/// [`Malformed`] if `text` is not strict base64url, or encodes another number of bytes.
pub fn decode_array<const N: usize>(text: &str) -> Result<[u8; N], Malformed> {
    let mut bytes = [0; N];
    match Base64UrlUnpadded::decode(text, &mut bytes) {
        Ok(decoded) if decoded.len() == N => Ok(bytes),
        _ => Err(Malformed),
    }
}

/// Returns `number` in decimal digits. The standard library's formatter would take more bytes in the vault than most of
/// the vault's own code.
pub(crate) fn decimal(number: u64) -> String {
    let mut digits = if number < 10 { String::new() } else { decimal(number / 10) };
    digits.extend(u32::try_from(number % 10).ok().and_then(|digit| char::from_digit(digit, 10)));
    digits
}

/// Joins the parts with dots.
pub(crate) fn dotted(parts: &[&str]) -> String {
    let mut text = String::new();
    for part in parts {
        if !text.is_empty() {
            text.push('.');
        }
        text.push_str(part);
    }
    text
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
    fn a_number_is_written_in_decimal_digits() {
        for number in [0, 9, 10, 1_700_000_000, u64::MAX] {
            assert_eq!(decimal(number), alloc::format!("{number}"));
        }
    }

    #[test]
    fn a_shorter_value_does_not_fill_a_longer_one() {
        assert_eq!(decode_array::<2>("_w"), Err(Malformed));
    }
}
