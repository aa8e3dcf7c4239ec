//! Seals a grant so that only the worker that asked for it can open it. [`symbolon_shared::seal`] says why.

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{AeadInOut, Nonce},
};
use p256::{PublicKey, SecretKey, elliptic_curve::sec1::ToSec1Point};
use sha2::Sha256;
use symbolon_shared::{
    grant_body::GrantBody,
    seal::{Recipient, SealedGrant, SealingKey},
};
use zeroize::Zeroizing;

use crate::{
    error::{Error, Reason},
    random,
};

/// A cipher for one response to one recipient. Its key is derived from a new ephemeral key and is used once.
pub(crate) struct Seal {
    ephemeral: SealingKey,
    cipher: Aes256Gcm,
}

impl Seal {
    /// Derives the cipher for `recipient`. Callers do this before they change the store, so that an invalid key changes
    /// nothing.
    ///
    /// # Errors
    /// [`Reason::ProofInvalid`] if the recipient's key is not a point of the curve, [`Error::Randomness`] if the
    /// operating system provides no randomness.
    pub(crate) fn to(recipient: &Recipient) -> Result<Self, Error> {
        Ok(Self::by(&ephemeral()?, recipient)?)
    }

    /// Derives the cipher with a given ephemeral key.
    fn by(ephemeral: &SecretKey, recipient: &Recipient) -> Result<Self, Reason> {
        let theirs =
            PublicKey::from_sec1_bytes(recipient.key.as_bytes()).map_err(|_| Reason::ProofInvalid)?;
        let ours = point(&ephemeral.public_key());
        let mut key = Zeroizing::new([0; 32]);
        ephemeral
            .diffie_hellman(&theirs)
            .extract::<Sha256>(None)
            .expand(recipient.context(&ours).as_bytes(), &mut *key)
            .expect("HKDF-SHA-256 can produce 32 bytes");
        Ok(Self { ephemeral: ours, cipher: Aes256Gcm::new((&*key).into()) })
    }

    /// Seals the grant and consumes the cipher. One key seals one text, so the fixed nonce is safe.
    pub(crate) fn close(self, grant: &GrantBody) -> SealedGrant {
        let mut sealed = grant.expose().as_bytes().to_vec();
        self.cipher
            .encrypt_in_place(&Nonce::<Aes256Gcm>::default(), b"", &mut sealed)
            .expect("a grant is far shorter than the limit of AES-GCM");
        SealedGrant { ephemeral: self.ephemeral, sealed }
    }
}

/// Returns a new ephemeral key. Nearly all 32-byte values are valid keys; an invalid one is drawn again.
fn ephemeral() -> Result<SecretKey, Error> {
    loop {
        if let Ok(key) = SecretKey::from_slice(&*Zeroizing::new(random::bytes::<32>()?)) {
            return Ok(key);
        }
    }
}

/// Returns the public key as an uncompressed point.
fn point(key: &PublicKey) -> SealingKey {
    let point = key.to_sec1_point(false);
    SealingKey::from_bytes(point.as_bytes().try_into().expect("an uncompressed point has 65 bytes"))
}

#[cfg(test)]
mod tests {
    use symbolon_shared::{
        access_token::AccessToken,
        proof::{Operation, ProofTime, Signature, WorkerPublicKey},
        time::UnixTime,
    };

    use super::*;

    fn key(byte: u8) -> SecretKey {
        SecretKey::from_slice(&[byte; 32]).unwrap()
    }

    fn recipient(operation: Operation, nonce: u8) -> Recipient {
        let signer = WorkerPublicKey::from_bytes(*point(&key(1).public_key()).as_bytes());
        let time = ProofTime { at: UnixTime(1_700_000_000), nonce: [nonce; 16] };
        let (thumbprint, sealing) = (signer.thumbprint(), point(&key(2).public_key()));
        Signature { thumbprint, sealing, time, signature: [0; 64] }.recipient(operation)
    }

    fn grant() -> GrantBody {
        GrantBody { access_token: AccessToken::new("header.payload.mac".into()), expires_in: 300 }
    }

    /// Opens a sealed grant as the worker does.
    fn open(key: &SecretKey, recipient: &Recipient, grant: &SealedGrant) -> Option<Vec<u8>> {
        let ours = PublicKey::from_sec1_bytes(grant.ephemeral.as_bytes()).ok()?;
        let mut cipher = [0; 32];
        let derived = key.diffie_hellman(&ours).extract::<Sha256>(None);
        derived.expand(recipient.context(&grant.ephemeral).as_bytes(), &mut cipher).ok()?;
        let mut text = grant.sealed.clone();
        let cipher = Aes256Gcm::new(&cipher.into());
        cipher.decrypt_in_place(&Nonce::<Aes256Gcm>::default(), b"", &mut text).ok().map(|()| text)
    }

    /// Covers: I-19
    #[test]
    fn only_the_worker_that_asked_can_open_a_grant() {
        let asked = recipient(Operation::Refresh, 3);
        let sealed = Seal::to(&asked).unwrap().close(&grant());
        assert_eq!(open(&key(2), &asked, &sealed).unwrap(), grant().expose().as_bytes());
        assert_eq!(open(&key(3), &asked, &sealed), None, "another worker");
        assert_eq!(open(&key(2), &recipient(Operation::Refresh, 4), &sealed), None, "another proof");
        assert_eq!(open(&key(2), &recipient(Operation::SignIn, 3), &sealed), None, "another operation");
    }

    /// Covers: I-19
    #[test]
    fn a_changed_grant_cannot_be_opened() {
        let asked = recipient(Operation::Refresh, 3);
        let sealed = Seal::to(&asked).unwrap().close(&grant());
        for place in 0..sealed.sealed.len() {
            let mut changed = sealed.clone();
            changed.sealed[place] ^= 1;
            assert_eq!(open(&key(2), &asked, &changed), None, "{place}");
        }
        let other = SealedGrant { ephemeral: point(&key(5).public_key()), ..sealed.clone() };
        assert_eq!(open(&key(2), &asked, &other), None, "another ephemeral key");
        let short = SealedGrant { sealed: sealed.sealed[..15].to_vec(), ..sealed };
        assert_eq!(open(&key(2), &asked, &short), None);
    }

    /// Holds the example of `docs/protocol.md`.
    ///
    /// Covers: I-19
    #[test]
    fn the_sealed_grant_of_the_protocol_document_is_reproduced() {
        let sealed = Seal::by(&key(9), &recipient(Operation::Refresh, 3)).unwrap().close(&grant());
        assert_eq!(
            sealed.to_text(),
            concat!(
                r#"{"ephemeral_key":"BHE1-k_ZOgnc6Yu_aBtL_PUOfA1jVOYq-wv_KjQpYXhl7UwfAt25Aj7lalV-UV1qncZsEfIglg"#,
                r#"3llDNN9Yh3ZyQ","sealed_grant":"UX2IhERhEp51qqOZjnrggRCdAXFKFu90Z7aFQ1ypaAV9F8AeNXOwYSn65eDqCF"#,
                r#"Y6KOMraBQVoCyO6Cw-DqwuqyPmRHz8NdFk5sbncDK5AhoRf6uIfvTebSAktVg"}"#
            )
        );
    }

    /// Covers: I-19
    #[test]
    fn each_grant_is_sealed_with_a_new_key() {
        let asked = recipient(Operation::Refresh, 3);
        let (one, other) = (Seal::to(&asked).unwrap(), Seal::to(&asked).unwrap());
        assert_ne!(one.ephemeral, other.ephemeral);
        assert_ne!(one.close(&grant()).sealed, other.close(&grant()).sealed);
    }

    /// Covers: I-19
    #[test]
    fn a_recipient_key_off_the_curve_is_refused() {
        let mut off = *point(&key(2).public_key()).as_bytes();
        off[64] ^= 1;
        for wrong in [off, [0; 65], [4; 65], [0xff; 65]] {
            let mut recipient = recipient(Operation::Refresh, 3);
            recipient.key = SealingKey::from_bytes(wrong);
            assert!(matches!(Seal::to(&recipient), Err(Error::Refused(Reason::ProofInvalid))));
        }
    }
}
