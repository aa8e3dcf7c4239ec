//! The vault proof: how a worker shows that it runs the script which the server gave to a worker, and to nothing else.
//!
//! Page script can make the browser send the session's cookies, so cookies alone must not buy a token. The server
//! writes a fresh [`VaultSecret`] into the one script that only a worker load receives; the worker *enrols* the public
//! key it has just made with a MAC by that secret, and *signs* with the key from then on. The secret never travels back.
//! Either proof also names the key to which its answer is [sealed](crate::seal).

use alloc::{borrow::ToOwned, string::String, vec::Vec};
use core::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    encoding::{self, Malformed, decimal, dotted, encode},
    seal::{Recipient, SealingKey},
    secret::Secret,
    time::UnixTime,
};

/// The header a proof travels in.
pub const PROOF_HEADER: &str = "symbolon-proof";

/// How an enrolment begins.
const ENROL: &str = "enrol";
/// How a signature begins.
const SIGN: &str = "sign";

/// What a proof is for. One made for one operation is worthless for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `POST /auth/refresh`
    Refresh,
    /// `POST /auth/sign-in`
    SignIn,
}

impl Operation {
    fn name(self) -> &'static str {
        match self {
            Self::Refresh => "refresh",
            Self::SignIn => "sign-in",
        }
    }
}

/// 32 bytes that one bootstrap told one worker.
#[derive(Clone)]
pub struct VaultSecret(Secret);

impl VaultSecret {
    /// The secret with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// Reads what [`expose`](Self::expose) wrote.
    ///
    /// # Errors
    /// [`Malformed`] for anything but 43 characters of base64url.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        Secret::parse(text).map(Self)
    }

    /// Its text. Every caller is a place where the secret leaves.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        self.0.text()
    }

    /// The MAC of a message by this secret, in base64url: HMAC with SHA-256.
    #[must_use]
    pub fn authenticate(&self, message: &str) -> String {
        encode(&self.mac(message).finalize().into_bytes())
    }

    fn mac(&self, message: &str) -> Hmac<Sha256> {
        Hmac::<Sha256>::new_from_slice(self.0.bytes())
            .expect("HMAC takes a key of any length")
            .chain_update(message)
    }
}

impl fmt::Debug for VaultSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VaultSecret(..)")
    }
}

/// 32 random bytes that one browser keeps in a cookie which no script can read. A [`VaultSecret`] is good only beside the
/// cookie with which it was asked for, so a secret that somebody fetched elsewhere is worthless in a victim's browser.
pub struct VaultCookie(Secret);

impl VaultCookie {
    /// The cookie with these bytes.
    #[must_use]
    pub fn from_random(bytes: [u8; 32]) -> Self {
        Self(Secret::new(bytes))
    }

    /// Reads a cookie's value.
    ///
    /// # Errors
    /// [`Malformed`] for anything but 43 characters of base64url.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        Secret::parse(text).map(Self)
    }

    /// The cookie's value. Every caller is a place where the secret leaves.
    #[must_use]
    pub fn expose(&self) -> Zeroizing<String> {
        self.0.text()
    }
}

impl fmt::Debug for VaultCookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VaultCookie(..)")
    }
}

/// A worker's public key: a P-256 point, uncompressed (SEC 1 section 2.3.3). Whether it lies on the curve is seen at use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WorkerPublicKey([u8; 65]);

impl WorkerPublicKey {
    /// The key with these bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 65]) -> Self {
        Self(bytes)
    }

    /// The point, as it travels and is stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 65] {
        &self.0
    }

    /// By what a later proof names it: the SHA-256 of the point.
    #[must_use]
    pub fn thumbprint(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }
}

impl Serialize for WorkerPublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for WorkerPublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        encoding::decode_array(<&str>::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

impl fmt::Debug for WorkerPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WorkerPublicKey(..)")
    }
}

/// When a proof was made, by the server's clock, and 16 random bytes that make it the only one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofTime {
    /// Now.
    pub at: UnixTime,
    /// Random.
    pub nonce: [u8; 16],
}

/// What a proof says, before its MAC or signature.
#[derive(Clone, Debug)]
pub struct ProofInput {
    kind: &'static str,
    words: String,
}

impl ProofInput {
    /// Of the first proof of a worker: it knows the secret with this name, and these are its keys. Nonce and keys are as they
    /// travel, in base64url.
    #[must_use]
    pub fn enrolment(secret_id: &str, at: UnixTime, nonce: &str, key: &str, sealing: &str) -> Self {
        Self { kind: ENROL, words: dotted(&[secret_id, &decimal(at.0), nonce, key, sealing]) }
    }

    /// Of a later proof, by the key with this [thumbprint](WorkerPublicKey::thumbprint). All are as they travel, too.
    #[must_use]
    pub fn signature(thumbprint: &str, at: UnixTime, nonce: &str, sealing: &str) -> Self {
        Self { kind: SIGN, words: dotted(&[thumbprint, &decimal(at.0), nonce, sealing]) }
    }

    /// What its MAC or signature is made over.
    #[must_use]
    pub fn message(&self, operation: Operation) -> String {
        dotted(&[self.kind, operation.name(), &self.words])
    }

    /// The header's value, with that in base64url.
    #[must_use]
    pub fn into_header(self, mac: &str) -> String {
        dotted(&[self.kind, &self.words, mac])
    }
}

/// The first proof of a worker: it knows the secret, and this is its key.
#[derive(Clone, Debug)]
pub struct Enrolment {
    /// Which secret: the name that came with it.
    pub secret_id: String,
    /// The key for all later proofs.
    pub key: WorkerPublicKey,
    /// The key for the answer.
    pub sealing: SealingKey,
    /// When.
    pub stamp: ProofTime,
    mac: [u8; 32],
}

impl Enrolment {
    /// Whether it was made with `secret`, for `operation`; in the same time whatever it holds.
    #[must_use]
    pub fn is_by(&self, secret: &VaultSecret, operation: Operation) -> bool {
        secret.mac(&self.draft().message(operation)).verify_slice(&self.mac).is_ok()
    }

    /// Who may read the answer.
    #[must_use]
    pub fn recipient(&self, operation: Operation) -> Recipient {
        Recipient { key: self.sealing, message: self.draft().message(operation) }
    }

    fn draft(&self) -> ProofInput {
        let ProofTime { at, nonce } = self.stamp;
        let (key, sealing) = (encode(self.key.as_bytes()), self.sealing.to_text());
        ProofInput::enrolment(&self.secret_id, at, &encode(&nonce), &key, &sealing)
    }
}

/// A later proof: a signature by an enrolled key.
#[derive(Clone, Debug)]
pub struct Signature {
    /// Which key: its [thumbprint](WorkerPublicKey::thumbprint).
    pub thumbprint: [u8; 32],
    /// The key for the answer.
    pub sealing: SealingKey,
    /// When.
    pub stamp: ProofTime,
    /// ECDSA with P-256 and SHA-256 over [`message`](Self::message), as `r || s` (RFC 7518 section 3.4).
    pub signature: [u8; 64],
}

impl Signature {
    /// What is signed.
    #[must_use]
    pub fn message(&self, operation: Operation) -> String {
        self.draft().message(operation)
    }

    /// Who may read the answer.
    #[must_use]
    pub fn recipient(&self, operation: Operation) -> Recipient {
        Recipient { key: self.sealing, message: self.message(operation) }
    }

    fn draft(&self) -> ProofInput {
        let ProofTime { at, nonce } = self.stamp;
        ProofInput::signature(&encode(&self.thumbprint), at, &encode(&nonce), &self.sealing.to_text())
    }
}

/// A proof as it came, of either kind; nothing in it has been checked.
#[derive(Clone, Debug)]
pub enum Proof {
    /// `enrol.<secret id>.<time>.<nonce>.<key>.<sealing key>.<mac>`
    Enrol(Enrolment),
    /// `sign.<thumbprint>.<time>.<nonce>.<sealing key>.<signature>`
    Sign(Signature),
}

impl Proof {
    /// The header's value.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Enrol(enrolment) => enrolment.draft().into_header(&encode(&enrolment.mac)),
            Self::Sign(signature) => signature.draft().into_header(&encode(&signature.signature)),
        }
    }

    /// Reads the header's value.
    ///
    /// # Errors
    /// [`Malformed`] for anything but the two forms above, with strict base64url and a plain decimal time.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let segments: Vec<&str> = text.split('.').take(8).collect();
        match *segments.as_slice() {
            [ENROL, secret_id, at, nonce, key, sealing, mac] => Ok(Self::Enrol(Enrolment {
                secret_id: secret_id.to_owned(),
                key: WorkerPublicKey(encoding::decode_array(key)?),
                sealing: SealingKey::parse(sealing)?,
                stamp: stamp(at, nonce)?,
                mac: encoding::decode_array(mac)?,
            })),
            [SIGN, thumbprint, at, nonce, sealing, signature] => Ok(Self::Sign(Signature {
                thumbprint: encoding::decode_array(thumbprint)?,
                sealing: SealingKey::parse(sealing)?,
                stamp: stamp(at, nonce)?,
                signature: encoding::decode_array(signature)?,
            })),
            _ => Err(Malformed),
        }
    }
}

fn stamp(at: &str, nonce: &str) -> Result<ProofTime, Malformed> {
    if at.starts_with(['+', '0']) {
        return Err(Malformed);
    }
    Ok(ProofTime { at: UnixTime(at.parse().map_err(|_| Malformed)?), nonce: encoding::decode_array(nonce)? })
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    const STAMP: ProofTime = ProofTime { at: UnixTime(1_700_000_000), nonce: [5; 16] };
    const KEY: WorkerPublicKey = WorkerPublicKey([4; 65]);

    fn sealing() -> SealingKey {
        SealingKey::from_bytes([6; 65])
    }

    fn enrolment(operation: Operation) -> Enrolment {
        let (key, sealing) = (encode(KEY.as_bytes()), sealing().to_text());
        let draft = ProofInput::enrolment("id", STAMP.at, &encode(&STAMP.nonce), &key, &sealing);
        let mac = VaultSecret::from_bytes([1; 32]).authenticate(&draft.message(operation));
        match Proof::parse(&draft.into_header(&mac)) {
            Ok(Proof::Enrol(enrolment)) => enrolment,
            other => panic!("{other:?}"),
        }
    }

    fn signature() -> Signature {
        let thumbprint = KEY.thumbprint();
        Signature { thumbprint, sealing: sealing(), stamp: STAMP, signature: [0; 64] }
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
            |e| e.key.0[64] ^= 1,
            |e| e.sealing = SealingKey::from_bytes([7; 65]),
            |e| e.stamp.at = UnixTime(1_700_000_001),
            |e| e.stamp.nonce[0] ^= 1,
            |e| e.mac[0] ^= 1,
        ];
        for change in changes {
            let mut made = enrolment(Operation::Refresh);
            change(&mut made);
            assert!(!made.is_by(&VaultSecret::from_bytes([1; 32]), Operation::Refresh), "{made:?}");
        }
    }

    #[test]
    fn what_is_signed_and_whom_the_answer_is_sealed_to_depends_on_every_part() {
        let signature = signature();
        let changes: [fn(&mut Signature); 4] = [
            |s| s.thumbprint[0] ^= 1,
            |s| s.sealing = SealingKey::from_bytes([7; 65]),
            |s| s.stamp.at = UnixTime(1_700_000_001),
            |s| s.stamp.nonce[0] ^= 1,
        ];
        let both = |signature: &Signature, operation| {
            (signature.message(operation), signature.recipient(operation).context(&sealing()))
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

    #[test]
    fn a_malformed_proof_is_refused() {
        let good = Proof::Sign(signature()).to_text();
        assert!(Proof::parse(&good).is_ok());
        for wrong in [
            "",
            "sign",
            "enrol.....",
            &good.replace("sign", "Sign"),
            &good[..good.len() - 1],
            &(good.clone() + "."),
            &good.replace("1700000000", "01700000000"),
            &good.replace("1700000000", "+1700000000"),
            &good.replace("1700000000", "1e9"),
        ] {
            assert!(Proof::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
