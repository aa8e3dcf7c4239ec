//! Vault proofs: verified before a sign-in or a refresh. [`symbolon_shared::proof`] says what they prove.

mod secret;

use http::HeaderMap;
use p256::ecdsa::{self, VerifyingKey, signature::Verifier};
use symbolon_shared::{
    fingerprint::Fingerprint,
    proof::{Enrolment, Operation, PROOF_HEADER, Proof, ProofTime, Signature, WorkerPublicKey},
    refresh_token::RefreshToken,
    seal::Recipient,
    time::UnixTime,
};

pub(crate) use self::secret::{issue_secret, spend_secret, vault_cookie};
use crate::{
    config::PROOF_WINDOW, error::Reason, keys::SigningKeys, replay::ReplayWindow, session::Session,
    store::Position,
};

/// A proof that is fresh and, if it is an enrolment, was made with a vault secret of this server.
///
/// The rest is checked when the session is known: [`signer`] checks a signature, and [`spend_secret`] spends the secret of
/// an enrolment.
pub(crate) enum VerifiedProof {
    Enrolment(Enrolment),
    Signature(Signature),
}

impl VerifiedProof {
    /// Returns the only recipient who can read the answer, if the remaining checks succeed.
    pub(crate) fn recipient(&self, operation: Operation) -> Recipient {
        match self {
            Self::Enrolment(enrolment) => enrolment.recipient(operation),
            Self::Signature(signature) => signature.recipient(operation),
        }
    }
}

/// Verifies the one proof of a request.
pub(crate) fn check(
    headers: &HeaderMap,
    operation: Operation,
    keys: &SigningKeys,
    now: UnixTime,
) -> Result<VerifiedProof, Reason> {
    let mut proofs = headers.get_all(PROOF_HEADER).iter();
    let (Some(text), None) = (proofs.next(), proofs.next()) else { return Err(Reason::ProofMissing) };
    match text.to_str().ok().and_then(|text| Proof::parse(text).ok()) {
        Some(Proof::Enrol(enrolment)) => {
            let cookie = secret::read_vault_cookie(headers)?;
            check_fresh(enrolment.time, now)?;
            secret::check_secret(&enrolment, operation, keys, &cookie, now)?;
            Ok(VerifiedProof::Enrolment(enrolment))
        }
        Some(Proof::Sign(signature)) => {
            check_fresh(signature.time, now)?;
            Ok(VerifiedProof::Signature(signature))
        }
        None => Err(Reason::ProofInvalid),
    }
}

fn check_fresh(time: ProofTime, now: UnixTime) -> Result<(), Reason> {
    let fresh = now - time.at <= PROOF_WINDOW && time.at - now <= PROOF_WINDOW;
    if fresh { Ok(()) } else { Err(Reason::ProofStale(now)) }
}

/// Verifies a signature, and returns the worker of `session` that made it. A signature is accepted once.
pub(crate) fn signer(
    signature: &Signature,
    operation: Operation,
    session: &Session,
    replay: &ReplayWindow,
    now: UnixTime,
) -> Result<WorkerPublicKey, Reason> {
    let worker = session.worker(&signature.thumbprint).ok_or(Reason::WorkerUnknown)?;
    let message = signature.message(operation);
    let key = VerifyingKey::from_sec1_bytes(worker.as_bytes()).map_err(|_| Reason::ProofInvalid)?;
    let bytes = ecdsa::Signature::from_slice(&signature.signature).map_err(|_| Reason::ProofInvalid)?;
    key.verify(message.as_bytes(), &bytes).map_err(|_| Reason::ProofInvalid)?;
    spend_nonce(signature.time, replay, now)?;
    Ok(worker)
}

/// Spends the nonce of a genuine signature. The nonce is remembered for twice the window: from the first moment at which
/// its time is accepted to the last.
fn spend_nonce(time: ProofTime, replay: &ReplayWindow, now: UnixTime) -> Result<(), Reason> {
    let first = replay.first_use(&time.nonce, now.plus(PROOF_WINDOW * 2), now);
    if first { Ok(()) } else { Err(Reason::ProofReplayed) }
}

/// A vault that proved itself for a sign-in: the extractor for the application's sign-in handler.
///
/// No other code can make one, so a sign-in handler that forgets the proof does not compile. A request that is not
/// same-origin, or has no fresh proof, never reaches the handler.
///
/// ```
/// # use symbolon_server::{Error, Grant, ProvenVault, Symbolon};
/// async fn guest(symbolon: Symbolon, vault: ProvenVault) -> Result<Grant, Error> {
///     symbolon.sign_in("guest", vault).await
/// }
/// ```
#[derive(Debug)]
pub struct ProvenVault {
    pub(crate) enrolment: Enrolment,
    /// The last change in the feed before the application was asked who the person is.
    pub(crate) known: Position,
    /// The cookies of the session that this browser had until now.
    pub(crate) previous: Option<(Fingerprint, RefreshToken)>,
    /// The families of browser and system.
    pub(crate) browser: String,
}
