//! The key with which a worker signs its later proofs.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};

use crate::point::p256_point;

p256_point! {
    /// A worker's public signing key.
    ///
    /// ```
    /// # use symbolon_shared::proof::WorkerPublicKey;
    /// let key = WorkerPublicKey::from_bytes([4; 65]);
    /// assert_eq!(key.thumbprint().len(), 32);
    /// ```
    WorkerPublicKey
}

impl WorkerPublicKey {
    /// Returns the SHA-256 of the point, by which a [`Signature`](super::Signature) names its key.
    #[must_use]
    pub fn thumbprint(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

/// Stores keep the key as base64url.
impl Serialize for WorkerPublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_text())
    }
}

impl<'de> Deserialize<'de> for WorkerPublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(<&str>::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}
