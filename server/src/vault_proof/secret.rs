//! The vault secret: issued to a worker when it starts, and spent by the enrolment that it proves.
//!
//! A secret's id holds the time of its issue and 16 random bytes, and the secret derives from the id and the browser's
//! vault cookie. So the server stores nothing until the secret is used.

use hmac::Mac;
use http::HeaderMap;
use symbolon_shared::{
    cookies::VAULT_COOKIE,
    encoding::{decode_array, encode},
    proof::{Enrolment, Operation, VaultCookie, VaultSecret},
    time::UnixTime,
};

use crate::{
    config::VAULT_SECRET_LIFETIME,
    cookie,
    error::{Error, Reason},
    keys::{SigningKey, SigningKeys},
    random,
    replay::ReplayWindow,
};

/// Returns the vault cookie of a browser that requests the vault; or a new one, and true, if the browser has none.
pub(crate) fn vault_cookie(headers: &HeaderMap) -> Result<(VaultCookie, bool), Error> {
    match read_vault_cookie(headers) {
        Ok(cookie) => Ok((cookie, false)),
        Err(Reason::CookieDuplicated) => Err(Reason::CookieDuplicated.into()),
        Err(_) => Ok((VaultCookie::from_bytes(random::bytes()?), true)),
    }
}

/// Returns the vault cookie of a request.
pub(super) fn read_vault_cookie(headers: &HeaderMap) -> Result<VaultCookie, Reason> {
    VaultCookie::parse(cookie::read(headers, VAULT_COOKIE)?).map_err(|_| Reason::CookieMalformed)
}

/// Issues a secret for one worker of the browser with this cookie. Returns the secret's id and the secret.
pub(crate) fn issue_secret(
    keys: &SigningKeys,
    cookie: &VaultCookie,
    now: UnixTime,
) -> Result<(String, VaultSecret), Error> {
    let mut id = [0; 24];
    id[..8].copy_from_slice(&now.0.to_be_bytes());
    id[8..].copy_from_slice(&random::bytes::<16>()?);
    let id = encode(&id);
    let secret = derive(keys.signer(now)?, &id, cookie);
    Ok((id, secret))
}

/// Derives the secret with this id, for the browser with this cookie and for no other.
fn derive(key: &SigningKey, id: &str, cookie: &VaultCookie) -> VaultSecret {
    let message = key.vault_mac().chain_update(id).chain_update(".").chain_update(cookie.expose());
    VaultSecret::from_bytes(message.finalize().into_bytes().into())
}

/// Refuses an enrolment that was not made with a secret of this server, for this browser, within the secret's lifetime.
pub(super) fn check_secret(
    enrolment: &Enrolment,
    operation: Operation,
    keys: &SigningKeys,
    cookie: &VaultCookie,
    now: UnixTime,
) -> Result<(), Reason> {
    let id: [u8; 24] = decode_array(&enrolment.secret_id).map_err(|_| Reason::ProofInvalid)?;
    let issued_at = UnixTime(u64::from_be_bytes(id[..8].try_into().expect("eight bytes are eight bytes")));
    let mut secrets = keys.verifiers(now).map(|key| derive(key, &enrolment.secret_id, cookie));
    let genuine = secrets.any(|secret| enrolment.is_by(&secret, operation));
    if genuine && now - issued_at <= VAULT_SECRET_LIFETIME { Ok(()) } else { Err(Reason::ProofInvalid) }
}

/// Spends the secret of an enrolment that succeeds, so that nobody else enrols with it.
pub(crate) fn spend_secret(
    enrolment: &Enrolment,
    replay: &ReplayWindow,
    now: UnixTime,
) -> Result<(), Reason> {
    let first = replay.first_use(enrolment.secret_id.as_bytes(), now.plus(VAULT_SECRET_LIFETIME), now);
    if first { Ok(()) } else { Err(Reason::ProofReplayed) }
}
