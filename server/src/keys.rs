//! The keys: one that signs, and those that still verify.

use std::{collections::HashSet, env};

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use symbolon_shared::{encoding::encode, proof::VaultSecret, refresh::RefreshHandle};
use zeroize::Zeroizing;

use crate::error::{Error, KeyError};

/// The shortest root: the size of the hash, as RFC 7518 section 3.2 demands of HS256.
pub const MIN_KEY_LEN: usize = 32;

/// One root secret and what is derived from it. Each derived key has one purpose, and the one that signs tokens has
/// one algorithm and one exact token header: there is no `alg` to read from a token, and no `kid` to follow.
pub struct SigningKey {
    token_header: String,
    token: Hmac<Sha256>,
    vault: Hmac<Sha256>,
    refresh: Hmac<Sha256>,
}

impl SigningKey {
    /// From at least [`MIN_KEY_LEN`] random bytes.
    ///
    /// # Errors
    /// [`KeyError`] when they are too few, or could be guessed.
    pub fn new(root: &[u8]) -> Result<Self, KeyError> {
        if root.len() < MIN_KEY_LEN {
            return Err(KeyError::Short(root.len()));
        }
        // Fewer than 20 distinct bytes, or nothing but visible ASCII: 32 random bytes look so less often than once in
        // 10^10 keys, and patterns, hexadecimal digits and other texts nearly always.
        let distinct = root.iter().collect::<HashSet<_>>().len();
        if distinct < 20 || root.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
            return Err(KeyError::Guessable);
        }
        let derived = Hkdf::<Sha256>::new(None, root);
        let token_key = expand(&derived, "symbolon session token");
        let header = format!(r#"{{"alg":"HS256","kid":"{}","typ":"session+jwt"}}"#, thumbprint(&token_key));
        Ok(Self {
            token_header: encode(header.as_bytes()),
            token: keyed(&token_key),
            vault: keyed(&expand(&derived, "symbolon vault secret")),
            refresh: keyed(&expand(&derived, "symbolon refresh handle")),
        })
    }

    /// The first segment of every token that this key signs, and of no other.
    pub(crate) fn token_header(&self) -> &str {
        &self.token_header
    }

    pub(crate) fn token_mac(&self, signing_input: &str) -> Hmac<Sha256> {
        self.token.clone().chain_update(signing_input)
    }

    pub(crate) fn vault_secret(&self, id: &str) -> VaultSecret {
        VaultSecret::from_bytes(self.vault.clone().chain_update(id).finalize().into_bytes().into())
    }

    /// The handle that follows `spent`: always the same one, so that the same question gets the same answer.
    pub(crate) fn successor(&self, spent: &RefreshHandle) -> RefreshHandle {
        let secret = self.refresh.clone().chain_update(spent.expose().as_bytes()).finalize().into_bytes();
        RefreshHandle::new(spent.session(), secret.into())
    }
}

/// The key for one purpose (RFC 5869 section 2.3).
fn expand(derived: &Hkdf<Sha256>, purpose: &str) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    derived.expand(purpose.as_bytes(), &mut *key).expect("32 bytes are within what HKDF can give");
    key
}

fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

/// RFC 7638 section 3.2: the SHA-256 of the key as a JWK with its required members in order.
fn thumbprint(key: &[u8; 32]) -> String {
    let k = Zeroizing::new(encode(key));
    encode(&Sha256::digest(Zeroizing::new(format!(r#"{{"k":"{}","kty":"oct"}}"#, *k)).as_bytes()))
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// The ring: the first key signs, and all of them verify.
///
/// ```
/// # use symbolon_server::{SigningKeys, error::KeyError, keys::SigningKey};
/// assert_eq!(SigningKey::new(b"secret").unwrap_err(), KeyError::Short(6));
/// assert_eq!(SigningKey::new(&[0; 64]).unwrap_err(), KeyError::Guessable);
/// ```
#[derive(Debug)]
pub struct SigningKeys(Vec<SigningKey>);

impl SigningKeys {
    /// A ring with one key.
    #[must_use]
    pub fn new(current: SigningKey) -> Self {
        Self(vec![current])
    }

    /// A ring with a new key that nobody else knows. What it signs dies with the process.
    ///
    /// # Errors
    /// [`Error::Randomness`] when the operating system gives none.
    pub fn generate() -> Result<Self, Error> {
        let root = Zeroizing::new(crate::random::bytes::<32>()?);
        SigningKey::new(&*root).map(Self::new).map_err(|error| Error::Config(error.into()))
    }

    /// Adds a key that still verifies what it signed.
    ///
    /// # Errors
    /// [`KeyError::Repeated`] when it is there already.
    pub fn and_verify_with(mut self, previous: SigningKey) -> Result<Self, KeyError> {
        if self.0.iter().any(|key| key.token_header == previous.token_header) {
            return Err(KeyError::Repeated);
        }
        self.0.push(previous);
        Ok(self)
    }

    /// From the environment variable `name`: keys in base64url, separated by commas, the one that signs first.
    ///
    /// # Errors
    /// [`KeyError`] when it is not set, or a key in it must not be used.
    pub fn from_env(name: &str) -> Result<Self, KeyError> {
        let text = env::var(name).map(Zeroizing::new).map_err(|_| KeyError::Missing(name.to_owned()))?;
        Self::parse(&text)
    }

    /// From text, as [`from_env`](Self::from_env).
    ///
    /// # Errors
    /// [`KeyError`] when a key in it must not be used.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        use base64ct::{Base64UrlUnpadded, Encoding};
        let mut keys = text.split(',').enumerate().map(|(index, key)| {
            let root =
                Base64UrlUnpadded::decode_vec(key.trim()).map_err(|_| KeyError::Encoding(index + 1))?;
            SigningKey::new(&Zeroizing::new(root))
        });
        let current = Self::new(keys.next().ok_or(KeyError::Short(0))??);
        keys.try_fold(current, |ring, key| ring.and_verify_with(key?))
    }

    pub(crate) fn current(&self) -> &SigningKey {
        &self.0[0]
    }

    pub(crate) fn all(&self) -> &[SigningKey] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: [u8; 32] = [
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44,
        0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
    ];

    #[test]
    fn k_09_a_short_key_is_refused() {
        for length in [0, 1, 16, 31] {
            assert_eq!(SigningKey::new(&ROOT[..length]).unwrap_err(), KeyError::Short(length));
        }
        assert!(SigningKey::new(&ROOT).is_ok());
    }

    #[test]
    fn k_09_a_guessable_key_is_refused() {
        let hex = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        for guessable in ["correct horse battery staple, and some more of it", hex, &"\u{1}\u{2}".repeat(32)]
        {
            assert_eq!(
                SigningKey::new(guessable.as_bytes()).unwrap_err(),
                KeyError::Guessable,
                "{guessable:?}"
            );
        }
        assert_eq!(SigningKey::new(&[0; 32]).unwrap_err(), KeyError::Guessable);
    }

    #[test]
    fn k_09_a_repeated_or_mistyped_key_is_refused_and_not_shown() {
        let text = encode(&ROOT);
        assert_eq!(SigningKeys::parse(&format!("{text},{text}")).unwrap_err(), KeyError::Repeated);
        let error = SigningKeys::parse(&format!("{text},{text}=")).unwrap_err();
        assert_eq!(error, KeyError::Encoding(2));
        assert!(!error.to_string().contains(&text));
        assert_eq!(SigningKeys::parse("").unwrap_err(), KeyError::Short(0));
        let unset = SigningKeys::from_env("SYMBOLON_NO_SUCH_VARIABLE").unwrap_err();
        assert_eq!(unset, KeyError::Missing("SYMBOLON_NO_SUCH_VARIABLE".into()));
    }

    #[test]
    fn k_09_the_key_id_is_the_thumbprint_of_the_derived_key() {
        let key = SigningKey::new(&ROOT).unwrap();
        let mut derived = [0; 32];
        Hkdf::<Sha256>::new(None, &ROOT).expand(b"symbolon session token", &mut derived).unwrap();
        let header = format!(r#"{{"alg":"HS256","kid":"{}","typ":"session+jwt"}}"#, thumbprint(&derived));
        assert_eq!(key.token_header(), encode(header.as_bytes()));
    }

    /// The expected value was computed with Python's `hashlib` over the JWK.
    #[test]
    fn k_09_a_thumbprint_is_that_of_rfc_7638() {
        assert_eq!(thumbprint(&[7; 32]), "X7ZeXWu3bq09ofncmqKiVAjOnOY7Pqoi80PIsv-egCI");
    }

    #[test]
    fn a_key_shows_nothing() {
        let ring = SigningKeys::new(SigningKey::new(&ROOT).unwrap());
        assert_eq!(format!("{ring:?}"), "SigningKeys([SigningKey(..)])");
    }
}
