//! The fingerprint: the random secret in the fingerprint cookie, and its hash, which the token carries.

use alloc::{borrow::ToOwned, string::String};
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use zeroize::Zeroizing;

use crate::{
    encoding::{self, Malformed},
    secret::Hash,
};

/// The format of a fingerprint and of its hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FingerprintFormat {
    /// 32 random bytes in base64url; the hash in lower-case hexadecimal digits. The default.
    #[default]
    Base64Url,
    /// The format of the token-sidejacking mitigation formerly published by OWASP: 50 random bytes and the hash, both
    /// in upper-case hexadecimal digits.
    Owasp,
}

impl FingerprintFormat {
    /// Returns the number of characters of a fingerprint.
    const fn length(self) -> usize {
        match self {
            Self::Base64Url => 43,
            Self::Owasp => 100,
        }
    }

    /// Returns, for each byte, whether a fingerprint may contain it.
    const fn alphabet(self) -> &'static [bool; 256] {
        const BASE64URL: [bool; 256] =
            table(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
        const UPPER_HEX: [bool; 256] = table(b"0123456789ABCDEF");
        match self {
            Self::Base64Url => &BASE64URL,
            Self::Owasp => &UPPER_HEX,
        }
    }
}

const fn table(alphabet: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut index = 0;
    while index < alphabet.len() {
        table[alphabet[index] as usize] = true;
        index += 1;
    }
    table
}

/// The random secret in the fingerprint cookie, which is `HttpOnly`. A token without its fingerprint opens nothing.
///
/// A fingerprint deliberately has no serde form, so that it cannot get into a body, and its `Debug` shows nothing:
///
/// ```
/// # use symbolon_shared::fingerprint::{Fingerprint, FingerprintFormat};
/// let fingerprint = Fingerprint::from_random([7; 32]);
/// let cookie_value = fingerprint.expose();
/// assert_eq!(Fingerprint::hash_of(cookie_value, FingerprintFormat::Base64Url), Ok(fingerprint.hash()));
/// assert_eq!(format!("{fingerprint:?}"), "Fingerprint(..)");
/// ```
#[derive(Clone)]
pub struct Fingerprint(Zeroizing<String>);

impl Fingerprint {
    /// Makes a fingerprint of [`FingerprintFormat::Base64Url`] from 32 bytes of the operating system's randomness.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(encoding::encode(&*Zeroizing::new(bytes))))
    }

    /// Makes a fingerprint of [`FingerprintFormat::Owasp`] from 50 bytes of the operating system's randomness.
    #[must_use]
    pub fn owasp_from_random(bytes: [u8; 50]) -> Self {
        Self(Zeroizing::new(hex(&*Zeroizing::new(bytes), b"0123456789ABCDEF")))
    }

    /// Reads the value of the fingerprint cookie, and checks its length and alphabet.
    ///
    /// # Errors
    /// [`Malformed`] for another length than 43 characters (100 in OWASP's format), or another alphabet.
    pub fn parse(cookie_value: &str, format: FingerprintFormat) -> Result<Self, Malformed> {
        Self::hash_of(cookie_value, format).map(|_| Self(Zeroizing::new(cookie_value.to_owned())))
    }

    /// Returns the hash of the fingerprint cookie's value, without copying the value.
    ///
    /// # Errors
    /// [`Malformed`] if [`parse`](Self::parse) would refuse the value.
    pub fn hash_of(cookie_value: &str, format: FingerprintFormat) -> Result<FingerprintHash, Malformed> {
        let alphabet = format.alphabet();
        let allowed = cookie_value.bytes().all(|byte| alphabet[usize::from(byte)]);
        if cookie_value.len() != format.length() || !allowed {
            return Err(Malformed);
        }
        Ok(FingerprintHash(Hash::of(cookie_value)))
    }

    /// Returns the value of the cookie. Every caller is a place where the secret leaves.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the SHA-256 of the cookie's value, which the token and the session record carry.
    #[must_use]
    pub fn hash(&self) -> FingerprintHash {
        FingerprintHash(Hash::of(&self.0))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(..)")
    }
}

/// The SHA-256 of a [`Fingerprint`]'s text; in the token, the claim `userFingerprint`.
///
/// `==` takes constant time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FingerprintHash(Hash);

impl FingerprintHash {
    /// Reads 64 hexadecimal digits in the case that `format` requires.
    ///
    /// # Errors
    /// [`Malformed`] for another length, another alphabet, or the other case.
    pub fn parse(hex: &str, format: FingerprintFormat) -> Result<Self, Malformed> {
        let mut bytes = [0; 32];
        if hex.len() != 64 {
            return Err(Malformed);
        }
        let values = match format {
            FingerprintFormat::Base64Url => &LOWER_CASE,
            FingerprintFormat::Owasp => &UPPER_CASE,
        };
        // The loop does not stop at a wrong digit, so that the compiler can vectorise it.
        let mut wrong = 0;
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            let [high, low] = [pair[0], pair[1]].map(|digit| values[usize::from(digit)]);
            wrong |= high | low;
            *byte = high << 4 | low;
        }
        if wrong & NO_DIGIT == 0 { Ok(Self(Hash(bytes))) } else { Err(Malformed) }
    }

    /// Returns 64 hexadecimal digits in the case that `format` requires.
    #[must_use]
    pub fn to_hex(&self, format: FingerprintFormat) -> String {
        match format {
            FingerprintFormat::Base64Url => hex(&self.0.0, b"0123456789abcdef"),
            FingerprintFormat::Owasp => hex(&self.0.0, b"0123456789ABCDEF"),
        }
    }
}

fn hex(bytes: &[u8], digits: &[u8; 16]) -> String {
    let nibbles = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    nibbles.map(|nibble| char::from(digits[usize::from(nibble)])).collect()
}

/// The value of a character that is no hexadecimal digit: a bit that no digit's value has.
const NO_DIGIT: u8 = 0x80;
const LOWER_CASE: [u8; 256] = values_of(b"0123456789abcdef");
const UPPER_CASE: [u8; 256] = values_of(b"0123456789ABCDEF");

const fn values_of(digits: &[u8; 16]) -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        values[digits[value as usize] as usize] = value;
        value += 1;
    }
    values
}

/// Stores keep the hash in lower-case digits, whatever the format of the token.
impl Serialize for FingerprintHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex(FingerprintFormat::Base64Url))
    }
}

impl<'de> Deserialize<'de> for FingerprintHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(<&str>::deserialize(deserializer)?, FingerprintFormat::Base64Url)
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf %s AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA | sha256sum`
    #[test]
    fn the_hash_is_of_the_cookies_text() {
        let zero = Fingerprint::from_random([0; 32]);
        assert_eq!(zero.expose(), "A".repeat(43));
        assert_eq!(
            zero.hash().to_hex(FingerprintFormat::Base64Url),
            "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a"
        );
    }

    /// The recipe's own construction over the bytes 0x00 to 0x31, computed with `sha256sum`.
    ///
    /// Covers: T-18
    #[test]
    fn the_owasp_format_is_the_one_that_was_published() {
        let bytes: [u8; 50] = core::array::from_fn(|index| u8::try_from(index).unwrap());
        let fingerprint = Fingerprint::owasp_from_random(bytes);
        assert_eq!(
            fingerprint.expose(),
            "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F202122232425262728292A2B2C2D2E2F3031"
        );
        let hash = "B33595D7B062933B87FDA81A4183702558A8391CE5B24730B7E4A29A27639DD7";
        assert_eq!(fingerprint.hash().to_hex(FingerprintFormat::Owasp), hash);
        assert_eq!(FingerprintHash::parse(hash, FingerprintFormat::Owasp), Ok(fingerprint.hash()));
        assert_eq!(FingerprintHash::parse(&hash.to_lowercase(), FingerprintFormat::Owasp), Err(Malformed));
        assert!(Fingerprint::parse(fingerprint.expose(), FingerprintFormat::Owasp).is_ok());
        assert!(Fingerprint::parse(&fingerprint.expose().to_lowercase(), FingerprintFormat::Owasp).is_err());
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let format = FingerprintFormat::Base64Url;
        let hash = Fingerprint::from_random([1; 32]).hash();
        let hex = hash.to_hex(format);
        assert_eq!(FingerprintHash::parse(&hex, format), Ok(hash));
        for wrong in [&hex.to_uppercase(), &hex[1..], "", &hex.replace('a', "g")] {
            assert_eq!(FingerprintHash::parse(wrong, format), Err(Malformed), "{wrong:?}");
        }
    }

    /// Covers: C-10
    #[test]
    fn a_cookie_of_another_length_or_alphabet_is_malformed() {
        for wrong in
            ["", "A", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43), "\u{e9}".repeat(21).as_str()]
        {
            assert!(Fingerprint::parse(wrong, FingerprintFormat::Base64Url).is_err(), "{wrong:?}");
        }
    }
}
