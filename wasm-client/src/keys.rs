//! The worker's keys, which cannot be exported.

use symbolon_shared::seal::SealedTexts;
use zeroize::Zeroizing;

use crate::error::VaultError;

/// The keys of one worker: made at its start, never stored, not exportable. All texts in and out are base64url, unless
/// a method says otherwise.
#[expect(async_fn_in_trait, reason = "a worker has one thread, and so have the tests")]
pub trait WorkerKeys {
    /// Returns the public signing key.
    fn signing(&self) -> String;

    /// Returns the thumbprint of the public signing key: the SHA-256 of its point.
    fn thumbprint(&self) -> String;

    /// Returns the public key to which the server seals its answers.
    fn sealing(&self) -> String;

    /// Returns the HMAC-SHA-256 of a message in plain text, by the vault secret.
    async fn mac(&self, message: &str) -> Result<String, VaultError>;

    /// Signs a message in plain text: ECDSA with P-256 and SHA-256, as `r || s` (RFC 7518 section 3.4).
    async fn sign(&self, message: &str) -> Result<String, VaultError>;

    /// Opens what the server sealed to this worker, and returns the bytes.
    ///
    /// ECDH with P-256, then HKDF-SHA-256 without salt and with `context` as `info`, then AES-256-GCM with a nonce of
    /// zeros: each key seals one text only.
    ///
    /// # Errors
    /// [`VaultError::Protocol`] if the text was not sealed to this worker in this context, or was changed since.
    async fn open(&self, sealed: SealedTexts<'_>, context: &str) -> Result<Zeroizing<Vec<u8>>, VaultError>;

    /// Returns 16 random bytes.
    fn nonce(&self) -> String;

    /// Returns one random byte.
    fn random(&self) -> u8;

    /// Decodes base64url of UTF-8 text. Returns an empty string for anything else.
    fn decoded(&self, base64url: &str) -> String;
}
