//! The later proofs of a worker.

use alloc::string::String;

use super::{Operation, ProofInput, ProofTime};
use crate::{
    encoding::encode,
    seal::{Recipient, SealingKey},
};

/// A later proof of a worker: a signature by the key that the worker enrolled. This crate does not verify it.
#[derive(Clone, Debug)]
pub struct Signature {
    /// The [thumbprint](super::WorkerPublicKey::thumbprint) of the key that signed.
    pub thumbprint: [u8; 32],
    /// The key to which the answer is sealed.
    pub sealing: SealingKey,
    /// When the worker made the proof.
    pub time: ProofTime,
    /// ECDSA with P-256 and SHA-256 over [`message`](Self::message), as `r || s` (RFC 7518 section 3.4).
    pub signature: [u8; 64],
}

impl Signature {
    /// Returns the message that was signed, if the proof was made for `operation`.
    #[must_use]
    pub fn message(&self, operation: Operation) -> String {
        self.input().message(operation)
    }

    /// Returns the recipient of the answer.
    #[must_use]
    pub fn recipient(&self, operation: Operation) -> Recipient {
        Recipient { key: self.sealing, message: self.message(operation) }
    }

    pub(super) fn to_header(&self) -> String {
        self.input().into_header(&encode(&self.signature))
    }

    fn input(&self) -> ProofInput {
        let ProofTime { at, nonce } = self.time;
        ProofInput::signature(&encode(&self.thumbprint), at, &encode(&nonce), &self.sealing.to_text())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use alloc::vec;

    use super::*;
    use crate::{proof::WorkerPublicKey, time::UnixTime};

    pub(in crate::proof) fn signature() -> Signature {
        Signature {
            thumbprint: WorkerPublicKey::from_bytes([4; 65]).thumbprint(),
            sealing: SealingKey::from_bytes([6; 65]),
            time: ProofTime { at: UnixTime(1_700_000_000), nonce: [5; 16] },
            signature: [0; 64],
        }
    }

    #[test]
    fn the_signed_message_and_the_seal_depend_on_every_part_of_the_proof() {
        let signature = signature();
        let changes: [fn(&mut Signature); 4] = [
            |s| s.thumbprint[0] ^= 1,
            |s| s.sealing = SealingKey::from_bytes([7; 65]),
            |s| s.time.at = UnixTime(1_700_000_001),
            |s| s.time.nonce[0] ^= 1,
        ];
        let ephemeral = SealingKey::from_bytes([6; 65]);
        let both = |signature: &Signature, operation| {
            (signature.message(operation), signature.recipient(operation).context(&ephemeral))
        };
        let (message, context) = both(&signature, Operation::Refresh);
        let mut others = vec![both(&signature, Operation::SignIn)];
        for change in changes {
            let mut other = signature.clone();
            change(&mut other);
            others.push(both(&other, Operation::Refresh));
        }
        for (other_message, other_context) in others {
            assert_ne!(message, other_message);
            assert_ne!(context, other_context);
        }
    }
}
