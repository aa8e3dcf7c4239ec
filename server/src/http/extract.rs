//! What a handler asks for by taking it as an argument.

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use serde::de::DeserializeOwned;
use symbolon_shared::proof::Operation;

use super::{gate::authenticate, origin};
use crate::{
    error::{Error, Reason},
    sign_in,
    symbolon::Symbolon,
    vault_proof::{Checked, ProvenVault},
    verify::Authenticated,
};

impl<S, C> FromRequestParts<S> for Authenticated<C>
where
    S: Send + Sync,
    Symbolon: FromRef<S>,
    C: DeserializeOwned,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let who = authenticate(&Symbolon::from_ref(state), &mut parts.headers, &mut parts.extensions).await?;
        who.with_claims()
    }
}

impl<S> FromRequestParts<S> for ProvenVault
where
    S: Send + Sync,
    Symbolon: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let symbolon = Symbolon::from_ref(state);
        origin::check(&parts.headers, &symbolon.config().origin)?;
        match symbolon.check_proof(&parts.headers, Operation::SignIn)? {
            Checked::Enrolment(enrolment) => {
                let known = symbolon.catch_up().await?;
                let previous = symbolon.halves(&parts.headers).ok();
                Ok(Self { enrolment, known, previous, browser: sign_in::browser_of(&parts.headers) })
            }
            // A worker that has a session does not begin another: its page starts a new worker for that.
            Checked::Signature(_) => Err(Reason::ProofInvalid.into()),
        }
    }
}
