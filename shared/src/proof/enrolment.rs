//! The first proof of a worker.

use alloc::string::String;

use hmac::Mac;

use super::{Operation, ProofInput, ProofTime, VaultSecret, WorkerPublicKey};
use crate::{
    encoding::encode,
    seal::{Recipient, SealingKey},
};

/// The first proof of a worker: a MAC by a vault secret over the worker's public keys. Only
/// [`Proof::parse`](super::Proof::parse) makes one.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// The id of the vault secret, which the server sent with it.
    pub secret_id: String,
    /// The key of the worker's later proofs.
    pub key: WorkerPublicKey,
    /// The key to which the answer is sealed.
    pub sealing: SealingKey,
    /// When the worker made the proof.
    pub time: ProofTime,
    pub(super) mac: [u8; 32],
}

impl Enrolment {
    /// Returns whether this enrolment was made with `secret` for `operation`. The comparison takes constant time.
    #[must_use]
    pub fn is_by(&self, secret: &VaultSecret, operation: Operation) -> bool {
        secret.hmac(&self.input().message(operation)).verify_slice(&self.mac).is_ok()
    }

    /// Returns the recipient of the answer.
    #[must_use]
    pub fn recipient(&self, operation: Operation) -> Recipient {
        Recipient { key: self.sealing, message: self.input().message(operation) }
    }

    pub(super) fn to_header(&self) -> String {
        self.input().into_header(&encode(&self.mac))
    }

    fn input(&self) -> ProofInput {
        let ProofTime { at, nonce } = self.time;
        let (key, sealing) = (self.key.to_text(), self.sealing.to_text());
        ProofInput::enrolment(&self.secret_id, at, &encode(&nonce), &key, &sealing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{proof::Proof, time::UnixTime};

    const TIME: ProofTime = ProofTime { at: UnixTime(1_700_000_000), nonce: [5; 16] };

    fn enrolment(operation: Operation) -> Enrolment {
        let [key, sealing] = [[4; 65], [6; 65]].map(|key| encode(&key));
        let input = ProofInput::enrolment("id", TIME.at, &encode(&TIME.nonce), &key, &sealing);
        let mac = VaultSecret::from_bytes([1; 32]).mac(&input.message(operation));
        match Proof::parse(&input.into_header(&mac)) {
            Ok(Proof::Enrol(enrolment)) => enrolment,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn an_enrolment_is_by_its_own_secret_for_its_own_operation() {
        let made = enrolment(Operation::Refresh);
        assert!(made.is_by(&VaultSecret::from_bytes([1; 32]), Operation::Refresh));
        assert!(!made.is_by(&VaultSecret::from_bytes([1; 32]), Operation::SignIn));
        assert!(!made.is_by(&VaultSecret::from_bytes([2; 32]), Operation::Refresh));
    }

    #[test]
    fn every_part_of_an_enrolment_is_covered() {
        let changes: [fn(&mut Enrolment); 6] = [
            |e| e.secret_id.push('x'),
            |e| {
                let mut key = *e.key.as_bytes();
                key[64] ^= 1;
                e.key = WorkerPublicKey::from_bytes(key);
            },
            |e| e.sealing = SealingKey::from_bytes([7; 65]),
            |e| e.time.at = UnixTime(1_700_000_001),
            |e| e.time.nonce[0] ^= 1,
            |e| e.mac[0] ^= 1,
        ];
        for change in changes {
            let mut made = enrolment(Operation::Refresh);
            change(&mut made);
            assert!(!made.is_by(&VaultSecret::from_bytes([1; 32]), Operation::Refresh), "{made:?}");
        }
    }
}
