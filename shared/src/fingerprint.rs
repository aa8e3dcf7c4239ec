//! The cookie half: a random secret, and the hash of it that the token half carries.

use alloc::string::String;
use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use zeroize::Zeroizing;

use crate::{
    encoding::Malformed,
    secret::{Hash, Secret},
};

/// 32 random bytes that live in an `HttpOnly` cookie. Whoever holds a token but not this holds nothing.
///
/// It deliberately has no serde form, so that it cannot get into a body, and its `Debug` shows nothing:
///
/// ```
/// # use symbolon_shared::fingerprint::Fingerprint;
/// assert_eq!(format!("{:?}", Fingerprint::from_random([7; 32])), "Fingerprint(..)");
/// ```
#[derive(Clone)]
pub struct Fingerprint(Secret);

impl Fingerprint {
    /// A new fingerprint from 32 bytes of the operating system's randomness.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// Reads a cookie's value: exactly 43 characters of base64url.
    ///
    /// # Errors
    /// [`Malformed`] for anything else.
    pub fn parse(cookie_value: &str) -> Result<Self, Malformed> {
        Secret::parse(cookie_value).map(Self)
    }

    /// The cookie's value. Every caller is a place where the secret leaves.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        self.0.text()
    }

    /// What the token and the session record keep of it: the SHA-256 of the cookie's value, as text.
    #[must_use]
    pub fn hash(&self) -> FingerprintHash {
        FingerprintHash(Hash::of(&self.0.text()))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint(..)")
    }
}

/// SHA-256 of a [`Fingerprint`]'s text; in the token, the claim `userFingerprint` in lower-case hex.
///
/// `==` takes the same time whatever it compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FingerprintHash(Hash);

impl FingerprintHash {
    /// Reads 64 lower-case hexadecimal digits.
    ///
    /// # Errors
    /// [`Malformed`] for another length, another alphabet, or upper case.
    pub fn parse(hex: &str) -> Result<Self, Malformed> {
        let mut bytes = [0; 32];
        if hex.len() != 64 {
            return Err(Malformed);
        }
        for (byte, pair) in bytes.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            *byte = digit(pair[0])? << 4 | digit(pair[1])?;
        }
        Ok(Self(Hash(bytes)))
    }

    /// 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.0
            .0
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .map(|nibble| char::from(DIGITS[usize::from(nibble)]))
            .collect()
    }
}

fn digit(character: u8) -> Result<u8, Malformed> {
    match character {
        b'0'..=b'9' => Ok(character - b'0'),
        b'a'..=b'f' => Ok(character - b'a' + 10),
        _ => Err(Malformed),
    }
}

impl Serialize for FingerprintHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for FingerprintHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(<&str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf %s AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA | sha256sum`
    #[test]
    fn the_hash_is_of_the_cookies_text() {
        let zero = Fingerprint::from_random([0; 32]);
        assert_eq!(*zero.expose(), "A".repeat(43));
        assert_eq!(zero.hash().to_hex(), "0f007385b6f9d4b7eeb2748605afe1a984a0a3bfa3f014d09e2a784ce9e5cd1a");
    }

    #[test]
    fn a_hash_has_one_spelling() {
        let hash = Fingerprint::from_random([1; 32]).hash();
        assert_eq!(FingerprintHash::parse(&hash.to_hex()), Ok(hash));
        for wrong in
            [&hash.to_hex().to_uppercase(), &hash.to_hex()[1..], "", &hash.to_hex().replace('a', "g")]
        {
            assert_eq!(FingerprintHash::parse(wrong), Err(Malformed), "{wrong:?}");
        }
    }

    #[test]
    fn a_cookie_of_another_length_or_alphabet_is_malformed() {
        for wrong in ["", "A", &"A".repeat(42), &"A".repeat(44), &"=".repeat(43), &"é".repeat(21)] {
            assert!(Fingerprint::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
