//! Vault secrets, and the proofs made with them. What they are for stands in [`symbolon_shared::proof`].

use http::HeaderMap;
use p256::ecdsa::{self, VerifyingKey, signature::Verifier};
use symbolon_shared::{
    encoding::{decode_array, encode},
    fingerprint::Fingerprint,
    proof::{
        Enrolment, Operation, PROOF_HEADER, Proof, ProofTime, Signature, VaultCookie, VaultSecret,
        WorkerPublicKey,
    },
    refresh_token::RefreshToken,
    seal::Recipient,
    time::UnixTime,
    wire::VAULT_COOKIE,
};

use crate::{
    config::{PROOF_WINDOW, VAULT_SECRET_LIFETIME},
    cookie,
    error::{Error, Reason},
    keys::SigningKeys,
    random,
    replay::ReplayWindow,
    session::Session,
    store::Position,
};

/// The cookie of the browser that asks for the vault; if it has none, a new one, to be set.
pub(crate) fn browser(headers: &HeaderMap) -> Result<(VaultCookie, bool), Error> {
    match read_browser(headers) {
        Ok(cookie) => Ok((cookie, false)),
        Err(Reason::CookieDuplicated) => Err(Reason::CookieDuplicated.into()),
        Err(_) => Ok((VaultCookie::from_random(random::bytes()?), true)),
    }
}

fn read_browser(headers: &HeaderMap) -> Result<VaultCookie, Reason> {
    VaultCookie::parse(cookie::read(headers, VAULT_COOKIE)?).map_err(|_| Reason::CookieMalformed)
}

/// A secret for one worker of this browser, and the name by which its proof will call it. The name holds the time and 16
/// random bytes, and the secret derives from the name and the cookie, so there is nothing to remember until it is used.
pub(crate) fn issue(
    keys: &SigningKeys,
    browser: &VaultCookie,
    now: UnixTime,
) -> Result<(String, VaultSecret), Error> {
    let mut id = [0; 24];
    id[..8].copy_from_slice(&now.0.to_be_bytes());
    id[8..].copy_from_slice(&random::bytes::<16>()?);
    let id = encode(&id);
    let secret = keys.signer(now)?.vault_secret(&id, browser);
    Ok((id, secret))
}

/// A proof that is fresh and, if it enrols, was made with a secret of ours. What else it needs can be said only with the
/// session at hand: whether a *signature* is by one of its workers and came once; and that an enrolment
/// [spends its secret](spend_secret).
pub(crate) enum VerifiedProof {
    Enrolment(Enrolment),
    Signature(Signature),
}

impl VerifiedProof {
    /// Who may read the answer, if the rest holds.
    pub(crate) fn recipient(&self, operation: Operation) -> Recipient {
        match self {
            Self::Enrolment(enrolment) => enrolment.recipient(operation),
            Self::Signature(signature) => signature.recipient(operation),
        }
    }
}

/// Checks the one proof of a request.
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
            check_enrolment(&enrolment, operation, keys, &read_browser(headers)?, now)?;
            Ok(VerifiedProof::Enrolment(enrolment))
        }
        Some(Proof::Sign(signature)) => {
            check_fresh(signature.stamp, now)?;
            Ok(VerifiedProof::Signature(signature))
        }
        None => Err(Reason::ProofInvalid),
    }
}

fn check_enrolment(
    enrolment: &Enrolment,
    operation: Operation,
    keys: &SigningKeys,
    browser: &VaultCookie,
    now: UnixTime,
) -> Result<(), Reason> {
    check_fresh(enrolment.stamp, now)?;
    let id: [u8; 24] = decode_array(&enrolment.secret_id).map_err(|_| Reason::ProofInvalid)?;
    let issued_at = UnixTime(u64::from_be_bytes(id[..8].try_into().expect("eight bytes are eight bytes")));
    let secrets = keys.verifiers(now).map(|key| key.vault_secret(&enrolment.secret_id, browser));
    let genuine = { secrets }.any(|secret| enrolment.is_by(&secret, operation));
    if genuine && now - issued_at <= VAULT_SECRET_LIFETIME { Ok(()) } else { Err(Reason::ProofInvalid) }
}

fn check_fresh(stamp: ProofTime, now: UnixTime) -> Result<(), Reason> {
    let fresh = now - stamp.at <= PROOF_WINDOW && stamp.at - now <= PROOF_WINDOW;
    if fresh { Ok(()) } else { Err(Reason::ProofStale(now)) }
}

/// A genuine signature works once. It is remembered for twice the window: from the first moment its stamp is good to the last.
fn use_up(stamp: ProofTime, replay: &ReplayWindow, now: UnixTime) -> Result<(), Reason> {
    let first = replay.first_use(&stamp.nonce, now.plus(PROOF_WINDOW * 2), now);
    if first { Ok(()) } else { Err(Reason::ProofReplayed) }
}

/// Spends the secret of an enrolment that succeeds: it enrols nobody else.
pub(crate) fn spend_secret(
    enrolment: &Enrolment,
    replay: &ReplayWindow,
    now: UnixTime,
) -> Result<(), Reason> {
    let first = replay.first_use(enrolment.secret_id.as_bytes(), now.plus(VAULT_SECRET_LIFETIME), now);
    if first { Ok(()) } else { Err(Reason::ProofReplayed) }
}

/// The worker of `session` that made this signature.
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
    use_up(signature.stamp, replay, now)?;
    Ok(worker)
}

/// A vault that proved itself for a sign-in: the extractor for the application's sign-in handler.
///
/// It cannot be made otherwise, so a sign-in that forgot to ask for it does not compile. A request that is not
/// same-origin, or brings no fresh proof, never reaches the handler.
#[derive(Debug)]
pub struct ProvenVault {
    pub(crate) enrolment: Enrolment,
    /// The last change of all, before the application was asked who the person is.
    pub(crate) known: Position,
    /// The session that this browser had until now.
    pub(crate) previous: Option<(Fingerprint, RefreshToken)>,
    /// The families of browser and system.
    pub(crate) browser: String,
}
