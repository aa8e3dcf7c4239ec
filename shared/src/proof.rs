//! The vault proof: shows that a request comes from a worker that runs the script which the server serves to workers.
//!
//! Page script can make the browser send the session's cookies, so cookies alone must not buy a token. The server
//! writes a fresh [`VaultSecret`] into the bootstrap, which only a worker load receives. The worker makes a key pair
//! and *enrols* its public key, with a MAC by that secret. From then on it *signs* its proofs with the private key. The
//! secret never travels back.
//!
//! Each proof also names the key to which its answer is [sealed](crate::seal).

mod enrolment;
mod input;
mod signature;
mod vault_secret;
mod worker_key;

use alloc::{borrow::ToOwned, string::String, vec::Vec};

pub use self::{
    enrolment::Enrolment,
    input::{ProofInput, ProofTime},
    signature::Signature,
    vault_secret::{VaultCookie, VaultSecret},
    worker_key::WorkerPublicKey,
};
use crate::{
    encoding::{self, Malformed},
    seal::SealingKey,
};

/// The name of the request header that carries a proof.
pub const PROOF_HEADER: &str = "symbolon-proof";

/// The first segment of an enrolment.
const ENROL: &str = "enrol";
/// The first segment of a signature.
const SIGN: &str = "sign";

/// The operation that a proof is made for. For another operation, the proof is worthless.
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

/// A vault proof as it arrived; nothing in it has been verified.
///
/// ```
/// # use symbolon_shared::{encoding::encode, proof::Proof};
/// let header = ["sign", &encode(&[1; 32]), "1700000000", &encode(&[2; 16]), &encode(&[4; 65]), &encode(&[3; 64])].join(".");
/// let Ok(Proof::Sign(signature)) = Proof::parse(&header) else { panic!("a signature") };
/// assert_eq!(signature.time.at.0, 1_700_000_000);
/// assert_eq!(Proof::Sign(signature).to_text(), header);
/// ```
#[derive(Clone, Debug)]
pub enum Proof {
    /// `enrol.<secret id>.<time>.<nonce>.<key>.<sealing key>.<mac>`
    Enrol(Enrolment),
    /// `sign.<thumbprint>.<time>.<nonce>.<sealing key>.<signature>`
    Sign(Signature),
}

impl Proof {
    /// Returns the value of [`PROOF_HEADER`].
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Enrol(enrolment) => enrolment.to_header(),
            Self::Sign(signature) => signature.to_header(),
        }
    }

    /// Reads the value of [`PROOF_HEADER`].
    ///
    /// # Errors
    /// [`Malformed`] for anything but the two forms above, with strict base64url and the time in plain decimal digits.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let segments: Vec<&str> = text.split('.').take(8).collect();
        match *segments.as_slice() {
            [ENROL, secret_id, at, nonce, key, sealing, mac] => Ok(Self::Enrol(Enrolment {
                secret_id: secret_id.to_owned(),
                key: WorkerPublicKey::parse(key)?,
                sealing: SealingKey::parse(sealing)?,
                time: ProofTime::parse(at, nonce)?,
                mac: encoding::decode_array(mac)?,
            })),
            [SIGN, thumbprint, at, nonce, sealing, signature] => Ok(Self::Sign(Signature {
                thumbprint: encoding::decode_array(thumbprint)?,
                sealing: SealingKey::parse(sealing)?,
                time: ProofTime::parse(at, nonce)?,
                signature: encoding::decode_array(signature)?,
            })),
            _ => Err(Malformed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{signature::tests::signature, *};

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
