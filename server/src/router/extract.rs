//! Extractors: the proofs that a handler requires by taking them as arguments.

use axum::extract::{FromRef, FromRequestParts};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::{
    error::Error,
    symbolon::{SameOriginForm, Symbolon},
    vault_proof::ProvenVault,
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
        Symbolon::from_ref(state).authenticate_request(parts).await?.with_claims()
    }
}

impl<S> FromRequestParts<S> for ProvenVault
where
    S: Send + Sync,
    Symbolon: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        Symbolon::from_ref(state).prove_vault(parts).await
    }
}

impl<S> FromRequestParts<S> for SameOriginForm
where
    S: Send + Sync,
    Symbolon: FromRef<S>,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        Symbolon::from_ref(state).prove_same_origin_form(parts).await
    }
}
