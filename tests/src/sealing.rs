//! The worker's side of sealed answers, in software. It follows `docs/protocol.md` and shares no code with the product.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Nonce},
};
use base64ct::{Base64UrlUnpadded, Encoding};
use hkdf::Hkdf;
use p256::{PublicKey, SecretKey, elliptic_curve::sec1::ToSec1Point};
use serde_json::Value;
use sha2::Sha256;

/// The private key that opens sealed answers.
#[derive(Clone)]
pub struct SealingKey(SecretKey);

impl SealingKey {
    /// Makes the key from these bytes.
    #[must_use]
    pub fn new(bytes: &[u8; 32]) -> Self {
        Self(SecretKey::from_slice(bytes).expect("nearly every 32 bytes are a key"))
    }

    /// Returns the public point of the key.
    #[must_use]
    pub fn point(&self) -> [u8; 65] {
        let point = self.0.public_key().to_sec1_point(false);
        point.as_bytes().try_into().expect("an uncompressed point has 65 bytes")
    }

    /// Opens the grant in `body`; returns `None` unless it was sealed to this key for a proof over `message`.
    #[must_use]
    pub fn grant(&self, body: &str, proven: &str) -> Option<Vec<u8>> {
        let body: Value = serde_json::from_str(body).ok()?;
        let (ephemeral, sealed) = (body["ephemeral_key"].as_str()?, body["sealed_grant"].as_str()?);
        let bytes = |text| Base64UrlUnpadded::decode_vec(text).ok();
        self.open(&bytes(ephemeral)?, &bytes(sealed)?, &format!("seal.{proven}.{ephemeral}"))
    }

    /// Opens a sealed text in this context; returns `None` if it was not sealed to this key.
    #[must_use]
    pub fn open(&self, ephemeral: &[u8], sealed: &[u8], context: &str) -> Option<Vec<u8>> {
        let shared = self.0.diffie_hellman(&PublicKey::from_sec1_bytes(ephemeral).ok()?);
        let mut key = [0; 32];
        Hkdf::<Sha256>::new(None, shared.raw_secret_bytes()).expand(context.as_bytes(), &mut key).ok()?;
        Aes256Gcm::new(&key.into()).decrypt(&Nonce::<Aes256Gcm>::default(), sealed).ok()
    }
}
