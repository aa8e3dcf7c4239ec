//! One root secret and the keys derived from it.

use std::{collections::HashSet, fmt};

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use symbolon_shared::{encoding::encode, id::SessionId, refresh_token::RefreshToken, time::UnixTime};
use zeroize::Zeroizing;

use super::TokenKind;
use crate::error::KeyError;

/// The minimum length of a root secret: 32 bytes, the output size of SHA-256 (RFC 7518 section 3.2).
pub const MIN_KEY_LEN: usize = 32;

/// The public id of a signing key: the RFC 7638 thumbprint of the derived key that signs tokens. Not secret.
///
/// ```
/// # use symbolon_server::{Error, Symbolon};
/// fn leaked(symbolon: &Symbolon, kid: &str) -> Result<(), Error> {
///     for id in symbolon.key_ids() {
///         if id.as_str() == kid {
///             symbolon.revoke_key(&id)?;
///         }
///     }
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// Returns the id as text: 43 characters of base64url, equal to the `kid` in the header of a token.
    ///
    /// ```
    /// # use symbolon_server::{Error, keys::SigningKey};
    /// # fn shown(key: SigningKey) -> Result<(), Error> {
    /// assert_eq!(key.id().as_str().len(), 43);
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One root secret and the keys derived from it (HKDF, RFC 5869), each for one purpose.
///
/// The key that signs tokens has one algorithm, HS256, and one exact token header. A verifier never reads `alg` or `kid`
/// from a token: it looks the header up. `Debug` shows nothing of the key.
#[derive(Clone)]
pub struct SigningKey {
    id: KeyId,
    vault_token: TokenKey,
    rendered_token: TokenKey,
    vault: Hmac<Sha256>,
    refresh: Hmac<Sha256>,
    log: Hmac<Sha256>,
    pub(super) active_from: UnixTime,
    pub(super) retired_at: Option<UnixTime>,
}

impl SigningKey {
    /// Derives a key from a root secret of at least [`MIN_KEY_LEN`] random bytes. The key signs from now on and is never
    /// retired, unless a schedule is added.
    ///
    /// ```
    /// # use symbolon_server::{error::KeyError, keys::SigningKey};
    /// assert_eq!(SigningKey::new(b"secret").unwrap_err(), KeyError::Short(6));
    /// assert_eq!(SigningKey::new(&[0; 64]).unwrap_err(), KeyError::Guessable);
    /// ```
    ///
    /// # Errors
    /// [`KeyError::Short`] if the secret has less than 32 bytes, [`KeyError::Guessable`] if it looks like text or a
    /// pattern.
    pub fn new(root: &[u8]) -> Result<Self, KeyError> {
        if root.len() < MIN_KEY_LEN {
            return Err(KeyError::Short(root.len()));
        }
        // Guessable means fewer than 20 distinct bytes, or only visible ASCII. Less than one in 10^10 random keys of 32
        // bytes is like that, and nearly all patterns, hexadecimal digits and other texts are.
        let distinct = root.iter().collect::<HashSet<_>>().len();
        if distinct < 20 || root.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ') {
            return Err(KeyError::Guessable);
        }
        // The labels are a part of the keys, so no later name may change them: tokens, and refreshes whose answers were
        // lost, would fail.
        let derived = Hkdf::<Sha256>::new(None, root);
        let token_key = expand(&derived, "symbolon session token");
        let id = KeyId(thumbprint(&token_key));
        Ok(Self {
            vault_token: TokenKey::new(&id, "session+jwt", &token_key),
            rendered_token: TokenKey::new(&id, "rendered+jwt", &expand(&derived, "symbolon page token")),
            id,
            vault: keyed(&expand(&derived, "symbolon vault secret")),
            refresh: keyed(&expand(&derived, "symbolon refresh handle")),
            log: keyed(&expand(&derived, "symbolon log")),
            active_from: UnixTime(0),
            retired_at: None,
        })
    }

    /// Makes the key sign from `time` on. Until then it only verifies, so that every node has the key before any node signs
    /// with it.
    ///
    /// ```
    /// # use symbolon_server::{UnixTime, error::KeyError, keys::{SigningKey, SigningKeys}};
    /// # fn rotation(old: SigningKey, new: SigningKey) -> Result<SigningKeys, KeyError> {
    /// let may_1 = UnixTime(1_777_593_600);
    /// SigningKeys::new([old, new.active_from(may_1)])
    /// # }
    /// ```
    #[must_use]
    pub fn active_from(mut self, time: UnixTime) -> Self {
        self.active_from = time;
        self
    }

    /// Retires the key at `time`: from then on it neither signs nor verifies.
    ///
    /// The time must be at least [`MAX_TOKEN_LIFETIME`](crate::config::MAX_TOKEN_LIFETIME) (15 minutes) after another key
    /// has started to sign; [`SigningKeys::new`](super::SigningKeys::new) checks that.
    ///
    /// ```
    /// # use symbolon_server::{UnixTime, error::KeyError, keys::{SigningKey, SigningKeys}};
    /// # fn rotation(old: SigningKey, new: SigningKey) -> Result<SigningKeys, KeyError> {
    /// let (may_1, may_2) = (UnixTime(1_777_593_600), UnixTime(1_777_680_000));
    /// SigningKeys::new([old.retired_at(may_2), new.active_from(may_1)])
    /// # }
    /// ```
    #[must_use]
    pub fn retired_at(mut self, time: UnixTime) -> Self {
        self.retired_at = Some(time);
        self
    }

    /// Returns the public id of the key.
    ///
    /// ```
    /// # use symbolon_server::{error::KeyError, keys::SigningKey};
    /// # fn shown(root: &[u8]) -> Result<(), KeyError> {
    /// let key = SigningKey::new(root)?;
    /// println!("key id (not secret): {}", key.id());
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn id(&self) -> &KeyId {
        &self.id
    }

    /// Returns the derived key for tokens of this kind.
    pub(crate) fn token(&self, kind: TokenKind) -> &TokenKey {
        match kind {
            TokenKind::Vault => &self.vault_token,
            TokenKind::Rendered => &self.rendered_token,
        }
    }

    /// Returns a MAC under the key that vault secrets are derived with.
    pub(crate) fn vault_mac(&self) -> Hmac<Sha256> {
        self.vault.clone()
    }

    /// Returns the pseudonym of a session for the log. The pseudonym is stable under one key, and nobody without the key
    /// can map it to a session.
    pub(super) fn log_name(&self, session: &SessionId) -> String {
        let mac = self.log.clone().chain_update(session.as_bytes()).finalize().into_bytes();
        encode(&mac[..12])
    }

    /// Derives the refresh token that replaces `spent`. The result depends on nothing else, so that a repeated refresh
    /// within the reuse grace gets an equal response.
    pub(crate) fn successor(&self, spent: &RefreshToken) -> RefreshToken {
        let secret = self.refresh.clone().chain_update(spent.expose().as_bytes()).finalize().into_bytes();
        RefreshToken::new(spent.session(), secret.into())
    }
}

/// The derived key for one kind of token, and the header of every token that it signs.
#[derive(Clone)]
pub(crate) struct TokenKey {
    header: String,
    /// The MAC state after the header, which is computed once and not per token.
    mac: Hmac<Sha256>,
}

impl TokenKey {
    /// Precomputes the header, with its dot, and the MAC state after it.
    fn new(id: &KeyId, token_type: &str, key: &[u8; 32]) -> Self {
        let header = format!(r#"{{"alg":"HS256","kid":"{id}","typ":"{token_type}"}}"#);
        let header = format!("{}.", encode(header.as_bytes()));
        Self { mac: keyed(key).chain_update(&header), header }
    }

    /// Returns the first segment of every token that this key signs, with the dot. No other token starts with it.
    pub(crate) fn header(&self) -> &str {
        &self.header
    }

    /// Returns the MAC over the header and `payload`, both encoded.
    pub(crate) fn mac(&self, payload: &str) -> Hmac<Sha256> {
        self.mac.clone().chain_update(payload)
    }
}

/// Derives the key for one purpose (HKDF-Expand, RFC 5869 section 2.3).
fn expand(derived: &Hkdf<Sha256>, purpose: &str) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    derived.expand(purpose.as_bytes(), &mut *key).expect("HKDF-SHA-256 can produce 32 bytes");
    key
}

/// Returns HMAC-SHA-256 with this key.
fn keyed(key: &[u8; 32]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes a key of any length")
}

/// Returns the thumbprint of RFC 7638 section 3.2: the SHA-256 of the key as a JWK with its required members in order.
fn thumbprint(key: &[u8; 32]) -> String {
    let k = Zeroizing::new(encode(key));
    encode(&Sha256::digest(Zeroizing::new(format!(r#"{{"k":"{}","kty":"oct"}}"#, *k)).as_bytes()))
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::keys) const ROOT: [u8; 32] = [
        0x9d, 0x61, 0xb1, 0x9d, 0xef, 0xfd, 0x5a, 0x60, 0xba, 0x84, 0x4a, 0xf4, 0x92, 0xec, 0x2c, 0xc4, 0x44,
        0x49, 0xc5, 0x69, 0x7b, 0x32, 0x69, 0x19, 0x70, 0x3b, 0xac, 0x03, 0x1c, 0xae, 0x7f, 0x60,
    ];

    /// Covers: K-09, T-19, J-012
    #[test]
    fn a_short_key_is_refused() {
        for length in [0, 1, 16, 31] {
            assert_eq!(SigningKey::new(&ROOT[..length]).unwrap_err(), KeyError::Short(length));
        }
        assert!(SigningKey::new(&ROOT).is_ok());
    }

    /// Covers: K-09, T-19, J-012
    #[test]
    fn a_guessable_key_is_refused() {
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

    /// Covers: K-09
    #[test]
    fn the_key_id_is_the_thumbprint_of_the_derived_key() {
        let key = SigningKey::new(&ROOT).unwrap();
        let mut derived = [0; 32];
        Hkdf::<Sha256>::new(None, &ROOT).expand(b"symbolon session token", &mut derived).unwrap();
        assert_eq!(key.id().as_str(), thumbprint(&derived));
        let header = format!(r#"{{"alg":"HS256","kid":"{}","typ":"session+jwt"}}"#, key.id());
        assert_eq!(key.token(TokenKind::Vault).header(), encode(header.as_bytes()) + ".");
    }

    /// The expected value was computed with Python's `hashlib` over the JWK.
    ///
    /// Covers: K-09
    #[test]
    fn a_thumbprint_is_that_of_rfc_7638() {
        assert_eq!(thumbprint(&[7; 32]), "X7ZeXWu3bq09ofncmqKiVAjOnOY7Pqoi80PIsv-egCI");
    }

    /// Covers: K-03, T-12
    #[test]
    fn each_purpose_has_its_own_derived_key() {
        let key = SigningKey::new(&ROOT).unwrap();
        let same = "AAAA";
        let [vault_token, rendered_token] =
            [&key.vault_token, &key.rendered_token].map(|key| keyed_as(key, same));
        let others = [&key.vault, &key.refresh, &key.log];
        let others = others.map(|key| key.clone().chain_update(same).finalize().into_bytes().to_vec());
        let derived: HashSet<_> = [vault_token, rendered_token].into_iter().chain(others).collect();
        assert_eq!(derived.len(), 5);
        assert_ne!(key.vault_token.header, key.rendered_token.header, "each kind has its own type");
    }

    /// Returns the MAC of a text under this key.
    fn keyed_as(key: &TokenKey, text: &str) -> Vec<u8> {
        key.mac(text).finalize().into_bytes().to_vec()
    }

    /// Covers: K-01
    #[test]
    fn debug_output_of_a_key_shows_nothing_of_it() {
        assert_eq!(format!("{:?}", SigningKey::new(&ROOT).unwrap()), "SigningKey(..)");
    }
}
