//! The part of a proof that its MAC or signature covers.

use alloc::string::String;

use super::{ENROL, Operation, SIGN};
use crate::{
    encoding::{self, Malformed, decimal, dotted},
    time::UnixTime,
};

/// The time of a proof by the server's clock, and a nonce that makes the proof unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofTime {
    /// When the worker made the proof.
    pub at: UnixTime,
    /// 16 random bytes that make the proof unique.
    pub nonce: [u8; 16],
}

impl ProofTime {
    pub(super) fn parse(at: &str, nonce: &str) -> Result<Self, Malformed> {
        if at.starts_with(['+', '0']) {
            return Err(Malformed);
        }
        Ok(Self { at: UnixTime(at.parse().map_err(|_| Malformed)?), nonce: encoding::decode_array(nonce)? })
    }
}

/// The content of a proof, without its MAC or signature.
///
/// The constructors take nonces, keys and thumbprints in base64url, as the header carries them.
///
/// ```
/// # use symbolon_shared::{encoding::encode, proof::*, time::UnixTime};
/// let (nonce, key) = (encode(&[5; 16]), encode(&[4; 65]));
/// let input = ProofInput::enrolment("secret-1", UnixTime(1_700_000_000), &nonce, &key, &key);
/// let mac = VaultSecret::from_bytes([7; 32]).mac(&input.message(Operation::Refresh));
/// let Ok(Proof::Enrol(enrolment)) = Proof::parse(&input.into_header(&mac)) else { panic!() };
/// assert!(enrolment.is_by(&VaultSecret::from_bytes([7; 32]), Operation::Refresh));
/// ```
#[derive(Clone, Debug)]
pub struct ProofInput {
    kind: &'static str,
    words: String,
}

impl ProofInput {
    /// Returns the content of an [`Enrolment`](super::Enrolment): the id of the vault secret, and both public keys of
    /// the worker.
    #[must_use]
    pub fn enrolment(secret_id: &str, at: UnixTime, nonce: &str, key: &str, sealing: &str) -> Self {
        Self { kind: ENROL, words: dotted(&[secret_id, &decimal(at.0), nonce, key, sealing]) }
    }

    /// Returns the content of a [`Signature`](super::Signature) by the key with this
    /// [thumbprint](super::WorkerPublicKey::thumbprint).
    #[must_use]
    pub fn signature(thumbprint: &str, at: UnixTime, nonce: &str, sealing: &str) -> Self {
        Self { kind: SIGN, words: dotted(&[thumbprint, &decimal(at.0), nonce, sealing]) }
    }

    /// Returns the message that the MAC or signature covers.
    #[must_use]
    pub fn message(&self, operation: Operation) -> String {
        dotted(&[self.kind, operation.name(), &self.words])
    }

    /// Returns the value of [`PROOF_HEADER`](super::PROOF_HEADER). `mac` is the MAC or signature, in base64url.
    #[must_use]
    pub fn into_header(self, mac: &str) -> String {
        dotted(&[self.kind, &self.words, mac])
    }
}
